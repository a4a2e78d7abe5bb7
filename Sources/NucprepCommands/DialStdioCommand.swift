internal import ArgumentParser
internal import Fleet
internal import NodeAPI
internal import NodeAPITransport
internal import SystemPackage

/// `nucprep dial-stdio`: the daemon's socket on standard input and output, for `nucprep report` at the other end of ssh.
struct DialStdioCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "dial-stdio",
        abstract: "Carry the daemon's API over standard input and output, as report does over ssh.",
        discussion: """
            With --read-only it is made for a forced command in authorized_keys: \
            restrict,command="/usr/bin/nucprep dial-stdio --read-only" ssh-ed25519 ...
            """)

    @Flag(help: "Let questions through and nothing that could change anything.")
    var readOnly = false

    @OptionGroup var daemon: DaemonOptions

    func perform() async throws -> Ending {
        let end = StdioBridge(to: FilePath(daemon.socket), isReadOnly: readOnly).run()
        var ending = Ending(end.exitStatus)
        // On standard error: the other end tells it to people.
        if case .noDaemon(let error) = end { ending.story = "\(Sanitized(error.description).text)\n" }
        return ending
    }
}
