internal import Fleet

/// The table of a report in columns of text.
struct MatrixText: Sendable {
    /// Up to so many nodes are columns; more are rows.
    static let mostColumns = 5

    private let matrix: Matrix
    private let terminal: Terminal

    init(_ matrix: Matrix, for terminal: Terminal) {
        self.matrix = matrix
        self.terminal = terminal
    }

    var lines: [String] {
        guard !matrix.nodes.isEmpty else { return [] }
        return matrix.nodes.count <= Self.mostColumns ? nodesAsColumns : nodesAsRows
    }

    private var nodesAsColumns: [String] {
        let nodes = matrix.nodes
        let titles = nodes.map { $0.isControlPlane ? "\($0.name) (cp)" : $0.name }
        var rows: [(label: String, cells: [String])] = [("", titles + ["cluster"])]
        rows += matrix.groups.enumerated().map { index, group in (group, nodes.map { $0.groups[index] } + [""]) }
        rows.append(("cluster", nodes.map(\.cluster) + [matrix.cluster]))
        rows.append(("clock", nodes.map(\.clock) + [""]))
        rows.append(("after reboot", nodes.map(\.afterReboot) + [""]))
        rows.append(("answered", nodes.map(\.answered) + [""]))
        let label = min(18, max(14, (rows.map(\.label.utf8.count).max() ?? 0) + 2))
        let width = min(18, (terminal.width - 2 - label) / (titles.count + 1))
        return rows.map { row in
            let cells = row.cells.map { Self.column($0, width) }
            let line = "  " + Columns.pad(Sanitized(row.label, width: label - 1).text, label)
            return Columns.trimmed(
                line + cells.map { cell in row.label.isEmpty ? cell : terminal.paintFirst(cell) }.joined())
        }
    }

    /// The worst first, as many as fit a screen; nodes without fault fold into one line.
    private var nodesAsRows: [String] {
        let bad = matrix.nodes.enumerated().filter { $0.element.verdict != .go || $0.element.hasFailed }
            .sorted { one, other in
                one.element.verdict == other.element.verdict
                    ? one.offset < other.offset : one.element.verdict > other.element.verdict
            }
            .map(\.element)
        let shown = bad.prefix(Self.mostRows)
        let name = min(24, (shown.map(\.name.utf8.count).max() ?? 4) + 2)
        let columns = matrix.groups + ["cluster"]
        let width = min(12, (terminal.width - 2 - name - 14) / max(columns.count, 1))
        guard width >= 5 else { return shown.map(short) + rest(bad.count, shown.count) }
        let head = "  " + Columns.pad("", name) + columns.map { Self.column($0, width) }.joined() + "answered"
        let rows = shown.map { node in
            let painted = (node.groups + [node.cluster]).map { terminal.paintFirst(Self.column($0, width)) }.joined()
            return "  " + Self.column(node.name, name) + painted + Sanitized(node.answered, width: 14).text
        }
        return (shown.isEmpty ? [] : [head] + rows) + rest(bad.count, shown.count)
    }

    /// The most rows of nodes with a fault: with `--verbose` their causes name the others.
    private static let mostRows = 16

    private func short(_ node: Matrix.Node) -> String {
        "  " + Self.column(node.name, 26) + terminal.paintFirst(node.verdict.word) + "  "
            + Sanitized(node.answered, width: 14).text
    }

    private func rest(_ bad: Int, _ shown: Int) -> [String] {
        let good = matrix.nodes.count - bad
        let others = bad > shown ? ["  and \(Columns.count(bad - shown, "more node")) not GO"] : []
        if good == 0 { return others + ["  no node is GO"] }
        return others + [bad == 0 ? "  \(Columns.count(good, "node")) GO" : "  and \(Columns.count(good, "node")) GO"]
    }

    /// A cell that leaves one space to the next.
    private static func column(_ text: String, _ width: Int) -> String {
        let cut = Sanitized(text, width: width - 1).text
        return cut + String(repeating: " ", count: max(0, width - cut.utf8.count))
    }
}
