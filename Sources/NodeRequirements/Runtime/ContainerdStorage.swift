internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd's images lie on a file system that overlayfs can use.
///
/// A link in place of the folder is followed, as containerd does, and its mode is containerd's own business: it sets it at
/// each start.
/// - Source: kernel `Documentation/filesystems/overlayfs.rst`, "Upper and Lower" (xattrs, d_type, no NFS); containerd
///   `snapshots/overlay/overlayutils/check.go` (`Supported`); mkfs.xfs(8), `ftype`; OpenZFS 2.2.0, release notes.
package struct ContainerdStorage: Requirement {
    package static let entry = CatalogEntry(
        "containerd-storage", group: "runtime", title: "Images of containerd lie on a file system for overlayfs",
        prerequisites: ["containerd-installed"],
        why: "containerd puts the layers of an image together by overlayfs, and without it no container starts",
        source: "kernel, overlayfs.rst; containerd overlayutils/check.go; mkfs.xfs(8)",
        checks:
            "The type of the file system below /var/lib/containerd (/proc/1/mountinfo), and that its directories say of what kind their entries are, which XFS without ftype=1 does not; not where containerd's configuration names another snapshotter.",
        manual: ["findmnt -T /var/lib/containerd", "sudo xfs_info /var/lib/containerd"])

    private static let folder: FilePath = "/var/lib/containerd"
    private static let mounts: FilePath = "/proc/1/mountinfo"
    private static let zfsVersion: FilePath = "/sys/module/zfs/version"
    /// Types that overlayfs refuses as an upper layer: without extended attributes, or remote.
    private static let refused: Set<String> = [
        "9p", "aufs", "cifs", "ecryptfs", "exfat", "fuse", "fuseblk", "msdos", "nfs", "nfs4", "ntfs", "overlay", "smb3",
        "vfat",
    ]

    package let inputs: [Input] = containerdInputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the file system.
    package enum Observation: Equatable, Sendable {
        /// containerd puts layers together another way.
        case otherSnapshotter(String)
        /// The type of the file system, and the version of ZFS where it is that.
        case storage(type: String, hasEntryTypes: Bool, zfs: String?)
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        if let snapshotter = try await ContainerdReading.read(host).configuration?.snapshotter,
            snapshotter != "overlayfs"
        {
            return .otherSnapshotter(snapshotter)
        }
        let type = try await fileSystem(host)
        guard let hasTypes = try await host.kernel.hasEntryTypes(at: Self.folder) else {
            throw ObservationError(reading: "the file system of \(Self.folder)", cause: "no entry shows its kind")
        }
        let zfs = type == "zfs" ? try await host.files.text(at: Self.zfsVersion) : nil
        return .storage(type: type, hasEntryTypes: hasTypes, zfs: zfs?.filter { !$0.isWhitespace })
    }

    /// The type of the file system that the folder is on, or will be made on.
    ///
    /// - Source: proc_pid_mountinfo(5): the fifth field is where it is mounted; after the hyphen comes the type. The last mount
    ///   covers those before it.
    private func fileSystem(_ host: HostView) async throws(ObservationError) -> String {
        guard let text = try await host.files.text(at: Self.mounts) else {
            throw ObservationError(reading: Self.mounts.string, cause: "it is absent")
        }
        var found: (depth: Int, type: Substring)?
        for row in text.textLines().map({ $0.split(separator: " ") }) where row.count > 8 {
            let place = FilePath(String(row[4]))
            guard Self.folder.starts(with: place), let hyphen = row.dropFirst(6).firstIndex(of: "-"),
                row.indices.contains(hyphen + 1), place.components.count >= found?.depth ?? 0
            else { continue }
            found = (place.components.count, row[hyphen + 1])
        }
        guard let found else {
            throw ObservationError(reading: Self.mounts.string, cause: "no line is about \(Self.folder)")
        }
        return String(found.type)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "the disk is the same after a reboot") }
        let (type, hasEntryTypes, zfs): (String, Bool, String?)
        switch seen {
        case .otherSnapshotter(let name):
            return .notApplicable(because: "containerd uses the snapshotter \(name)")
        case .storage(let seenType, let seenTypes, let version):
            (type, hasEntryTypes, zfs) = (seenType, seenTypes, version)
        }
        let finding = { (reason: String, actual: String, remedy: String) in
            Finding(
                reason, expected: "a file system that overlayfs can use, such as ext4", actual: actual,
                predicts: Prediction(kubelet: "starts no pod: containerd cannot mount an overlay"), remedy: remedy,
                manual: Self.entry.manual, evidence: [Evidence(Self.mounts), Evidence(Self.folder)])
        }
        if Self.refused.contains(type) || type.hasPrefix("fuse.") {
            return .unmet([
                finding(
                    "file-system", "\(Self.folder) is on \(type)",
                    "mount a disk with ext4, XFS or Btrfs on \(Self.folder)")
            ])
        }
        if type == "zfs", let zfs, Self.isBefore22(zfs) {
            return .unmet([
                finding(
                    "file-system", "\(Self.folder) is on ZFS \(zfs), which overlayfs can use since 2.2",
                    "set snapshotter = \"zfs\" in containerd's configuration, or mount a disk with ext4 there")
            ])
        }
        guard hasEntryTypes else {
            return .unmet([
                finding(
                    "entry-types", "\(Self.folder) is on \(type) whose directories do not say of what kind an entry is",
                    type == "xfs"
                        ? "XFS takes that at its making alone: save the data, then mkfs.xfs -n ftype=1"
                        : "mount another file system on \(Self.folder)")
            ])
        }
        return .met(observed: type)
    }

    private static func isBefore22(_ version: String) -> Bool {
        let parts = version.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard parts.count == 2 else { return false }
        return (parts[0], parts[1]) < (2, 2)
    }
}
