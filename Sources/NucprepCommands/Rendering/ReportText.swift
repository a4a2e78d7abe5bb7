internal import Fleet
internal import NodeAPI

/// A fleet report as people read it: the table, the causes, the verdicts, and on GO what to type next.
struct ReportText: Sendable {
    private let report: FleetReport
    private let terminal: Terminal
    private let columns: Columns

    private let showsNext: Bool

    /// The text of `report`; on GO with what to type next, unless that is under way.
    init(_ report: FleetReport, showsNext: Bool = true, for terminal: Terminal) {
        self.report = report
        self.showsNext = showsNext
        self.terminal = terminal
        columns = Columns(terminal, label: 4, text: 14)
    }

    /// The whole text; its last line begins with the verdict.
    var text: String { lines.map { $0 + "\n" }.joined() }

    private var lines: [String] {
        var blocks = [header, ReportMatrix(report, for: terminal).lines]
        blocks += report.causes.map(cause)
        if showsNext, report.verdict.isGo {
            blocks.append(contentsOf: NextCommands(report, terminal: terminal).blocks)
        } else {
            blocks.append(ignored)
        }
        blocks.append(untried)
        blocks.append(coverage + phases)
        return blocks.filter { !$0.isEmpty }.flatMap { $0 + [""] }.dropLast() + end
    }

    private var header: [String] {
        var parts = ["nucprep report"]
        if let cluster = report.inventory.cluster {
            parts.append("cluster \(cluster.cluster)")
            parts.append(Columns.instant(UTCTime.text(microseconds: report.generatedAtUs)))
            parts.append("pods \(cluster.podNetworkCidr.joined(separator: ", "))")
        } else {
            parts.append(Columns.instant(UTCTime.text(microseconds: report.generatedAtUs)))
        }
        return Columns.flow(parts, width: terminal.width)
    }

    // MARK: - Causes

    private func cause(_ cause: Cause) -> [String] {
        let remark = cause.remark
        let weight =
            remark.contribution == .goWithWarnings ? "warning: " : remark.contribution == .incomplete ? "unknown: " : ""
        let nodes = remark.nodes.isEmpty ? "cluster" : Self.list(remark.nodes)
        var lines = Columns.flow(
            [
                "[\(cause.index)] \(nodes)", Sanitized(remark.requirement ?? remark.reason, width: 64).text,
                weight + Self.title(remark),
            ],
            width: terminal.width)
        let shown = cause.actuals.filter { !$0.text.isEmpty }
        for actual in shown.prefix(3) {
            lines += columns.row("actual", shown.count > 1 ? "\(actual.node): \(actual.text)" : actual.text)
        }
        if shown.count > 3 { lines += columns.row("", "and \(shown.count - 3) more of this kind") }
        if !remark.expected.isEmpty, remark.expected != remark.title {
            lines += columns.row("expected", remark.expected)
        }
        for advice in cause.advice {
            guard let why = advice.why else { continue }
            lines += columns.row("why", cause.advice.count > 1 ? "\(Self.list(advice.nodes)): \(why)" : why)
        }
        if let words = remark.predicts.flatMap(RequirementText.prediction) { lines += columns.row("kubeadm", words) }
        lines += fix(cause)
        let blocked = report.phases.filter { $0.causes.contains(cause.index) }.map(Self.name)
        if remark.contribution > .goWithWarnings, !blocked.isEmpty {
            let hidden = cause.hides == 0 ? "" : "; \(Columns.count(cause.hides, "requirement")) waits behind it"
            lines += columns.row("blocks", Self.list(blocked) + hidden)
        }
        return lines
    }

    /// Where a finding has no title of its own, the requirement's says what ought to be.
    private static func title(_ remark: Remark) -> String {
        switch remark.horizon {
        case "now"?: "\(remark.title) (now)"
        case "next_boot"?: "\(remark.title) (next boot)"
        default: remark.title
        }
    }

    private func fix(_ cause: Cause) -> [String] {
        let shown = cause.advice.prefix(3)
        let rest = cause.advice.dropFirst(3).flatMap(\.nodes)
        let lines = shown.flatMap { fix($0, isOfNode: cause.remark.scope == .node) }
        return rest.isEmpty ? lines : lines + columns.row("", "for \(Self.list(rest)) see nucprep status there")
    }

