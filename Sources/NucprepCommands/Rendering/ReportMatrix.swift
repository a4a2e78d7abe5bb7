internal import Fleet
internal import NodeAPI

/// The table of a report: what each group of requirements says on each node.
struct ReportMatrix: Sendable {
    /// Up to so many nodes are columns; more are rows.
    static let mostColumns = 5

    private let report: FleetReport
    private let terminal: Terminal
    /// The groups of requirements in the order in which the nodes list them.
    private let groups: [String]
    /// What the causes say of each node.
    private let worst: [String: FleetVerdict]
    /// What the cluster's own requirements say of each node.
    private let cluster: [String: [FleetVerdict]]

    init(_ report: FleetReport, for terminal: Terminal) {
        self.report = report
        self.terminal = terminal
        var seen: Set<String> = []
        groups = report.answers.flatMap { $0.heard?.status.requirements ?? [] }.map(\.group)
            .filter { seen.insert($0).inserted }
        var worst: [String: FleetVerdict] = [:]
        var cluster: [String: [FleetVerdict]] = [:]
        for cause in report.causes {
            let contribution = cause.remark.contribution
            for node in cause.remark.nodes {
                worst[node] = max(worst[node] ?? .go, contribution)
                if cause.remark.scope == .cluster { cluster[node, default: []].append(contribution) }
            }
        }
        self.worst = worst
        self.cluster = cluster
    }

    var lines: [String] {
        guard !report.answers.isEmpty else { return [] }
        return report.answers.count <= Self.mostColumns ? nodesAsColumns : nodesAsRows
    }

    // MARK: - Nodes as columns

    private var nodesAsColumns: [String] {
        let titles = report.answers.map { $0.role == "control_plane" ? "\($0.node.name) (cp)" : $0.node.name }
        var rows: [(label: String, cells: [String])] = [("", titles + ["cluster"])]
        rows += groups.map { group in (group, report.answers.map { Self.cell($0, group) } + [""]) }
        rows.append(("cluster", report.answers.map { clusterCell(of: $0) } + [clusterCellOfAll]))
        rows.append(("clock", report.answers.map(clock) + [""]))
        rows.append(("after reboot", report.answers.map(Self.afterReboot) + [""]))
        rows.append(("answered", report.answers.map(Self.answered) + [""]))
        let label = min(18, max(14, (rows.map(\.label.utf8.count).max() ?? 0) + 2))
        let width = min(18, (terminal.width - 2 - label) / (titles.count + 1))
        return rows.map { row in
            let cells = row.cells.map { Self.column($0, width) }
            let line = "  " + Columns.pad(Sanitized(row.label, width: label - 1).text, label)
            return Columns.trimmed(
                line + cells.map { cell in row.label.isEmpty ? cell : terminal.paintFirst(cell) }.joined())
        }
    }

    /// A cell that leaves one space to the next.
    private static func column(_ text: String, _ width: Int) -> String {
        let cut = Sanitized(text, width: width - 1).text
        return cut + String(repeating: " ", count: max(0, width - cut.utf8.count))
    }

    // MARK: - Nodes as rows

    /// The worst first; nodes without fault fold into one line.
    private var nodesAsRows: [String] {
        let verdicts = report.answers.map { answer in (answer, worst[answer.node.name] ?? .go) }
        let bad = verdicts.enumerated().filter { $0.element.1 != .go || $0.element.0.failure != nil }
            .sorted { one, other in
                one.element.1 == other.element.1 ? one.offset < other.offset : one.element.1 > other.element.1
            }
            .map(\.element)
        let name = min(24, (bad.map(\.0.node.name.utf8.count).max() ?? 4) + 2)
        let columns = groups + ["cluster"]
        let width = min(12, (terminal.width - 2 - name - 14) / max(columns.count, 1))
        guard width >= 5 else { return bad.map(short) + [rest(bad.count)] }
        let head = "  " + Columns.pad("", name) + columns.map { Self.column($0, width) }.joined() + "answered"
        let rows = bad.map { answer, _ in
            let cells = groups.map { Self.cell(answer, $0) } + [clusterCell(of: answer)]
            let painted = cells.map { terminal.paintFirst(Self.column($0, width)) }.joined()
            return "  " + Self.column(answer.node.name, name) + painted
                + Sanitized(Self.answered(answer), width: 14).text
        }
        return (bad.isEmpty ? [] : [head] + rows) + [rest(bad.count)]
    }

