internal import NodeAPI
internal import TextForms

/// A report as it is shown, computed once: text, Markdown and JSON are functions of it.
///
/// Its words are those of the nodes; each form makes them safe in its own way.
package struct ReportView: Equatable, Sendable {
    /// A step that a person takes, with the commands to type, one a line.
    package struct Step: Equatable, Sendable {
        package var text: String
        package var commands: [String]

        /// The step that `text` tells.
        package init(text: String, commands: [String] = []) {
            self.text = text
            self.commands = commands
        }

        init(_ text: String, _ commands: [String] = []) { self.init(text: text, commands: commands) }
    }

    /// The phases of one verdict: init, or the joins of some nodes.
    package struct Phases: Equatable, Sendable {
        /// `init`, `join nuc02, nuc03`, `join of 31 nodes`.
        package var name: String
        package var word: String
    }

    /// The name of the cluster; `nil` when no configuration was asked.
    package let cluster: String?
    /// When the report was made, as RFC 3339.
    package let generatedAt: String
    package let podNetworks: [String]
    package let matrix: Matrix
    /// Root causes, the worst first: one for each requirement, over all nodes and findings.
    package let causes: [RootCause]
    /// What to do next, in order; the first is the one to begin with.
    package let steps: [Step]
    /// What the verdict does not rest on, or what must be known to use it.
    package let notes: [Step]
    /// In what machines that ought to be twins differ; it weighs nothing, and is `nil` when it is in nothing.
    package let differences: String?
    /// Which of kubeadm's own checks the verdicts speak for.
    package let coverage: String
    package let phases: [Phases]
    package let word: String
    /// The counts behind the verdict, such as `2 root causes, 3 of 3 nodes answered`.
    package let summary: String
    package let isGo: Bool
    /// The document of `--json`.
    package let document: ReportBody

    /// The view of `report`; the steps of a GO only when `showsNext`, that is, unless they are under way.
    package init(_ report: FleetReport, showsNext: Bool = true) {
        let causes = RootCause.merge(report)
        cluster = report.inventory.cluster?.cluster
        generatedAt = InstantText.rfc3339(report.generatedAtUs)
        podNetworks = report.inventory.cluster?.podNetworkCidr ?? []
        matrix = Matrix(report)
        self.causes = causes
        isGo = report.verdict.isGo
        if isGo {
            steps = showsNext ? NextSteps.afterGo(report) : []
        } else {
            steps = NextSteps.towardsGo(report, causes)
        }
        notes = (isGo && showsNext ? [] : NextSteps.ignored(report)) + NextSteps.untried(report)
        differences = TraitRules(report.answers).unlikeTwins()
        let covered = report.checks.count { !$0.requirements.isEmpty }
        coverage =
            "kubeadm \(KubeadmCheck.release): \(covered) of \(Self.count(report.checks.count, "check")) have a requirement; see nucprep explain --kubeadm"
        phases = Self.phases(report)
        word = report.word
        summary = Self.summary(report, causes)
        document = ReportBody(report)
    }

    /// How a requirement stands that is no root cause: met, or behind another one.
    package func standing(of id: String) -> String {
        var met = 0
        var others: [String] = []
        for node in document.nodes {
            guard let status = node.status else {
                others.append("not known on \(node.name)")
                continue
            }
            guard let body = status.requirements.first(where: { $0.id == id }) else { continue }
            let roots = body.rootCauses.isEmpty ? body.blockedBy : body.rootCauses
            switch body.verdict {
            case .met, .notApplicable: met += 1
            case .blocked: others.append("waits on \(node.name) for \(roots.joined(separator: ", "))")
            default: others.append("\(body.verdict) on \(node.name): \(body.observed)")
            }
        }
        let isKnown =
            met > 0 || KnownRequirement.all.contains { $0.id == id } || others.contains { !$0.hasPrefix("not known") }
        guard isKnown else { return "nothing is called \(id) here; nucprep explain lists the requirements" }
        let parts = (met > 0 ? ["nothing is wrong on \(Self.count(met, "node"))"] : []) + others.prefix(5)
        let rest = others.count > 5 ? ["and \(others.count - 5) more"] : []
        return "\(id): \((parts + rest).joined(separator: "; "))"
    }

    /// Joins with the same verdict are one line, the worst first.
    private static func phases(_ report: FleetReport) -> [Phases] {
        var words: [String] = []
        var nodes: [String: [String]] = [:]
        var lines: [Phases] = []
        for phase in report.phases.enumerated().sorted(by: { one, other in
            one.element.verdict == other.element.verdict
                ? one.offset < other.offset : one.element.verdict > other.element.verdict
        }).map(\.element) {
            guard phase.phase != .initialise else {
                lines = [Phases(name: "init", word: phase.word)]
                continue
            }
            if nodes[phase.word] == nil { words.append(phase.word) }
            nodes[phase.word, default: []].append(phase.node ?? "")
        }
        return lines
            + words.map { word in
                let names = nodes[word] ?? []
                let name = names.count > 5 ? "of \(count(names.count, "node"))" : names.joined(separator: ", ")
                return Phases(name: "join \(name)", word: word)
            }
    }

    private static func summary(_ report: FleetReport, _ causes: [RootCause]) -> String {
        let roots = causes.count { $0.contribution > .goWithWarnings }
        let warnings = causes.count - roots
        var parts: [String] = []
        if roots > 0 { parts.append(count(roots, "root cause")) }
        if warnings > 0 { parts.append(count(warnings, "warning")) }
        if report.request.isStrict, roots == 0, warnings > 0 { parts.append("which --strict takes for failures") }
        parts.append("\(report.answered) of \(count(report.answers.count, "node")) answered")
        return parts.joined(separator: ", ")
    }

    /// `count` with the noun in its number.
    package static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// A list that stays readable: five names, and how many more.
    package static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}
