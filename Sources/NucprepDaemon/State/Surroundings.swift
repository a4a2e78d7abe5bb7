internal import CommandProcess
internal import LinuxHost
internal import NodeAPITransport
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import Systemd

/// What the daemon finds around itself at the start.
enum Surroundings {
    /// Whether systemd started this process and connected standard error to the journal.
    static var isService: Bool { StandardStreams.environment("JOURNAL_STREAM") != nil }

    /// The run of the daemon: systemd's `INVOCATION_ID`, or 32 random digits by hand.
    ///
    /// - Source: systemd.exec(5).
    static func instance() -> String {
        if let id = StandardStreams.environment("INVOCATION_ID"), id.utf8.count == 32 { return id }
        return (0..<32).map { _ in String(Int.random(in: 0...15), radix: 16) }.joined()
    }

    /// What a machine says of itself; what it does not say is left out.
    static func facts(of machine: LinuxMachine, _ configuration: Configuration) async -> DaemonState.MachineFacts {
        var facts = DaemonState.MachineFacts()
        facts.hostName = (try? await machine.view.kernel.nodename()) ?? ""
        facts.addresses = (try? await machine.view.network.addresses()) ?? []
        facts.hardwareAddresses = (try? await machine.view.network.hardwareAddresses()) ?? []
        facts.kernel = try? await machine.view.kernel.release()
        let release = ((try? await machine.view.files.text(at: "/etc/os-release")) ?? nil) ?? ""
        let name = release.split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
        facts.operatingSystem = name.map { $0.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" } }
        let id = ((try? await machine.view.files.text(at: "/etc/machine-id")) ?? nil)?.prefix { $0 != "\n" }
        facts.machineID = id.flatMap { $0.utf8.count == 32 ? String($0) : nil }
        facts.traits = await NodeTraits.read(machine.view, configuration)
        return facts
    }
}
