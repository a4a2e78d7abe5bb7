import ConfigFormats
import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("SSH server")
struct SSHServerTests {
    private let requirement = SSHServer(Configuration())
    private let server = SeenPackage(
        name: "openssh-server", package: InstalledPackage(name: "openssh-server", version: "1:9.2p1-2"))

    private func parts(_ assessment: Assessment) -> (reasons: [String], changes: [Change], findings: [Finding]) {
        guard case .unmet(_, let findings, let proposals) = assessment else { return ([], [], []) }
        return (findings.map(\.reason), proposals.map(\.change), findings)
    }

    private func now(
        _ listeners: [ListeningSockets.Entry] = [], hostKeys: Int = 3, units: [SSHServer.Unit] = []
    ) -> (reasons: [String], changes: [Change], findings: [Finding]) {
        parts(
            requirement.assess(
                .init(server: server, ports: [22], listeners: listeners, hostKeys: hostKeys, units: units), at: .now))
    }

    private func unit(_ name: String, _ active: String = "inactive", load: String = "loaded", file: String = "disabled")
        -> SSHServer.Unit
    {
        SSHServer.Unit(name: name, state: UnitState(load: load, active: active, sub: "dead", file: file))
    }

    @Test("a server that is not installed is ordered, at both horizons", arguments: Horizon.allCases)
    func missing(_ horizon: Horizon) {
        let absent = SeenPackage(name: "openssh-server", package: nil)
        let (reasons, changes, _) = parts(requirement.assess(.init(server: absent), at: horizon))
        #expect(reasons == ["missing"])
        #expect(changes == [.installPackages(PackageOrder([PackageVersion("openssh-server")]))])
    }

    @Test("listening beyond loopback with a key is met")
    func met() {
        let seen = SSHServer.Observation(
            server: server, ports: [22], listeners: [.init(port: 22, isAny: true)], hostKeys: 3)
        #expect(requirement.assess(seen, at: .now) == .met(observed: "listening on port 22, 3 host keys"))
        #expect(now([.init(port: 22, isLoopback: true), .init(port: 22)]).reasons == [])
    }

    @Test("loopback alone and no key are told, and nothing of sshd is changed")
    func closed() {
        let (reasons, changes, _) = now([.init(port: 22, isLoopback: true)], hostKeys: 0)
        #expect(reasons == ["loopback-only", "no-host-keys"] && changes == [])
    }

    @Test("of two units the enabled one is started, and the service where none is")
    func starting() {
        let service = unit("ssh.service")
        #expect(now(units: [service, unit("ssh.socket", file: "enabled")]).changes == [.startUnit("ssh.socket")])
        #expect(now(units: [service, unit("ssh.socket")]).changes == [.startUnit("ssh.service")])
        #expect(
            now(units: [unit("ssh.service", "failed", file: "enabled"), unit("ssh.socket")]).reasons == ["not-running"])
    }

    @Test("a unit that runs and does not listen is not started again")
    func silent() {
        let (reasons, changes, findings) = now(units: [unit("ssh.service", "active", file: "enabled")])
        #expect(reasons == ["not-running"] && changes == [])
        #expect(findings[0].remedy != nil)
    }

    @Test("a mask is not overridden, and where there is no unit there is nothing to start")
    func masked() {
        let masked = unit("ssh.service", load: "masked", file: "masked")
        #expect(now(units: [masked, .init(name: "ssh.socket", state: nil)]).changes == [])
        let none = now(units: [.init(name: "ssh.service", state: nil), .init(name: "ssh.socket", state: nil)])
        #expect(none.changes == [] && none.findings[0].remedy != nil)
    }
}

@Suite("SSH at the next boot")
struct BootedSSHTests {
    private let tree: ScratchTree
    private let view: HostView
    private let requirement = SSHServer(Configuration())

    init() throws {
        tree = try ScratchTree()
        view = try LinuxMachine(root: tree.path).view
        try tree.write(
            "Package: openssh-server\nStatus: install ok installed\nVersion: 1\n", to: "/var/lib/dpkg/status")
        try tree.write("[Service]\nExecStart=/usr/sbin/sshd -D\n", to: "/usr/lib/systemd/system/ssh.service")
        try tree.write("[Socket]\nListenStream=22\n", to: "/usr/lib/systemd/system/ssh.socket")
    }

    private func want(_ unit: String, by parent: String) throws {
        try tree.link(
            FilePath("/etc/systemd/system/\(parent)/\(unit)"), to: FilePath("/usr/lib/systemd/system/\(unit)"))
    }

