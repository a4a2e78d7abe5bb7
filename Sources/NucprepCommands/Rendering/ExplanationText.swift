internal import Fleet
internal import NodeAPI

/// A requirement explained for people.
struct ExplanationText: Sendable {
    private let body: ExplanationBody
    private let columns: Columns

    /// The explanation of one requirement.
    init(_ body: ExplanationBody, for terminal: Terminal) {
        self.body = body
        columns = Columns(terminal, label: 6, text: 18)
    }

    /// The whole text.
    var text: String {
        let blocks = [head, reasons, byHand, here]
        return blocks.filter { !$0.isEmpty }.flatMap { $0 + [""] }.dropLast().map { $0 + "\n" }.joined()
    }

    private var head: [String] {
        let entry = body.entry
        return Columns.flow([entry.id, "group \(entry.group)", entry.severity.rawValue], width: columns.terminal.width)
            + Columns.wrap(entry.title, to: columns.terminal.width)
    }

    private var reasons: [String] {
        let entry = body.entry
        let names = entry.kubeadm.isEmpty ? "does not look at it" : entry.kubeadm.joined(separator: ", ")
        let phases = entry.phases.map { "kubeadm \($0)" }.joined(separator: ", ")
        var lines = columns.row("why", entry.rationale.text)
        lines += columns.row("checked", entry.checks)
        lines += columns.row("kubeadm", names)
        lines += columns.row("bears on", phases)
        if !entry.needs.isEmpty { lines += columns.row("needs", entry.needs.joined(separator: ", ")) }
        return lines + columns.row("source", entry.rationale.source)
    }

    private var byHand: [String] { body.entry.manual.map { columns.command("by hand", $0) } }

    /// How it stands on this node.
    private var here: [String] {
        let requirement = body.requirement
        guard RequirementText.rank(requirement) == 0 else {
            return RequirementText(requirement, columns: columns).lines
        }
        let mark = requirement.verdict == .met ? "ok" : "-"
        return columns.row(requirement.id, requirement.observed, mark: mark)
    }

    /// The catalogue, one requirement after the other.
    static func list(_ body: CatalogueBody, for terminal: Terminal) -> String {
        let columns = Columns(terminal, label: 2, text: 32)
        let lines = body.requirements.flatMap { columns.row($0.id, $0.title) }
        return lines.map { $0 + "\n" }.joined()
    }
}