    private func short(_ answer: NodeAnswer, _ verdict: FleetVerdict) -> String {
        "  " + Self.column(answer.node.name, 26) + terminal.paintFirst(verdict.word) + "  " + Self.answered(answer)
    }

    private func rest(_ shown: Int) -> String {
        let others = report.answers.count - shown
        if others == 0 { return "  no node is GO" }
        return shown == 0 ? "  \(Columns.count(others, "node")) GO" : "  and \(Columns.count(others, "node")) GO"
    }

    // MARK: - Cells

    /// What a group says on a node: its worst word, and how many requirements say it.
    static func cell(_ answer: NodeAnswer, _ group: String) -> String {
        guard let status = answer.heard?.status else { return "??" }
        let marks = status.requirements.filter { $0.group == group }.map(RequirementText.mark)
        for mark in ["FAIL", "unkn", "warn", "waiv", "info"] {
            let count = marks.count { $0 == mark }
            if count > 0 { return "\(mark) \(count)" }
        }
        return marks.isEmpty ? "-" : "ok \(marks.count)"
    }

    /// What the cluster's own requirements say of a node.
    private func clusterCell(of answer: NodeAnswer) -> String {
        Self.clusterCell(cluster[answer.node.name] ?? []) ?? (answer.heard == nil ? "??" : "ok")
    }

    /// What they say of all nodes together.
    private var clusterCellOfAll: String {
        let causes = report.causes.filter { $0.remark.scope == .cluster }.map(\.remark.contribution)
        return Self.clusterCell(causes)
            ?? (report.answered == report.answers.count ? "ok \(ClusterRules.entries.count)" : "??")
    }

    /// The worst of some causes and how many there are of it; `nil` when none weighs.
    private static func clusterCell(_ causes: [FleetVerdict]) -> String? {
        guard let worst = causes.max(), worst > .go else { return nil }
        let word = worst == .noGo ? "FAIL" : worst == .incomplete ? "unkn" : "warn"
        return "\(word) \(causes.count { $0 == worst })"
    }

    private func clock(_ answer: NodeAnswer) -> String {
        report.clocks.first { $0.node == answer.node.name }.map { ClockComparison.text($0.offsetUs) } ?? "??"
    }

    private static func afterReboot(_ answer: NodeAnswer) -> String {
        guard let requirements = answer.heard?.status.requirements, !requirements.isEmpty else { return "??" }
        // What only informs is no failure.
        let failing = requirements.filter { $0.nextBoot == "unmet" }.map { requirement in
            let severities = requirement.findings.filter { $0.horizon == "next_boot" }.map(\.severity)
            return severities.isEmpty ? [requirement.severity] : severities
        }
        let errors = failing.count { severities in severities.contains { !["warning", "info"].contains($0) } }
        if errors > 0 { return "FAIL \(errors)" }
        let warnings = failing.count { $0.contains("warning") }
        if warnings > 0 { return "warn \(warnings)" }
        let unknown = requirements.count { !["met", "not_applicable", "waived"].contains($0.nextBoot) }
        if unknown > 0 { return "unkn \(unknown)" }
        return requirements.allSatisfy { $0.proof != "predicted" } ? "proven" : "predicted"
    }

    private static func answered(_ answer: NodeAnswer) -> String {
        if let failure = answer.failure { return failure.reason }
        return answer.heard.map { "\($0.ageSeconds) s ago" } ?? "??"
    }
}