    private func fix(_ advice: Cause.Advice, isOfNode: Bool) -> [String] {
        let place = isOfNode ? "on \(Self.list(advice.nodes)): " : ""
        var lines: [String] = []
        if let automatic = advice.automatic {
            lines += columns.row("fix", "\(place)nucprepd does this by itself (\(automatic))")
        } else if advice.isObservedOnly {
            lines += columns.row("fix", "\(place)by hand: nucprepd only observes this there")
        }
        if let remedy = advice.remedy { lines += columns.row(lines.isEmpty ? "fix" : "", place + remedy) }
        lines += advice.manual.map { columns.command("by hand", place + $0) }
        if !advice.command.isEmpty { lines.append(columns.command("by hand", advice.command.joined(separator: " "))) }
        return lines
    }

    // MARK: - kubeadm

    /// What kubeadm must be told to ignore, where no command of ours says it.
    private var ignored: [String] {
        report.phases.flatMap { phase -> [String] in
            let option = NextCommands.option(phase.ignoredChecks)
            guard !option.isEmpty, !phase.isDone else { return [] }
            return Columns.wrap("waived for \(Self.name(phase)), so kubeadm needs:", to: terminal.width)
                + option.map { "  \(Sanitized($0).text)" }
        }
    }

    /// Which of kubeadm's own checks the verdicts speak for.
    private var coverage: [String] {
        let covered = report.checks.count { !$0.requirements.isEmpty }
        let words =
            "kubeadm \(KubeadmCheck.release): \(covered) of \(Columns.count(report.checks.count, "check")) have a requirement; see nucprep explain --kubeadm"
        return Columns.wrap(words, to: terminal.width)
    }

    // MARK: - Verdicts

    /// A GO says what it does not rest on: no pod sandbox has run on these nodes.
    private var untried: [String] {
        let nodes = report.answers.filter { answer in
            answer.heard?.status.requirements.contains { one in
                one.id == "pod-sandbox-starts" && one.now == "not_applicable" && one.observed.contains("not tried")
            } ?? false
        }.map(\.node.name)
        guard report.verdict.isGo, !nodes.isEmpty else { return [] }
        return Columns.wrap(
            Sanitized("not tried: whether a pod sandbox starts on \(Self.list(nodes)); to try it there:").text,
            to: terminal.width) + ["  sudo nucprep preflight --trial"]
    }

    /// One line for each phase; many joins that are GO are one line.
    private var phases: [String] {
        let folds = report.phases.count > ReportMatrix.mostColumns + 1
        let go = report.phases.filter { $0.phase != .initialise && $0.verdict == .go && !$0.isDone }
        var lines = report.phases.filter { phase in !folds || !go.contains(phase) }.flatMap(line)
        if folds, !go.isEmpty {
            lines.append("join of \(Columns.count(go.count, "more node")): \(terminal.paint("GO"))")
        }
        return lines
    }

    private func line(_ phase: FleetReport.PhaseVerdict) -> [String] {
        let name = Self.name(phase)
        let words = Columns.wrap("\(name): \(phase.word)", to: terminal.width)
        guard words.count == 1 else { return words }
        return ["\(Sanitized(name).text): \(terminal.paint(phase.word))"]
    }

    private static func name(_ phase: FleetReport.PhaseVerdict) -> String {
        phase.phase == .initialise ? "init" : "join \(phase.node ?? "")"
    }

    private var end: [String] {
        let roots = report.causes.count { $0.remark.contribution > .goWithWarnings }
        let warnings = report.causes.count { $0.remark.contribution == .goWithWarnings }
        var parts: [String] = []
        if roots > 0 { parts.append(Columns.count(roots, "root cause")) }
        if warnings > 0 { parts.append(Columns.count(warnings, "warning")) }
        if report.request.isStrict, roots == 0, warnings > 0 { parts.append("which --strict takes for failures") }
        parts.append("\(report.answered) of \(Columns.count(report.answers.count, "node")) answered")
        let line = "\(report.word)  \(parts.joined(separator: ", "))"
        if line.utf8.count <= terminal.width { return [terminal.paintFirst(line)] }
        // The last line begins with the verdict, whatever the width.
        return Columns.wrap(parts.joined(separator: ", "), to: terminal.width) + [terminal.paint(report.word)]
    }

    /// A list that stays readable: five names, and how many more.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}