    private var answer: (reasons: [String], changes: [Change]) {
        get async throws {
            let seen = try await requirement.observe(view, at: .nextBoot)
            guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: .nextBoot) else {
                return ([], [])
            }
            return (findings.map(\.reason), proposals.map(\.change))
        }
    }

    @Test("either unit will do")
    func either() async throws {
        #expect(try await answer == (["disabled"], [.enableUnit("ssh.service")]))
        try want("ssh.socket", by: "sockets.target.wants")
        #expect(try await answer == ([], []))
        tree.remove("/etc/systemd/system/sockets.target.wants")
        try want("ssh.service", by: "multi-user.target.wants")
        #expect(try await answer == ([], []))
    }

    @Test("a socket that only the service pulls in does not start without it")
    func pulled() async throws {
        try want("ssh.socket", by: "ssh.service.requires")
        #expect(try await answer == (["disabled"], [.enableUnit("ssh.service")]))
    }

    @Test("a mask on disk keeps it from starting, one below /run does not")
    func masked() async throws {
        try want("ssh.service", by: "multi-user.target.wants")
        try tree.link("/run/systemd/system/ssh.service", to: "/dev/null")
        #expect(try await answer == ([], []))
        try tree.link("/etc/systemd/system/ssh.service", to: "/dev/null")
        #expect(try await answer == (["masked"], []))
        try want("ssh.socket", by: "sockets.target.wants")
        #expect(try await answer == (["masked"], []), "the socket is refused without its service")
        try tree.write("[Socket]\nListenStream=22\nAccept=yes\n", to: "/usr/lib/systemd/system/ssh.socket")
        #expect(try await answer == (["masked"], []), "there is no template")
        try tree.write("[Service]\nExecStart=-/usr/sbin/sshd -i\n", to: "/usr/lib/systemd/system/ssh@.service")
        #expect(try await answer == ([], []))
    }

    @Test("the file that forbids sshd forbids it")
    func forbidden() async throws {
        try want("ssh.service", by: "multi-user.target.wants")
        try tree.write("", to: BootedSSH.forbidding)
        #expect(try await answer == (["disabled"], []))
    }

    @Test("an enabled unit without a file does not start")
    func gone() async throws {
        try want("ssh.service", by: "multi-user.target.wants")
        tree.remove("/usr/lib/systemd/system/ssh.service")
        tree.remove("/usr/lib/systemd/system/ssh.socket")
        #expect(try await answer == (["disabled"], []))
    }
}

@Suite("Ports of sshd")
struct SSHPortsTests {
    private let tree: ScratchTree
    private let view: HostView

    init() throws {
        tree = try ScratchTree()
        view = try LinuxMachine(root: tree.path).view
    }

    private var ports: Set<Int> { get async throws { try await SSHPorts.configured(view) } }

    @Test("without a word it is 22, and included files count")
    func included() async throws {
        #expect(try await ports == [22])
        try tree.write("Include /etc/ssh/sshd_config.d/*.conf more/x.c?nf\n", to: "/etc/ssh/sshd_config")
        #expect(try await ports == [22])
        try tree.write("Port 2222\n", to: "/etc/ssh/sshd_config.d/10-port.conf")
        try tree.write("Port 1\n", to: "/etc/ssh/sshd_config.d/10-port.conf.off")
        try tree.write("Port 1\n", to: "/etc/ssh/sshd_config.d/.hidden.conf")
        try tree.write("Port 2022\nInclude /etc/ssh/sshd_config.d/*-port*\n", to: "/etc/ssh/more/x.conf")
        #expect(try await ports == [1, 2022, 2222])
        try tree.write("Include /etc/ssh/sshd_config.d/[0-3]?-*.conf\n", to: "/etc/ssh/sshd_config")
        #expect(try await ports == [2222])
    }

    @Test("addresses with a port of their own leave Port to those without")
    func addresses() async throws {
        try tree.write("Port 22\nListenAddress 10.0.0.1:2222\n", to: "/etc/ssh/sshd_config")
        #expect(try await ports == [2222])
        try tree.write("Port 22\nListenAddress 10.0.0.1:2222\nListenAddress ::\n", to: "/etc/ssh/sshd_config")
        #expect(try await ports == [22, 2222])
    }

    @Test("files that include one another, and patterns that are not understood, are unknown")
    func endless() async throws {
        try tree.write("Include sshd_config\n", to: "/etc/ssh/sshd_config")
        await #expect(throws: ObservationError.self) { _ = try await ports }
        try tree.write("Include /etc/*/x\n", to: "/etc/ssh/sshd_config")
        await #expect(throws: ObservationError.self) { _ = try await ports }
    }

    @Test("where the socket is enabled its ports count, those of its drop-ins included")
    func socket() async throws {
        try tree.write("Port 2022\n", to: "/etc/ssh/sshd_config")
        try tree.write("[Socket]\nListenStream=22\n", to: "/usr/lib/systemd/system/ssh.socket")
        try tree.write("[Service]\nExecStart=/usr/sbin/sshd -D\n", to: "/usr/lib/systemd/system/ssh.service")
        #expect(try await ports == [2022])
        try tree.link("/etc/systemd/system/sockets.target.wants/ssh.socket", to: "/usr/lib/systemd/system/ssh.socket")
        #expect(try await ports == [22])
        try tree.write(
            "[Socket]\nListenStream=\nListenStream=0.0.0.0:2222\nListenStream=[::]:2222\nListenStream=/run/x\n",
            to: "/run/systemd/generator/ssh.socket.d/addresses.conf")
        #expect(try await ports == [2222])
    }

    @Test("a pattern of stars takes no time")
    func stars() async throws {
        let name = String(repeating: "a", count: 200)
        try tree.write("Port 1\n", to: FilePath("/etc/ssh/d/\(name)"))
        try tree.write(
            "Include /etc/ssh/d/\(String(repeating: "*a", count: 60))*b\n", to: "/etc/ssh/sshd_config")
        #expect(try await ports == [22])
    }
}
