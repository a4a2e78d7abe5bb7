internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// `ssh.socket` with its drop-ins, as systemd puts them together.
///
/// - Source: systemd.unit(5), "Unit File Load Path"; systemd.socket(5), `Accept` and `ListenStream`.
struct SSHSocketUnit: Equatable, Sendable {
    private let unit: UnitFile

    /// Reads the unit.
    ///
    /// - Parameters:
    ///   - host: the host.
    ///   - horizon: what is written for this boot alone, by Ubuntu's sshd-socket-generator and others, counts now.
    /// - Returns: `nil` when there is none, or it is masked.
    /// - Throws: when one of its files is there and cannot be read.
    static func read(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> SSHSocketUnit? {
        var folders = BootedUnits.folders
        if horizon == .now { folders.insert(contentsOf: ["/run/systemd/system", "/run/systemd/generator"], at: 1) }
        var found: UnitFile?
        for folder in folders where found == nil {
            let path = folder.appending(SSHServer.socket)
            guard try await host.files.kind(of: path) != .link("/dev/null") else { return nil }
            found = try await host.files.text(at: path).map { UnitFile(parsing: $0) }
        }
        guard var unit = found else { return nil }
        var dropIns: [String: FilePath] = [:]
        for folder in folders.reversed() {
            let directory = folder.appending(SSHServer.socket + ".d")
            for name in try await host.files.names(in: directory) where name.hasSuffix(".conf") {
                dropIns[name] = directory.appending(name)
            }
        }
        for (_, path) in dropIns.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
            if let text = try await host.files.text(at: path) { unit = unit.adding(UnitFile(parsing: text)) }
        }
        return SSHSocketUnit(unit: unit)
    }

    /// The ports that it listens on: `22`, `0.0.0.0:22`, `[::]:22`; a path or another kind of address has none.
    var ports: Set<Int> {
        Set(unit.list("ListenStream", in: "Socket").compactMap { Int($0.value.split(separator: ":").last ?? "") })
    }

    /// The unit that it needs for a connection: without it systemd does not even start the socket.
    ///
    /// - Source: systemd `src/core/socket.c` (`socket_start`): a service that is not loaded is refused.
    var service: String {
        let accepts = unit.value("Accept", in: "Socket").map {
            ["1", "yes", "y", "true", "t", "on"].contains($0.lowercased())
        }
        return accepts == true ? "ssh@.service" : SSHServer.service
    }
}
