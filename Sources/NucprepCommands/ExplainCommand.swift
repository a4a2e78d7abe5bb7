internal import ArgumentParser
internal import NodeAPI
internal import NodeAPITransport

/// `nucprep explain`: what a requirement is, why, and how it stands here.
struct ExplainCommand: ParsableCommand, EndingCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain a requirement: why it matters, what is checked, how to do it by hand.",
        discussion: """
            Without an ID the whole catalogue is listed, in the order of applying. \
            With --kubeadm, every check of kubeadm's own preflight is listed with the requirements that stand for it.
            """)

    @Argument(help: "The requirement, such as swap-off.", completion: .requirements)
    var id: String?

    @Flag(help: "List the checks of kubeadm init and kubeadm join, and what stands for each.")
    var kubeadm = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var daemon: DaemonOptions

    func validate() throws {
        if let id { _ = try Identifiers.parse([id]) }
        guard id == nil || !kubeadm else { throw ValidationError("--kubeadm takes no requirement") }
    }

    func perform() async throws -> Ending {
        guard !kubeadm else { return try listChecks() }
        return try await output.reporting {
            let response = try await daemon.question.ask("/v1/requirements" + (id.map { "/\($0)" } ?? ""))
            guard !output.json else {
                try output.write(response.body)
                return Ending(.go)
            }
            let terminal = output.terminal()
            if id == nil {
                let body = try DaemonQuestion.body(CatalogueBody.self, of: response)
                try output.write(ExplanationText.list(body, for: terminal))
            } else {
                let body = try DaemonQuestion.body(ExplanationBody.self, of: response)
                try output.write(ExplanationText(body, for: terminal).text)
            }
            return Ending(.go)
        }
    }

    /// The table is this version's own: no daemon is asked.
    private func listChecks() throws -> Ending {
        if output.json {
            try output.write(WireJSON.encode(KubeadmChecksBody()) + [0x0A])
        } else {
            try output.write(KubeadmChecksText(for: output.terminal()).text)
        }
        return Ending(.go)
    }
}
