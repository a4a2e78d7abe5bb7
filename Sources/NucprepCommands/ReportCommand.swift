internal import ArgumentParser
internal import CommandProcess
internal import Fleet
internal import NodeAPITransport

/// `nucprep report`: all nodes over ssh, one verdict.
struct ReportCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Check all nodes over SSH and print one verdict; nothing is changed.",
        discussion: """
            The first screen is the table, one line for each root cause, and the next step. An ID from there, such as \
            swap-off, opens it: found, expected, why, by hand. \
            Run it as yourself: your keys, your ssh configuration and your known hosts are used. \
            The exit status is the verdict.
            """)

    @Argument(help: "Show these root causes alone, in full.", completion: .requirements)
    var ids: [String] = []

    @Flag(name: .shortAndLong, help: "Show every root cause in full.")
    var verbose = false

    @Flag(help: "First watch the nodes until nothing more changes by itself.")
    var watch = false

    @Option(help: "The form of the report: text, markdown or json.")
    var format: ReportFormat?

    @OptionGroup var fleet: FleetOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        _ = try Identifiers.parse(ids)
        guard format == nil || format == .json || !output.json else {
            throw ValidationError("--json and --format \(format?.rawValue ?? "") contradict each other")
        }
        guard ids.isEmpty || format != .markdown, ids.isEmpty || !isJSON else {
            throw ValidationError("an ID goes with text alone")
        }
    }

    private var isJSON: Bool { output.json || format == .json }

    func perform() async throws -> Ending {
        var output = output
        output.json = isJSON
        return try await output.reporting {
            if watch { try await follow(output) }
            // Who has watched for minutes waits for the last answer as well, rather than read that a busy node gave none.
            let patience = watch ? Duration.seconds(60) : nil
            let report = try await fleet.report(from: daemon.question, oldest: .seconds(120), patience: patience)
            let only = try Identifiers.parse(ids)
            let detail: ReportText.Detail = !only.isEmpty ? .only(only) : verbose ? .verbose : .brief
            try output.show(ReportView(report), detail, as: format ?? .text, on: .output)
            return Ending(report.exitStatus)
        }
    }
}

extension ReportCommand {
    /// What goes on is told beside the answer, on standard error.
    private func follow(_ output: OutputOptions) async throws {
        let isInPlace = StandardStreams.isTerminal(.error) && StandardStreams.environment("TERM") != "dumb"
        let watch = ReportWatch(
            fleet: fleet, question: daemon.question, terminal: output.terminal(.error), isInPlace: isInPlace,
            write: { text in try output.write(text, to: .error) })
        try await watch.run()
    }
}

/// The forms of a report.
enum ReportFormat: String, CaseIterable, Sendable, ExpressibleByArgument {
    case text, markdown, json
}

extension OutputOptions {
    /// Shows a report as a document or as text.
    func show(
        _ view: ReportView, _ detail: ReportText.Detail = .brief, as format: ReportFormat = .text,
        on stream: StandardStreams.Stream
    ) throws {
        if json {
            try write(view.document.json, to: stream)
        } else if format == .markdown {
            try write(ReportMarkdown(view).text, to: stream)
        } else {
            try write(ReportText(view, detail, for: terminal(stream)).text, to: stream)
        }
    }
}
