internal import ArgumentParser
internal import NodeAPI
internal import NodeAPITransport

/// `nucprep status`: the node's last verdicts.
struct StatusCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what nucprepd says of this node.",
        discussion: "The exit status is 0 when an answer was shown, whatever the verdict.")

    @Argument(help: "The requirements to show; all without any.", completion: .requirements)
    var ids: [String] = []

    @Flag(help: "Show met requirements too, with what was seen.")
    var all = false

    @Flag(help: "Have the daemon look again first.")
    var fresh = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func validate() throws { _ = try Identifiers.parse(ids) }

    /// What the daemon is asked for.
    var target: String {
        get throws {
            let only = try Identifiers.parse(ids)
            let query = (fresh ? ["fresh=1"] : []) + (only.isEmpty ? [] : ["only=\(only.joined(separator: ","))"])
            return Identifiers.target("/v1/status", query)
        }
    }

    func perform() async throws -> Ending {
        try await output.reporting {
            let response = try await daemon.question.ask(try target)
            if output.json {
                try output.write(response.body)
                return Ending(.go)
            }
            let status = try DaemonQuestion.body(StatusBody.self, of: response)
            let age = response["age"].flatMap { Int($0) }
            let text = StatusText(status, ageSeconds: age, showsAll: all || !ids.isEmpty, for: output.terminal())
            try output.write(text.text)
            return Ending(.go)
        }
    }
}
