internal import ArgumentParser
internal import CommandProcess
internal import NodeAPITransport

/// `nucprep init`: the cluster file, judged and written.
///
/// The daemon's program does it, with the daemon's own reader: this one has no power over files.
struct InitCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Write the cluster file: which machines make up the cluster, and with which addresses.",
        discussion: """
            The first node is the control plane, the others are workers; one address must be on this machine. \
            Without any node they are asked for on the terminal. Names, addresses and networks are checked first, and \
            nothing is written when something is wrong. A file that a person has edited is replaced only with --force.
            """)

    @Argument(help: ArgumentHelp("A node, such as nuc01=192.168.50.11.", valueName: "name=address"))
    var nodes: [String] = []

    @Option(help: "The name of the cluster in reports: letters, digits and hyphens.")
    var name: String?

    @Option(help: ArgumentHelp("The network of pods; 10.244.0.0/16 by default.", valueName: "network"))
    var podNetworkCidr: String?

    @Option(help: ArgumentHelp("The network of services; 10.96.0.0/12 by default.", valueName: "network"))
    var serviceCidr: String?

    @Option(help: ArgumentHelp("The user that ssh logs in as on the other nodes.", valueName: "name"))
    var user: String?

    @Option(
        help: ArgumentHelp(
            "Write this file instead of /etc/nucprep/nucprep.toml; it must not exist.", valueName: "path"),
        completion: .file())
    var output: String?

    @Flag(help: "Have nucprepd only observe on all nodes: plan and report, and change nothing.")
    var observe = false

    @Flag(help: "Replace a file that a person has edited; a copy of it is kept.")
    var force = false

    /// The words for the daemon's program.
    var words: [String] {
        let options = [
            ("--name", name), ("--pod-network-cidr", podNetworkCidr), ("--service-cidr", serviceCidr), ("--user", user),
            ("--output", output.map(StandardStreams.absolute)),
        ].flatMap { option, value in value.map { [option, $0] } ?? [] }
        return ["init"] + options + (observe ? ["--observe"] : []) + (force ? ["--force"] : []) + nodes
    }

    func validate() throws {
        // What begins with a hyphen would be an option there.
        for node in nodes where node.hasPrefix("-") { throw ValidationError("\"\(node)\" is not NAME=ADDRESS") }
    }

    func perform() async throws -> Ending { Ending(becoming: [OwnProgram.sibling("nucprepd")] + words) }
}
