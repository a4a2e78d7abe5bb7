internal import ArgumentParser
internal import CommandProcess
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

    @Flag(help: "First watch this node until nothing more changes by itself.")
    var watch = false

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
            if watch { try await follow() }
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

extension StatusCommand {
    /// Watches this node as `report --watch` watches all of them, on standard error.
    private func follow() async throws {
        var screen = Screen()
        var former: [String] = []
        var still = 0
        let isInPlace = StandardStreams.isTerminal(.error) && StandardStreams.environment("TERM") != "dumb"
        while still < 2 {
            let glance = try await StatusGlance(daemon.question)
            let lines = glance.lines(for: output.terminal(.error), withTime: isInPlace)
            if isInPlace {
                try output.write(screen.redraw(lines), to: .error)
            } else if lines != former {
                try output.write(lines.map { $0 + "\n" }.joined(), to: .error)
            }
            former = lines
            still = glance.isMoving ? 0 : still + 1
            guard still < 2 else { break }
            try await Interruption.cancelling { try await ContinuousClock().sleep(for: .seconds(1)) }
        }
        if isInPlace { try output.write(screen.end(), to: .error) }
    }
}
