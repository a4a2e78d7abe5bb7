internal import Fleet

/// A fleet that is watched, as text: a block that is drawn again in place, or lines of what has changed.
struct WatchText: Sendable {
    private let view: WatchView
    private let terminal: Terminal

    init(_ view: WatchView, for terminal: Terminal) {
        self.view = view
        self.terminal = terminal
    }

    /// The lines of a block; none is wider than the terminal, so that their number is that of its rows.
    var block: [String] {
        let width = min(24, (view.nodes.map(\.name.utf8.count).max() ?? 0) + 2)
        let shown = view.nodes.filter { !$0.step.isEmpty || $0.state != "GO" }.prefix(Self.mostNodes)
        let lines = shown.map { node in
            let parts = [Sanitized(node.progress).text, node.elapsedS == 0 ? "" : "\(node.elapsedS) s"]
            let told = parts.filter { !$0.isEmpty }.joined(separator: ", ")
            let time = node.step.isEmpty || told.isEmpty ? "" : " (\(Sanitized.cut(told, to: 40)))"
            let step = node.step.isEmpty ? "" : ": \(Sanitized(node.step).text)"
            let room = max(8, terminal.width - 3 - width - time.utf8.count)
            let words = Sanitized.cut(Sanitized(node.state).text + step, to: room)
            return "  " + Columns.pad(Sanitized(node.name, width: width - 1).text, width) + words + time
        }
        let rest = view.nodes.count - shown.count
        let others = rest > 0 && !shown.isEmpty ? ["  and \(Columns.count(rest, "other node"))"] : []
        return MatrixText(view.matrix, for: terminal).lines + [""] + lines + others
    }

    private static let mostNodes = 12

    /// One line for each node that is not as it was in `former`; the time a step takes is no change.
    func changes(since former: WatchView?) -> [String] {
        let before = Dictionary(
            (former?.nodes ?? []).map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        return view.nodes.filter { node in
            before[node.name].map { $0.state != node.state || $0.step != node.step } ?? true
        }.map { node in
            let step = node.step.isEmpty ? "" : ": \(node.step)"
            return Sanitized("\(node.name)  \(node.state)\(step)", width: 400).text
        }
    }
}

/// Where a block is drawn again over itself.
struct Screen {
    private var rows = 0

    /// What to write so that `lines` stand where the last ones did.
    ///
    /// - Source: ECMA-48, 8.3.22 CUU and 8.3.39 ED.
    mutating func redraw(_ lines: [String]) -> String {
        defer { rows = lines.count }
        return clear + lines.map { $0 + "\n" }.joined()
    }

    /// What to write so that nothing is left of the block.
    mutating func end() -> String {
        defer { rows = 0 }
        return clear
    }

    private var clear: String { rows == 0 ? "" : "\u{1B}[\(rows)A\u{1B}[J" }
}
