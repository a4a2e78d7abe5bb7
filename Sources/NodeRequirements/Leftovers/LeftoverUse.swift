internal import NodeState
internal import SystemPackage

/// Whether anything may still use what an earlier cluster left: then it is not cleaned up.
enum LeftoverUse {
    /// - Source: containerd, `core/runtime/v2/README.md`: each task has a folder below containerd's state, by its namespace.
    static let tasks: FilePath = "/run/containerd/io.containerd.runtime.v2.task"
    /// Where the CRI's containers are.
    static let pods = tasks.appending("k8s.io")

    static let inputs: [Input] = [.twoLevels(tasks)] + OtherDistribution.units.map { Input.unit($0) }

    /// Whether no other distribution of Kubernetes runs, which makes links and chains of the same names, and containerd has
    /// no containers but Docker's, which use none of that.
    ///
    /// - Returns: `false` as well when it cannot be known.
    static func isExcluded(_ host: HostView) async -> Bool {
        do throws(ObservationError) {
            for name in try await host.files.names(in: tasks) where name != "moby" && !name.hasSuffix(".moby") {
                guard try await host.files.names(in: tasks.appending(name)).isEmpty else { return false }
            }
            for name in OtherDistribution.units {
                if let unit = try await host.units.unit(name), OtherDistribution.runs(unit) { return false }
            }
            return true
        } catch {
            return false
        }
    }
}

/// What dpkg says of files in the folders of others.
enum DpkgFiles {
    /// The list of files of each package that is installed.
    ///
    /// - Source: dpkg(1), "Files": `/var/lib/dpkg/info`, `package.list`.
    static let folder: FilePath = "/var/lib/dpkg/info"

    /// Those of the names in `place` that a package brought.
    ///
    /// - Returns: `nil` when there are no lists.
    static func owned(in place: FilePath, _ host: HostView) async throws(ObservationError) -> Set<String>? {
        let lists = try await host.files.names(in: folder).filter { $0.hasSuffix(".list") }
        guard !lists.isEmpty else { return nil }
        let beginning = Array("\(place)/".utf8)
        var found: Set<String> = []
        for list in lists {
            // Packages of kernel headers have lists of a few MiB.
            guard let bytes = try await host.files.bytes(at: folder.appending(list), limit: 32 << 20) else { continue }
            var rest = bytes[...]
            while !rest.isEmpty {
                let line = rest.prefix { $0 != 0x0A }
                if line.starts(with: beginning) {
                    found.insert(String(decoding: line.dropFirst(beginning.count), as: UTF8.self))
                }
                rest = rest.dropFirst(line.count + 1)
            }
        }
        return found
    }
}
