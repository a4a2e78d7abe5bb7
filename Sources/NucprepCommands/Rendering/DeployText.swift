internal import Fleet

/// What came of a deployment, a line for each node, and what to type for those that failed.
struct DeployText: Sendable {
    private let outcomes: [DeployOutcome]
    private let columns: Columns

    init(_ outcomes: [DeployOutcome], for terminal: Terminal) {
        self.outcomes = outcomes
        columns = Columns(terminal, label: 6, text: 6 + min(40, (outcomes.map(\.node.utf8.count).max() ?? 0) + 2))
    }

    /// The whole text; its last line says what is next.
    var text: String { (outcomes.flatMap(lines) + end).map { $0 + "\n" }.joined() }

    private func lines(_ outcome: DeployOutcome) -> [String] {
        switch outcome.kind {
        case .unchanged: columns.row(outcome.node, "is as it should be; nothing was changed", mark: "ok")
        case .changed(let what): columns.row(outcome.node, what, mark: "ok")
        case .failed(let why):
            columns.row(outcome.node, why, mark: "FAIL") + outcome.commands.map { columns.command("type", $0) }
        }
    }

    private var end: [String] {
        let failed = outcomes.filter { !$0.isGood }
        let good = outcomes.count - failed.count
        guard !failed.isEmpty else {
            return ["\(Columns.count(good, "node")) done; next: nucprep report"]
        }
        let names = failed.map(\.node).joined(separator: " ")
        return Columns.wrap(
            "\(good) of \(Columns.count(outcomes.count, "node")) done; when the others are resolved: nucprep deploy \(names)",
            to: columns.terminal.width)
    }
}
