package import NodeState
internal import SystemPackage

/// The folders of the kubelet, containerd and etcd have room.
///
/// The kubelet evicts pods and takes no new ones when its file system has less than 10 % left, that of images less than
/// 15 %, or either less than 5 % of its inodes.
/// - Source: kubernetes.io, "Node-pressure Eviction", default hard thresholds; kubernetes v1.28
///   `pkg/kubelet/apis/config/v1beta1/defaults_linux.go`.
package struct DiskSpace: Requirement {
    package static let entry = CatalogEntry(
        "disk-space", group: "node", title: "The disks of pods and images have room",
        why: "images of the control plane do not fit, or the kubelet evicts pods and takes no new ones",
        source: "kubernetes.io, Node-pressure Eviction; statvfs(3)",
        checks:
            "The room of the file systems of /var/lib/kubelet, /var/lib/containerd and /var/lib/etcd, or of the folder above: 2 GiB, 10 % for the kubelet, 15 % for containerd, and 5 % of the inodes.",
        manual: ["df -h /var/lib", "df -i /var/lib", "sudo journalctl --vacuum-size=200M", "sudo apt-get clean"])

    /// The folders, with the share of free room in percent below which the kubelet acts.
    private static let folders: [(path: FilePath, percent: Int)] = [
        ("/var/lib/kubelet", 10), ("/var/lib/containerd", 15), ("/var/lib/etcd", 0),
    ]
    private static let leastMebibytes = 2048
    private static let inodePercent = 5

    package let inputs: [Input] = []

    package init(_ configuration: Configuration) {}

    /// One file system.
    package struct Volume: Equatable, Sendable {
        var room: FileSystemRoom
        var folders: [FilePath]
        /// The largest share in percent that one of the folders needs.
        var percent: Int
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [Volume] {
        var volumes: [Volume] = []
        for folder in Self.folders {
            let room = try await room(at: folder.path, host)
            if let index = volumes.firstIndex(where: { $0.room == room }) {
                volumes[index].folders.append(folder.path)
                volumes[index].percent = max(volumes[index].percent, folder.percent)
            } else {
                volumes.append(Volume(room: room, folders: [folder.path], percent: folder.percent))
            }
        }
        return volumes
    }

    /// The room of a folder, or of where it will be made.
    private func room(at path: FilePath, _ host: HostView) async throws(ObservationError) -> FileSystemRoom {
        var place = path
        while true {
            if let room = try await host.kernel.room(at: place) {
                guard room.mebibytes > 0 else {
                    throw ObservationError(reading: "the room at \(place)", cause: "its file system has no size")
                }
                return room
            }
            guard place.removeLastComponent() else {
                throw ObservationError(reading: "the room at \(path)", cause: "nothing is there")
            }
        }
    }

    package func assess(_ volumes: [Volume], at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "what is written until then is not known") }
        let findings = volumes.flatMap(findings)
        guard findings.isEmpty else { return .unmet(findings) }
        // In tens, so that the answer does not change with each log line.
        let words = volumes.map { volume in
            let tenths = volume.room.availableMebibytes * 10 / volume.room.mebibytes
            return "\(names(volume)): \(tenths * 10) % of \(volume.room.mebibytes / 1024) GiB free"
        }
        return .met(observed: words.joined(separator: "; "))
    }

    private func names(_ volume: Volume) -> String { volume.folders.map(\.string).joined(separator: ", ") }

    private func findings(_ volume: Volume) -> [Finding] {
        let room = volume.room
        var findings: [Finding] = []
        let add = { (reason: String, severity: Severity, expected: String, actual: String, why: String?) in
            findings.append(
                Finding(
                    reason, severity: severity, expected: expected, actual: "\(names(volume)): \(actual)", why: why,
                    remedy: "make room, or give these folders a larger disk", manual: Self.entry.manual,
                    evidence: volume.folders.map { Evidence($0) }))
        }
        let free = "\(room.availableMebibytes) MiB of \(room.mebibytes) MiB are free"
        if room.availableMebibytes < Self.leastMebibytes {
            add("full", .error, "at least \(Self.leastMebibytes) MiB are free", free, nil)
        } else if room.availableMebibytes * 100 / room.mebibytes < volume.percent {
            add(
                "eviction", .warning, "at least \(volume.percent) % are free", free,
                "the kubelet evicts pods below that, and takes no new ones")
        }
        if room.inodes > 0, room.freeInodes * 100 / room.inodes < Self.inodePercent {
            add(
                "inodes", .warning, "at least \(Self.inodePercent) % of the inodes are free",
                "\(room.freeInodes) of \(room.inodes) inodes are free",
                "the kubelet evicts pods below that, and takes no new ones")
        }
        return findings
    }
}
