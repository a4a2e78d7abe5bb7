internal import ArgumentParser
internal import Fleet
internal import NodeAPI
internal import NodeAPITransport

/// `nucprep version`: the versions of both programs; it works without a daemon.
struct VersionCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Show the versions of nucprep and of nucprepd.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func perform() async throws -> Ending {
        do {
            let response = try await daemon.question.ask("/v1/version")
            if output.json {
                try output.write(response.body)
            } else {
                let body = try DaemonQuestion.body(VersionBody.self, of: response)
                try output.write(Self.text("\(body.nucprepVersion) (API \(body.api.joined(separator: ", ")))"))
            }
        } catch let error as TransportError {
            // No daemon is an answer here; the document is then that of this program.
            if output.json {
                try output.write(WireJSON.encode(VersionBody(nucprepVersion: NucprepVersion.current)) + [0x0A])
            } else {
                try output.write(Self.text("no answer: \(error.description)"))
            }
        }
        return Ending(.go)
    }

    static func text(_ daemon: String) -> String {
        "nucprep   \(NucprepVersion.current)\nnucprepd  \(Sanitized(daemon).text)\n"
    }
}
