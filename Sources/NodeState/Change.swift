package import SystemPackage

/// Every act that the daemon can commit: the complete list of what root's power is used for.
///
/// A new case is a grant of power and is reviewed as one.
package enum Change: Hashable, Sendable {
    /// Ends an active swap area by stopping its `.swap` unit, when there is memory for what it holds.
    case disableSwap(SwapArea)
    /// Takes swap lines out of /etc/fstab's force.
    case editFstab(FileEdit)
    /// Links `/etc/systemd/system/NAME` to `/dev/null`; never over something that is there.
    case maskUnit(String)
    /// Writes one of the files that nucprep owns, whole.
    case writeFile(FileEdit)
    /// Inserts a kernel module, deny lists respected.
    case loadModule(String)
    /// Has systemd read its unit files again.
    case reloadSystemd
    /// Puts the block that nucprep keeps into /etc/hosts.
    case writeBlock(FileEdit)
    /// Writes one value beneath `/proc/sys`; the key with dots, such as `net.ipv4.ip_forward`.
    case writeSysctl(key: String, value: String)
    /// Gives the host its name, in the kernel and in /etc/hostname.
    case setHostname(String)
    /// Edits containerd's configuration, when containerd itself reads the result as it is meant.
    case editContainerdConfig(FileEdit)
    /// Starts a unit that does not run.
    case startUnit(String)
    /// Enables a unit for the boot.
    case enableUnit(String)
    /// Restarts a unit; containerd's former configuration comes back when the CRI does not.
    case restartUnit(String)
    /// Has dpkg hold packages at their versions.
    case holdPackages([String])
    /// Has apt fetch the lists of its repositories.
    case updatePackageLists
    /// Has apt install packages.
    case installPackages(PackageOrder)
    /// Has dpkg finish what it began in an order of ours that was interrupted.
    case configurePackages
    /// Takes a repository out of apt's force, nothing deleted.
    case disableAptSource(FileEdit)
    /// Fetches the key that a repository is signed with.
    case fetchKey(KeyOrder)
    /// Starts a pod sandbox through the CRI, sees it run, and removes it; the outcome is kept until the next boot.
    case tryPodSandbox(PodSandboxTrial)
    /// Moves a file of an earlier cluster into `/var/lib/nucprep/aside`, where nothing is overwritten.
    case moveAside(FileMove)
    /// Deletes a network link of an earlier cluster that nothing uses.
    case removeLink(NetworkLink)
    /// Deletes chains of an earlier cluster from nf_tables with their rules and the jumps to them, all or nothing.
    case deleteChains([ChainName])
}

extension Change {
    /// The stable kebab-case name of its kind, part of the API.
    package var kind: String {
        switch self {
        case .disableSwap: "disable-swap"
        case .editFstab: "edit-fstab"
        case .maskUnit: "mask-unit"
        case .writeFile: "write-file"
        case .loadModule: "load-module"
        case .reloadSystemd: "reload-systemd"
        case .writeBlock: "write-block"
        case .writeSysctl: "write-sysctl"
        case .setHostname: "set-hostname"
        case .editContainerdConfig: "edit-containerd-config"
        case .startUnit: "start-unit"
        case .enableUnit: "enable-unit"
        case .restartUnit: "restart-unit"
        case .holdPackages: "hold-packages"
        case .updatePackageLists: "update-package-lists"
        case .installPackages: "install-packages"
        case .configurePackages: "configure-packages"
        case .disableAptSource: "disable-apt-source"
        case .fetchKey: "fetch-key"
        case .tryPodSandbox: "try-pod-sandbox"
        case .moveAside: "move-aside"
        case .removeLink: "remove-link"
        case .deleteChains: "delete-chains"
        }
    }

    /// What it acts on: a path, a unit, a module.
    package var object: String {
        switch self {
        case .disableSwap(let area): area.path.string
        case .maskUnit(let name), .loadModule(let name), .startUnit(let name), .enableUnit(let name),
            .restartUnit(let name), .setHostname(let name):
            name
        case .reloadSystemd: "systemd"
        case .writeSysctl(let key, _): key
        case .holdPackages(let names): names.joined(separator: " ")
        case .updatePackageLists: "/var/lib/apt/lists"
        case .configurePackages: "dpkg"
        case .tryPodSandbox: "containerd"
        case .installPackages(let order): order.packages.map(\.description).joined(separator: " ")
        case .fetchKey(let order): order.path.string
        case .moveAside(let move): move.path.string
        case .removeLink(let link): link.name
        case .deleteChains(let chains): chains.shown
        case .editFstab, .writeFile, .writeBlock, .editContainerdConfig, .disableAptSource: edit?.path.string ?? ""
        }
    }

    /// The edit of a change that writes a file whose bytes are known before.
    package var edit: FileEdit? {
        switch self {
        case .editFstab(let edit), .writeFile(let edit), .writeBlock(let edit), .editContainerdConfig(let edit),
            .disableAptSource(let edit):
            edit
        case .disableSwap, .maskUnit, .loadModule, .reloadSystemd, .writeSysctl, .setHostname, .startUnit, .enableUnit,
            .restartUnit, .holdPackages, .updatePackageLists, .installPackages, .configurePackages, .fetchKey,
            .tryPodSandbox, .moveAside, .removeLink, .deleteChains:
            nil
        }
    }
}

