internal import Fleet
internal import NodeAPI

/// A plan as people read it.
struct PlanText: Sendable {
    private let plan: PlanBody
    private let columns: Columns

    /// The text of `plan`.
    init(_ plan: PlanBody, for terminal: Terminal) {
        self.plan = plan
        columns = Columns(terminal, label: 4, text: 14)
    }

    /// The whole text; its last line says what becomes of the plan.
    var text: String { lines.map { $0 + "\n" }.joined() }

    private var lines: [String] {
        var blocks = [Columns.flow(["plan \(plan.planId)", plan.node], width: columns.terminal.width)]
        blocks += plan.steps.map(step)
        blocks += plan.refused.map(refusal)
        return blocks.flatMap { $0 + [""] } + Columns.wrap(end, to: columns.terminal.width)
    }

    private func step(_ step: PlanBody.StepBody) -> [String] {
        let horizon = step.horizon == .now ? "now" : "for the next boot"
        let traits = [
            step.class, isAutomatic(step) ? "automatic" : "only observed", horizon,
            step.reversible ? "can be undone" : "cannot be undone",
            step.disruptive ? "interrupts what runs" : nil,
        ].compactMap { $0 }
        var lines = columns.row(step.requirement, "", mark: "\(step.index + 1)")
        lines += columns.row("does", step.text)
        lines += columns.row("class", traits.joined(separator: ", "))
        lines += step.manual.map { columns.command("by hand", $0) }
        if step.withheld { lines += columns.row("differs", "only an operator may see how") }
        if let diff = step.diff { lines += difference(diff) }
        return lines
    }

    private func refusal(_ refusal: PlanBody.RefusedBody) -> [String] {
        var lines = columns.row(refusal.requirement, "", mark: "-")
        lines += columns.row("not done", refusal.text)
        lines += columns.row("because", "\(refusal.reason) (\(refusal.class))")
        if let remedy = refusal.remedy { lines += columns.row("remedy", remedy) }
        return lines
    }

    /// A unified difference, line by line; what is longer than a line goes on beneath, after a backslash.
    private func difference(_ diff: String) -> [String] {
        let room = columns.terminal.width - 5
        return diff.split(separator: "\n", omittingEmptySubsequences: true).flatMap { raw -> [String] in
            var rest = Sanitized(raw).text[...]
            var lines: [String] = []
            while rest.utf8.count > room {
                lines.append("    \(rest.prefix(room))\\")
                rest = rest.dropFirst(room)
            }
            return lines + ["    \(rest)"]
        }
    }

    private var end: String {
        let refused = plan.refused.isEmpty ? "" : ", \(plan.refused.count) not done"
        if plan.steps.isEmpty { return "nothing to do\(refused)" }
        let automatic = plan.steps.count { isAutomatic($0) }
        let outlook =
            switch automatic {
            case plan.steps.count: "nucprepd does them by itself"
            case 0: "nucprepd only observes"
            default: "nucprepd does \(automatic) of them by itself"
            }
        return "\(Columns.count(plan.steps.count, "step"))\(refused); \(outlook), this command changes nothing"
    }

    private func isAutomatic(_ step: PlanBody.StepBody) -> Bool { step.decision == "automatic" }
}
