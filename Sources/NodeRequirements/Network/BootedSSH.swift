internal import NodeState
internal import SystemPackage

/// What the next boot starts of ssh.
///
/// - Source: rule P7; systemd `src/core/socket.c` (`socket_start`); `ssh.service` and `ssh.socket` of Debian's and Ubuntu's openssh-server.
struct BootedSSH: Equatable, Sendable {
    /// What starts each of the units; only those that start.
    var starting: [String: FilePath] = [:]
    /// Why the others do not.
    var obstacles: [String: StartObstacle] = [:]
    /// The file that keeps both units from starting, when it is there.
    var isForbidden = false

    /// The file of the units' `ConditionPathExists=!`.
    static let forbidding: FilePath = "/etc/ssh/sshd_not_to_be_run"

    /// Reads what systemd will read.
    ///
    /// - Throws: when a file cannot be read, or when nothing starts for certain and something may.
    static func predict(_ host: HostView) async throws(ObservationError) -> BootedSSH {
        var booted = BootedSSH()
        booted.isForbidden = try await host.files.kind(of: forbidding) != nil
        var units = try await BootedUnits(host)
        var open: String?
        for name in [SSHServer.service, SSHServer.socket] {
            switch try await units.start(of: name) {
            case .starts(let evidence): booted.starting[name] = evidence.path
            case .fails(let obstacle): booted.obstacles[name] = obstacle
            case .undecided(let cause): open = cause
            }
        }
        // A socket whose service is masked, missing or refused starts nothing.
        if booted.starting[SSHServer.socket] != nil, let socket = try await SSHSocketUnit.read(host, at: .nextBoot),
            let service = try await units.reader.load(socket.service), service.state != .loaded
        {
            booted.starting[SSHServer.socket] = nil
            booted.obstacles[SSHServer.socket] = StartObstacle(
                service.state == .masked ? "masked" : "disabled", "\(socket.service) \(service.state.text)",
                evidence: service.file.map { Evidence($0) })
        }
        if booted.starting.isEmpty, let open {
            throw ObservationError(reading: "what starts ssh", cause: open)
        }
        return booted
    }

    /// The obstacle to tell: that of the unit which comes nearest to starting.
    var obstacle: (unit: String, obstacle: StartObstacle)? {
        let ranked = [SSHServer.service, SSHServer.socket].compactMap { name in obstacles[name].map { (name, $0) } }
        let others = ["disabled", "not-reached-from-default-target"]
        return ranked.first { !others.contains($0.1.reason) } ?? ranked.first { $0.1.endsWithEnable }
            ?? ranked.first { $0.1.inTheWay != nil } ?? ranked.first
    }
}
