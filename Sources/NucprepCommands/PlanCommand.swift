internal import ArgumentParser
internal import NodeAPI
internal import NodeAPITransport

/// `nucprep plan`: what the daemon would change.
struct PlanCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what nucprepd would change on this node; nothing is changed.")

    @Option(
        help: ArgumentHelp("Plan for this requirement alone; may be given again.", valueName: "id"),
        completion: .requirements)
    var only: [String] = []

    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func validate() throws { _ = try Identifiers.parse(only) }

    /// What the daemon is asked for.
    var target: String {
        get throws {
            let ids = try Identifiers.parse(only)
            return Identifiers.target("/v1/plan", ids.isEmpty ? [] : ["only=\(ids.joined(separator: ","))"])
        }
    }

    func perform() async throws -> Ending {
        try await output.reporting {
            let response = try await daemon.question.ask(try target)
            if output.json {
                try output.write(response.body)
                return Ending(.go)
            }
            let plan = try DaemonQuestion.body(PlanBody.self, of: response)
            try output.write(PlanText(plan, for: output.terminal()).text)
            return Ending(.go)
        }
    }
}
