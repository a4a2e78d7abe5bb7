internal import Fleet
internal import NodeAPI

/// One root cause opened: what was found, what is expected, why, and how it is resolved.
struct CauseText: Sendable {
    private let cause: RootCause
    private let terminal: Terminal
    private let columns: Columns

    init(_ cause: RootCause, for terminal: Terminal) {
        self.cause = cause
        self.terminal = terminal
        columns = Columns(terminal, label: 6, text: 16)
    }

    var lines: [String] {
        var lines = [
            terminal.paintFirst(
                Columns.pad(cause.mark.rawValue, 6)
                    + Sanitized("\(cause.id)  \(Self.nodes(cause))", width: terminal.width - 6).text)
        ]
        lines += Columns.wrap(cause.title, to: terminal.width - 6).map { "      " + $0 }
        for finding in cause.findings { lines += self.finding(finding) }
        if !cause.blocks.isEmpty {
            let hidden = cause.hides == 0 ? "" : "; \(Columns.count(cause.hides, "requirement")) more behind it"
            lines += columns.row("blocks", ReportView.list(cause.blocks) + hidden)
        }
        return lines
    }

    private static func nodes(_ cause: RootCause) -> String {
        cause.nodes.isEmpty ? "cluster" : ReportView.list(cause.nodes)
    }

    private func finding(_ finding: Cause) -> [String] {
        let remark = finding.remark
        var lines: [String] = []
        let shown = finding.actuals.filter { !$0.text.isEmpty }
        let when = remark.horizon == .nextBoot ? "next boot: " : remark.horizon == .now ? "now: " : ""
        for (index, actual) in shown.prefix(3).enumerated() {
            let place = shown.count > 1 ? "\(actual.node): " : ""
            lines += columns.row(index == 0 ? "found" : "", when + place + actual.text)
        }
        if shown.count > 3 { lines += columns.row("", "and \(shown.count - 3) more of this kind") }
        if !remark.expected.isEmpty, remark.expected != remark.title {
            lines += columns.row("expected", remark.expected)
        }
        for advice in finding.advice {
            guard let why = advice.why else { continue }
            lines += columns.row("why", finding.advice.count > 1 ? "\(ReportView.list(advice.nodes)): \(why)" : why)
        }
        if let words = remark.predicts.flatMap(RequirementText.prediction) { lines += columns.row("kubeadm", words) }
        return lines + fix(finding)
    }

    private func fix(_ finding: Cause) -> [String] {
        let shown = finding.advice.prefix(3)
        let rest = finding.advice.dropFirst(3).flatMap(\.nodes)
        let lines = shown.flatMap { fix($0, isOfNode: finding.remark.scope == .node) }
        return rest.isEmpty ? lines : lines + columns.row("", "for \(ReportView.list(rest)) see nucprep status there")
    }

    private func fix(_ advice: Cause.Advice, isOfNode: Bool) -> [String] {
        let place = isOfNode ? "on \(ReportView.list(advice.nodes)): " : ""
        var lines: [String] = []
        if let automatic = advice.automatic {
            lines += columns.row("fix", "\(place)nucprepd does this by itself (\(automatic))")
        } else if advice.isObservedOnly {
            lines += columns.row(
                "fix", "\(place)nucprepd is in observe mode there; set mode = \"enforce\", or do it by hand")
        }
        if let remedy = advice.remedy { lines += columns.row(lines.isEmpty ? "fix" : "", place + remedy) }
        lines += advice.manual.map { columns.command("by hand", place + $0) }
        if !advice.command.isEmpty { lines.append(columns.command("by hand", advice.command.joined(separator: " "))) }
        return lines
    }
}