/// A package at a version.
package struct PackageVersion: Hashable, Sendable, CustomStringConvertible {
    package var name: String
    /// The exact version; `nil` leaves it to apt.
    package var version: String?

    /// The package `name`, at `version` or at the one that apt prefers.
    package init(_ name: String, _ version: String? = nil) {
        self.name = name
        self.version = version
    }

    /// As apt takes it: `name=version`.
    package var description: String { version.map { "\(name)=\($0)" } ?? name }
}

/// What apt is to install, all of it or nothing.
package struct PackageOrder: Hashable, Sendable {
    package var packages: [PackageVersion]
    /// Whether an installed version may be replaced by an older one.
    package var allowsDowngrade: Bool
    /// Whether packages that are held may change.
    package var changesHeld: Bool
    /// What is held afterwards.
    package var hold: [String]

    /// The order of `packages`.
    package init(
        _ packages: [PackageVersion], allowsDowngrade: Bool = false, changesHeld: Bool = false, hold: [String] = []
    ) {
        self.packages = packages
        self.allowsDowngrade = allowsDowngrade
        self.changesHeld = changesHeld
        self.hold = hold
    }
}

/// Where a repository's key comes from, and which one it must be.
package struct KeyOrder: Hashable, Sendable {
    package var url: String
    /// 40 upper-case hexadecimal digits.
    package var fingerprint: String
    /// Where it is to lie; armoured when the name ends in `.asc`.
    package var path: FilePath
    /// The bytes that lie there now.
    package var before: [UInt8]?

    /// The key at `url`.
    package init(url: String, fingerprint: String, path: FilePath, before: [UInt8]?) {
        self.url = url
        self.fingerprint = fingerprint
        self.path = path
        self.before = before
    }
}

/// An area of swap in use, as `/proc/swaps` has it.
package struct SwapArea: Hashable, Sendable {
    /// The device or file, decoded.
    package var path: FilePath
    /// `partition` or `file`.
    package var kind: String
    /// The size in KiB.
    package var sizeKiB: Int
    /// How much of it is in use, in KiB.
    package var usedKiB: Int
    /// Whether the file behind it was removed; such an area ends at a reboot only.
    package var isDeleted: Bool

    /// The area at `path`.
    package init(path: FilePath, kind: String, sizeKiB: Int, usedKiB: Int, isDeleted: Bool) {
        self.path = path
        self.kind = kind
        self.sizeKiB = sizeKiB
        self.usedKiB = usedKiB
        self.isDeleted = isDeleted
    }

    /// The memory that must be available before the area may be ended: what it holds, a margin of 15 %, and 256 MiB.
    package var neededKiB: Int { usedKiB + usedKiB * 15 / 100 + 256 * 1024 }
}

/// A file as it was read and as it is to be: written only while it still has the bytes it was made from.
package struct FileEdit: Hashable, Sendable {
    /// The file.
    package var path: FilePath
    /// The bytes it was made from; `nil` when there was no file.
    package var before: [UInt8]?
    /// The bytes it is to have.
    package var after: [UInt8]

    /// The edit of `path`.
    package init(path: FilePath, before: [UInt8]?, after: [UInt8]) {
        self.path = path
        self.before = before
        self.after = after
    }
}

/// A file as it was seen, to be moved elsewhere while it still is that.
package struct FileMove: Hashable, Sendable {
    /// What stands at the path, a link not followed.
    package enum Contents: Hashable, Sendable {
        /// A regular file with these bytes.
        case file([UInt8])
        /// A symbolic link with its target as it is written.
        case link(FilePath)
    }

    package var path: FilePath
    package var contents: Contents

    /// The move of what stands at `path`.
    package init(path: FilePath, contents: Contents) {
        self.path = path
        self.contents = contents
    }
}

/// A link that some program made, as it was seen.
package struct NetworkLink: Hashable, Sendable {
    /// What made it, in the kernel's word (`IFLA_INFO_KIND`).
    package enum Kind: String, Sendable { case bridge, vxlan, dummy }

    package var name: String
    /// Its number, which no other link gets before the next boot.
    package var index: Int
    package var kind: Kind

    /// The links that may be deleted at all, and what each is: those that flannel, kube-router, Weave, Calico and kube-proxy
    /// make for the whole node.
    package static let removable: [String: Kind] = [
        "cni0": .bridge, "kube-bridge": .bridge, "weave": .bridge, "flannel.1": .vxlan, "flannel-v6.1": .vxlan,
        "vxlan.calico": .vxlan, "kube-ipvs0": .dummy,
    ]

    /// The link `name`.
    package init(_ name: String, index: Int, kind: Kind) {
        self.name = name
        self.index = index
        self.kind = kind
    }
}
