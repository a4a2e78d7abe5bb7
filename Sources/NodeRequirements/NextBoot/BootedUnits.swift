internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Which units of one kind lie on disk, are masked there, and are wanted by others.
///
/// - Source: rule P7; systemd.unit(5), "Unit File Load Path" and "Description" of `.wants`, versions 249 to 257.
struct BootedUnits: Equatable, Sendable {
    /// Where each unit file lies: the first folder of the load path that has it.
    var files: [String: FilePath] = [:]
    /// The names that lead to `/dev/null`, and where.
    var masks: [String: FilePath] = [:]
    /// Which link starts each unit at boot; the first one found.
    var wanted: [String: FilePath] = [:]

    /// The folders of unit files on disk, the one that wins first; those below `/run` are gone at the next boot.
    static let folders: [FilePath] = [
        "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    ]

    /// Reads the units whose names end in `suffix` or are in `names`.
    static func predict(_ host: HostView, matching isMeant: (String) -> Bool) async throws(ObservationError)
        -> BootedUnits
    {
        var units = BootedUnits()
        var folders = folders
        if try await host.files.kind(of: "/lib") != .directory { folders.removeLast() }
        for folder in folders {
            for name in try await host.files.names(in: folder) {
                if isMeant(name) {
                    try await units.note(name, at: folder.appending(name), host)
                } else if name.hasSuffix(".wants") || name.hasSuffix(".requires") {
                    let links = folder.appending(name)
                    for wanted in try await host.files.names(in: links)
                    where isMeant(wanted) && units.wanted[wanted] == nil {
                        units.wanted[wanted] = links.appending(wanted)
                    }
                }
            }
        }
        return units
    }

    private mutating func note(_ name: String, at path: FilePath, _ host: HostView) async throws(ObservationError) {
        guard files[name] == nil, masks[name] == nil else { return }
        if try await host.files.kind(of: path) == .link("/dev/null") { masks[name] = path } else { files[name] = path }
    }

    /// Whether the unit starts at boot by itself.
    func starts(_ name: String) -> Bool { wanted[name] != nil && masks[name] == nil }
}

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
