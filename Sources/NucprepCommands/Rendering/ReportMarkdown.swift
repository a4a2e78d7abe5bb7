internal import Fleet
internal import NodeAPI

/// A fleet report as Markdown, to be handed in or kept: the same value as the text, with every root cause opened.
///
/// What a node said stands in code spans or escaped, so that it cannot become a heading, a link or HTML.
struct ReportMarkdown: Sendable {
    private let view: ReportView

    /// The document of `view`.
    init(_ view: ReportView) { self.view = view }

    /// The whole document.
    var text: String {
        var blocks = [
            ["# nucprep report: \(Self.plain(view.word))"], [facts], matrix,
            view.causes.isEmpty ? [] : ["## Root causes"],
        ]
        blocks += view.causes.map(cause)
        if !view.steps.isEmpty { blocks.append(["## Next"]) }
        blocks += view.steps.map(step) + view.notes.map(step)
        blocks.append(["## Verdicts"])
        blocks.append(view.phases.map { "- \(Self.plain($0.name)): **\(Self.plain($0.word))**" })
        if let text = view.differences { blocks.append([Self.plain(text)]) }
        blocks.append([Self.plain(view.coverage)])
        blocks.append(["Digest of the answers: `\(view.document.digest)`"])
        return blocks.filter { !$0.isEmpty }.map { $0.joined(separator: "\n") }.joined(separator: "\n\n") + "\n"
    }

    private var facts: String {
        let parts = [
            view.cluster.map { "Cluster \(Self.plain($0))" }, Self.plain(view.generatedAt),
            view.podNetworks.isEmpty ? nil : "pods \(Self.plain(view.podNetworks.joined(separator: ", ")))",
            Self.plain(view.summary),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }

    private var matrix: [String] {
        let nodes = view.matrix.nodes
        guard !nodes.isEmpty else { return [] }
        let titles = ["node"] + view.matrix.groups + ["cluster", "clock", "after reboot", "answered"]
        let rows = nodes.map { node in
            [node.name + (node.isControlPlane ? " (cp)" : "")] + node.groups
                + [node.cluster, node.clock, node.afterReboot, node.answered]
        }
        return [Self.row(titles), Self.row(titles.map { _ in "---" }, escaped: false)] + rows.map { Self.row($0) }
    }

    private static func row(_ cells: [String], escaped: Bool = true) -> String {
        "| " + cells.map { escaped ? plain($0) : $0 }.joined(separator: " | ") + " |"
    }

    private func cause(_ cause: RootCause) -> [String] {
        let nodes = cause.nodes.isEmpty ? "cluster" : ReportView.list(cause.nodes)
        var lines = [
            "### \(cause.mark.rawValue) \(Self.plain(cause.id)): \(Self.plain(nodes))", "", Self.plain(cause.title), "",
        ]
        for finding in cause.findings {
            let remark = finding.remark
            let when = remark.horizon == .nextBoot ? " (next boot)" : ""
            for actual in finding.actuals.prefix(5) where !actual.text.isEmpty {
                lines.append(
                    "- Found\(when) on \(Self.plain(actual.node.isEmpty ? "the cluster" : actual.node)): \(Self.code(actual.text))"
                )
            }
            if finding.actuals.count > 5 { lines.append("- and \(finding.actuals.count - 5) more of this kind") }
            if !remark.expected.isEmpty, remark.expected != remark.title {
                lines.append("- Expected: \(Self.plain(remark.expected))")
            }
            for advice in finding.advice.prefix(3) {
                if let why = advice.why { lines.append("- Why: \(Self.plain(why))") }
                if let automatic = advice.automatic {
                    lines.append("- Fix: nucprepd does this by itself (\(Self.plain(automatic)))")
                }
                if let remedy = advice.remedy { lines.append("- Fix: \(Self.plain(remedy))") }
                lines += advice.manual.map { "- By hand: \(Self.code($0))" }
                if !advice.command.isEmpty {
                    lines.append("- By hand: \(Self.code(advice.command.joined(separator: " ")))")
                }
            }
        }
        return lines
    }

    private func step(_ step: ReportView.Step) -> [String] {
        // No fence could hold a line of a node that begins with one; indented code ends with its indent.
        let commands = step.commands.map { "    " + Sanitized($0).text }
        return [Self.plain(step.text)] + (commands.isEmpty ? [] : [""] + commands)
    }

    // MARK: - Escaping

    /// Text in which no character has a meaning of Markdown or HTML.
    ///
    /// - Source: CommonMark 0.31, 2.4 "Backslash escapes"; GitHub Flavored Markdown, 4.10 "Tables".
    static func plain(_ text: String) -> String {
        let safe = Sanitized(text).text
        let digits = safe.prefix { $0.isNumber }.count
        var escaped = ""
        for (index, character) in safe.enumerated() {
            // At the beginning of a line these make a list, a heading or a rule.
            let opens = index == 0 && "-=".contains(character) || digits > 0 && index == digits && character == "."
            if opens || "\\`*_{}[]()<>#+!|~&".contains(character) { escaped += "\\" }
            escaped.append(character)
        }
        return escaped
    }

    /// A code span; its fence is longer than any run of backquotes in it.
    ///
    /// - Source: CommonMark 0.31, 6.1 "Code spans".
    static func code(_ text: String) -> String {
        let safe = Sanitized(text).text
        var longest = 0
        var run = 0
        for character in safe {
            run = character == "`" ? run + 1 : 0
            longest = max(longest, run)
        }
        let fence = String(repeating: "`", count: longest + 1)
        return longest == 0 ? "`\(safe)`" : "\(fence) \(safe) \(fence)"
    }
}
