internal import NodeState
internal import SystemPackage

/// What the next boot starts of ssh.
///
/// - Source: rule P7; systemd `src/core/socket.c` (`socket_start`); `ssh.service` and `ssh.socket` of Debian's and Ubuntu's openssh-server.
struct BootedSSH: Equatable, Sendable {
    /// Which link starts each of the units; only those that start.
    var starting: [String: FilePath] = [:]
    /// Which of the units lead to `/dev/null`, and where.
    var masks: [String: FilePath] = [:]
    /// The units that have a file.
    var files: [String: FilePath] = [:]
    /// Whether the file is there that keeps both units from starting.
    var isForbidden = false

    /// The file of the units' `ConditionPathExists=!`.
    static let forbidding: FilePath = "/etc/ssh/sshd_not_to_be_run"

    /// Reads what systemd will read.
    static func predict(_ host: HostView) async throws(ObservationError) -> BootedSSH {
        let names = [SSHServer.service, SSHServer.socket]
        let template = "ssh@.service"
        let units = try await BootedUnits.predict(host) { names.contains($0) || $0 == template }
        var booted = BootedSSH(masks: units.masks, files: units.files)
        booted.isForbidden = try await host.files.kind(of: forbidding) != nil
        for name in names where units.starts(name) && units.files[name] != nil {
            guard let link = units.wanted[name] else { continue }
            // `ssh.service.requires/ssh.socket`, as in Ubuntu 24.04, starts the socket with the service alone.
            let parent = link.removingLastComponent().lastComponent?.string ?? ""
            if parent.hasPrefix(SSHServer.service + "."), booted.starting[SSHServer.service] == nil { continue }
            // A socket whose service is masked or missing is refused.
            if name == SSHServer.socket, let socket = try await SSHSocketUnit.read(host, at: .nextBoot),
                units.files[socket.service] == nil
            {
                continue
            }
            booted.starting[name] = link
        }
        return booted
    }
}
