internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// openssh-server is installed, running and reachable, now and at the next boot.
///
/// Debian starts `ssh.service`, Ubuntu since 22.10 `ssh.socket`: either will do. sshd's configuration is read for its ports
/// and never changed.
/// - Source: sshd_config(5); systemd.socket(5), `ListenStream`; kernel, Documentation/networking/proc_net_tcp.rst.
package struct SSHServer: Requirement {
    package static let entry = CatalogEntry(
        "ssh-server", group: "network", title: "openssh-server is installed, running and reachable",
        why: "the control-plane node gathers the reports over SSH, and the nodes are administered over it",
        source: "sshd_config(5); systemd.socket(5); proc_net_tcp.rst",
        checks:
            "The package openssh-server; a socket that listens on sshd's port beyond loopback; the host keys in /etc/ssh; ssh.service and ssh.socket now and at boot; for the next boot what sshd -t says, run when a file below /etc/ssh has changed.",
        manual: ["sudo apt-get install -y openssh-server", "sudo systemctl enable --now ssh"])

    static let package = "openssh-server"
    static let service = "ssh.service"
    static let socket = "ssh.socket"

    package let inputs: [Input] =
        DpkgEvidence.inputs + [.unit(service), .unit(socket), .twoLevels("/etc/ssh")] + BootedUnits.inputs

    package init(_ configuration: Configuration) {}

    /// A unit now.
    package struct Unit: Equatable, Sendable {
        var name: String
        /// `nil` when systemd has none of this name.
        var state: UnitState?

        var isActive: Bool { state.map { ["active", "activating", "reloading"].contains($0.active) } ?? false }
    }

    /// What was seen at one horizon.
    package struct Observation: Equatable, Sendable {
        var server: SeenPackage
        /// The ports that sshd or its socket is told to listen on.
        var ports: Set<Int> = []
        /// What listens on one of them.
        var listeners: [ListeningSockets.Entry] = []
        var hostKeys = 0
        /// Both units now; asked for where nothing can be reached.
        var units: [Unit] = []
        /// The units at the next boot.
        var booted = BootedSSH()
        /// What sshd says of its configuration; asked where something starts it at boot.
        var test = SSHDaemonAnswer.notRun
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let server = SeenPackage(name: Self.package, package: try await host.packages.package(Self.package))
        var seen = Observation(server: server)
        guard server.isGood else { return seen }
        guard horizon == .now else {
            seen.booted = try await BootedSSH.predict(host)
            if !seen.booted.starting.isEmpty { seen.test = try await Self.tested(host) }
            return seen
        }
        seen.ports = try await SSHPorts.configured(host)
        seen.listeners = try await SSHPorts.listeners(on: seen.ports, host)
        seen.hostKeys = try await host.files.names(in: "/etc/ssh").count {
            $0.hasPrefix("ssh_host_") && $0.hasSuffix("_key.pub")
        }
        guard seen.listeners.isEmpty else { return seen }
        for name in [Self.service, Self.socket] {
            seen.units.append(Unit(name: name, state: try await host.units.unit(name)))
        }
        return seen
    }

    /// What sshd itself says.
    ///
    /// Without that, as in a tree, its keywords are read: a misspelt one ends sshd at its start.
    ///
    /// - Throws: when sshd cannot be asked and a keyword is none that is known here.
    private static func tested(_ host: HostView) async throws(ObservationError) -> SSHDaemonAnswer {
        let answer = try await host.sshd.testConfiguration()
        guard case .notRun = answer, let fault = try await SSHPorts.unknownKeyword(host) else { return answer }
        throw ObservationError(
            reading: "whether sshd starts",
            cause: "\(fault.file):\(fault.line): \(fault.keyword) is no known keyword of sshd, and sshd -t was not run")
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.server.isGood else { return missing(seen.server) }
        switch horizon {
        case .now: return assessNow(seen)
        case .nextBoot: return assessNextBoot(seen.booted, seen.test)
        }
    }
}
