internal import ArgumentParser
internal import Fleet
internal import NodeAPITransport

/// `nucprep report`: all nodes over ssh, one verdict.
struct ReportCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Ask all nodes over ssh and speak one verdict; nothing is changed.",
        discussion: """
            Run it as yourself: your keys, your ssh configuration and your known hosts are used. \
            The exit status is the verdict.
            """)

    @OptionGroup var fleet: FleetOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func perform() async throws -> Ending {
        try await output.reporting {
            let report = try await fleet.report(from: daemon.question, oldest: .seconds(120))
            try output.show(report, on: .output)
            return Ending(report.exitStatus)
        }
    }
}

extension OutputOptions {
    /// Shows a report as a document or as text.
    func show(_ report: FleetReport, on stream: StandardStreams.Stream, showsNext: Bool = true) throws {
        if json {
            try write(ReportBody(report).json, to: stream)
        } else {
            try write(ReportText(report, showsNext: showsNext, for: terminal(stream)).text, to: stream)
        }
    }
}
