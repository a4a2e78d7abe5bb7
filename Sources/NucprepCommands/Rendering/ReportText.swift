internal import Fleet

/// A fleet report as people read it: the table, a line for each root cause, what to do next, the verdicts.
struct ReportText: Sendable {
    /// How much is said of each root cause.
    enum Detail: Equatable, Sendable {
        /// One line.
        case brief
        /// All of it.
        case verbose
        /// All of those with these ids, and no other.
        case only([String])
    }

    /// The most lines for all causes on the first screen: with them a cluster of three nodes fits 40 lines.
    private static let mostLines = 13

    private let view: ReportView
    private let detail: Detail
    private let terminal: Terminal

    /// The text of `view`.
    init(_ view: ReportView, _ detail: Detail = .brief, for terminal: Terminal) {
        self.view = view
        self.detail = detail
        self.terminal = terminal
    }

    /// The whole text; its last line begins with the verdict.
    var text: String { lines.map { $0 + "\n" }.joined() }

    private var lines: [String] {
        var blocks = [header]
        switch detail {
        case .brief: blocks += [MatrixText(view.matrix, for: terminal).lines, brief]
        case .verbose:
            blocks.append(MatrixText(view.matrix, for: terminal).lines)
            blocks += view.causes.map { CauseText($0, for: terminal).lines }
        case .only(let ids):
            blocks += ids.map { id in
                let found = view.causes.filter { $0.id == id }.flatMap { CauseText($0, for: terminal).lines }
                return found.isEmpty ? Columns.wrap(view.standing(of: id), to: terminal.width) : found
            }
        }
        if case .only = detail {} else { blocks += [steps, view.notes.flatMap(step)] }
        if detail == .verbose, let text = view.differences { blocks.append(Columns.wrap(text, to: terminal.width)) }
        blocks.append((detail == .verbose || view.isGo ? Columns.wrap(view.coverage, to: terminal.width) : []) + phases)
        return blocks.filter { !$0.isEmpty }.flatMap { $0 + [""] }.dropLast() + end
    }

    private var header: [String] {
        var parts = ["nucprep report"]
        if let cluster = view.cluster { parts.append("cluster \(cluster)") }
        parts.append(Columns.instant(view.generatedAt))
        if !view.podNetworks.isEmpty { parts.append("pods \(view.podNetworks.joined(separator: ", "))") }
        return Columns.flow(parts, width: terminal.width)
    }

    // MARK: - Causes in one line each

    private var brief: [String] {
        guard !view.causes.isEmpty else { return [] }
        let lines = (0...min(view.causes.count, Self.mostLines)).reversed().lazy.map(brief).first {
            $0.count <= Self.mostLines
        }
        return (lines ?? brief(0))
            + Columns.wrap("To open one: nucprep report ID; all: nucprep report --verbose", to: terminal.width)
    }

    /// A line each for the first causes, and the ids of the others.
    private func brief(_ count: Int) -> [String] {
        let shown = view.causes.prefix(count)
        let rest = view.causes.dropFirst(count)
        let roots = rest.filter { $0.contribution > .goWithWarnings }
        let warnings = rest.filter { $0.contribution <= .goWithWarnings }
        let id = (shown.map { min($0.id.utf8.count, Self.longestID) }.max() ?? 0) + 2
        let place = (shown.map { min($0.place.utf8.count, Self.longestPlace) }.max() ?? 0) + 2
        var lines = shown.map { line($0, id, place) }
        if !roots.isEmpty {
            lines += fold("\(shown.isEmpty ? "" : "and ")\(Columns.count(roots.count, "root cause"))", roots.map(\.id))
        }
        if !warnings.isEmpty { lines += fold(Columns.count(warnings.count, "warning"), warnings.map(\.id)) }
        return lines
    }

    /// No id of ours is longer.
    private static let longestID = 40
    private static let longestPlace = 24

    private func line(_ cause: RootCause, _ id: Int, _ place: Int) -> String {
        let name = Columns.pad(Sanitized(cause.id, width: Self.longestID).text, id)
        let nodes = Columns.pad(Sanitized(cause.place, width: Self.longestPlace).text, place)
        let head = Columns.pad(cause.mark.rawValue, 6) + name + nodes
        let room = terminal.width - head.utf8.count
        // Where there is no room for what was found, id and nodes alone stand.
        let tail = room >= 12 ? Sanitized(cause.summary, width: room).text : ""
        return terminal.paintFirst(Columns.trimmed(Sanitized.cut(head + tail, to: terminal.width)))
    }

    private func fold(_ head: String, _ ids: [String]) -> [String] {
        let lines = Columns.wrap("\(head): \(ids.joined(separator: ", "))", to: terminal.width - 6)
        return lines.map { "      " + $0 }
    }

    // MARK: - Steps

    private var steps: [String] {
        guard !view.isGo else {
            return view.steps.enumerated().flatMap { $0.offset == 0 ? step($0.element) : [""] + step($0.element) }
        }
        return view.steps.flatMap { step(ReportView.Step(text: "next: \($0.text)", commands: $0.commands)) }
    }

    private func step(_ step: ReportView.Step) -> [String] {
        Columns.wrap(step.text, to: terminal.width) + step.commands.map { "  \(Sanitized($0).text)" }
    }

    // MARK: - Verdicts

    private var phases: [String] {
        view.phases.flatMap { phase -> [String] in
            let words = Columns.wrap("\(phase.name): \(phase.word)", to: terminal.width)
            guard words.count == 1 else { return words }
            return ["\(Sanitized(phase.name).text): \(terminal.paint(phase.word))"]
        }
    }

    private var end: [String] {
        let line = "\(view.word)  \(view.summary)"
        if line.utf8.count <= terminal.width { return [terminal.paintFirst(line)] }
        // The last line begins with the verdict, whatever the width.
        return Columns.wrap(view.summary, to: terminal.width) + [terminal.paint(view.word)]
    }
}
