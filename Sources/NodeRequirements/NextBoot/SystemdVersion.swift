internal import NodeState
internal import SystemPackage

/// The version of systemd on disk.
enum SystemdVersion {
    /// Reads it from the name of systemd's own library, `libsystemd-shared-252.so` or `libsystemd-shared-257.4-1.so`.
    ///
    /// - Returns: `nil` when there is none, as on a host with another init.
    static func installed(_ host: HostView) async throws(ObservationError) -> Int? {
        let prefix = "libsystemd-shared-"
        var folders: [FilePath] = ["/usr/lib/systemd", "/lib/systemd"]
        for name in try await host.files.names(in: "/usr/lib") where name.hasSuffix("-linux-gnu") {
            folders.append(FilePath("/usr/lib").appending(name).appending("systemd"))
        }
        for folder in folders {
            for name in try await host.files.names(in: folder) where name.hasPrefix(prefix) {
                if let version = Int(name.dropFirst(prefix.count).prefix { $0.isNumber }) { return version }
            }
        }
        return nil
    }
}
