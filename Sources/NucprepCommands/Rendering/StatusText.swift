internal import Fleet
internal import NodeAPI

/// A node's status as people read it.
struct StatusText: Sendable {
    private let status: StatusBody
    private let ageSeconds: Int?
    private let showsAll: Bool
    private let columns: Columns

    /// The text of `status`, whose last full look was `ageSeconds` ago; with met requirements when `showsAll`.
    init(_ status: StatusBody, ageSeconds: Int?, showsAll: Bool, for terminal: Terminal) {
        self.status = status
        self.ageSeconds = ageSeconds
        self.showsAll = showsAll
        columns = Columns(terminal, label: 6, text: 24)
    }

    /// The whole text; its last line begins with the verdict.
    var text: String { lines.map { $0 + "\n" }.joined() }

    private var terminal: Terminal { columns.terminal }

    private var lines: [String] {
        var blocks = [header, notes]
        blocks += sorted.map { requirement in RequirementText(requirement, columns: columns).lines }
        if showsAll { blocks.append(met) }
        blocks.append([summary, terminal.paintFirst(verdict)])
        return blocks.filter { !$0.isEmpty }.flatMap { $0 + [""] }.dropLast()
    }

    private var header: [String] {
        let node = status.node
        let state = [
            node.role?.rawValue.replacing("_", with: "-"), node.lifecycle?.rawValue ?? "lifecycle unknown", mode,
        ].compactMap {
            $0
        }
        let age = ageSeconds.map { ", \($0) s old" } ?? ""
        return Columns.flow(
            [
                node.name, state.joined(separator: ", "), "generation \(status.generation)\(age)",
                "up since \(Columns.instant(status.daemon.startedAt))",
            ], width: terminal.width)
    }

    private var mode: String {
        status.daemon.mode == "observe"
            ? "observing only" : status.daemon.mode == "enforce" ? "enforcing" : status.daemon.mode
    }

    /// What the daemon says of itself.
    private var notes: [String] {
        var lines = status.daemon.degradedBy.flatMap { columns.row($0.reason, $0.detail, mark: "warn") }
        if let stop = status.daemon.stoppedBy {
            let since = stop.since.map { " since \(Columns.instant($0))" } ?? ""
            lines += columns.row("enforcement", "stopped\(since): \(stop.detail)", mark: "warn")
        }
        if status.daemon.configChangedOnDisk {
            lines += columns.row("configuration", "the files on disk are not those in force", mark: "warn")
            lines.append(columns.command("fix", "systemctl reload nucprepd"))
        }
        return lines
    }

    /// What is not met, the worst first; what others block comes after them.
    private var sorted: [RequirementBody] {
        status.requirements.enumerated()
            .filter { RequirementText.rank($0.element) > 0 }
            .sorted { one, other in
                let ranks = (RequirementText.rank(one.element), RequirementText.rank(other.element))
                return ranks.0 == ranks.1 ? one.offset < other.offset : ranks.0 > ranks.1
            }
            .map(\.element)
    }

    private var met: [String] {
        status.requirements.filter { RequirementText.rank($0) == 0 }.flatMap { requirement in
            let proof = requirement.proof == "none" ? "" : " (next boot \(requirement.proof))"
            return columns.row(
                requirement.id, "\(requirement.observed)\(proof)", mark: requirement.verdict == .met ? "ok" : "-")
        }
    }

    private var summary: String {
        let met = status.requirements.filter { $0.verdict == .met }
        let proven = met.count { $0.proof == "proven" }
        let predicted = met.count { $0.proof == "predicted" }
        let proofs = [
            proven > 0 ? "\(proven) proven over a reboot" : nil, predicted > 0 ? "\(predicted) predicted" : nil,
        ].compactMap { $0 }
        let notApplicable = status.requirements.count { $0.verdict == .notApplicable }
        return "\(met.count) met" + (proofs.isEmpty ? "" : " (\(proofs.joined(separator: ", ")))")
            + (notApplicable > 0 ? ", \(notApplicable) not applicable" : "")
    }

    private var verdict: String {
        let marks = status.requirements.map(RequirementMark.init)
        let counts: [(RequirementMark, noun: String, plural: String)] = [
            (.fail, "error", "errors"), (.unknown, "unknown", "unknown"), (.warning, "warning", "warnings"),
            (.waived, "waived", "waived"),
        ]
        let parts = counts.compactMap { mark, noun, plural -> String? in
            let count = marks.count { $0 == mark }
            return count == 0 ? nil : Columns.count(count, noun, plural)
        }
        let word = FleetVerdict(status.readiness.verdict).word
        return parts.isEmpty ? word : "\(word)  \(parts.joined(separator: ", "))"
    }
}

/// One requirement that is not met, as people read it.
struct RequirementText: Sendable {
    private let body: RequirementBody
    private let columns: Columns

    init(_ body: RequirementBody, columns: Columns) {
        self.body = body
        self.columns = columns
    }

    /// Its weight in the order of the text; 0 for what is met.
    static func rank(_ body: RequirementBody) -> Int {
        switch RequirementMark(body) {
        case .fail: 5
        case .unknown: body.verdict == .blocked ? 3 : 4
        case .warning: 2
        case .waived, .info: 1
        case .good: 0
        }
    }

    var lines: [String] {
        var lines: [String] = []
        let mark = RequirementMark(body).rawValue
        let findings = body.verdict == .waived ? [] : folded
        if findings.isEmpty {
            lines += columns.row(body.id, body.observed, mark: mark)
        }
        for (index, (finding, horizon)) in findings.enumerated() {
            lines += columns.row(body.id, "\(horizon): \(finding.actual)", mark: index == 0 ? mark : "")
            lines += columns.row("expected", finding.expected)
            if let why = finding.why { lines += columns.row("why", why) }
            if let prediction = Self.prediction(finding.predicts) { lines += columns.row("kubeadm", prediction) }
            if let remedy = finding.remedy { lines += columns.row("remedy", remedy) }
            lines += finding.manual.map { columns.command("by hand", $0) }
            lines += finding.evidence.flatMap { columns.row("seen in", Self.place($0)) }
        }
        if body.verdict != .waived { lines += fix + refusals }
        if !body.blockedBy.isEmpty, body.verdict == .blocked {
            // What stands in between does not help anybody: the start of the chain does.
            let roots = body.rootCauses.isEmpty ? body.blockedBy : body.rootCauses
            lines += columns.row("waits for", roots.joined(separator: ", "))
        }
        if let contested = body.contested {
            let retry = contested.retryAt.map { ", tried again at \(Columns.instant($0))" } ?? ""
            lines += columns.row(
                "contested", "something undoes the repairs since \(Columns.instant(contested.since))\(retry)")
        }
        return lines
    }

    /// Findings that only differ in the horizon, as one.
    private var folded: [(finding: FindingBody, horizon: String)] {
        var folded: [(finding: FindingBody, horizon: String)] = []
        for finding in body.findings {
            let isTwin = { (other: FindingBody) in
                other.reason == finding.reason && other.actual == finding.actual && other.horizon != finding.horizon
            }
            if let index = folded.firstIndex(where: { isTwin($0.finding) }) {
                folded[index].horizon = "now and after a reboot"
            } else {
                folded.append((finding, finding.horizon == .now ? "now" : "next boot"))
            }
        }
        return folded
    }

    private var fix: [String] {
        body.changes.flatMap { change in
            if body.mode == "observe" {
                return columns.row("fix", "nucprepd only observes this; by its plan: \(change.text)")
            }
            let undo = change.reversible ? ", can be undone" : ""
            return columns.row("fix", "nucprepd does this by itself (\(change.class)\(undo)): \(change.text)")
        }
    }

    /// What is not done, and why; one that only the mode keeps back is no news.
    private var refusals: [String] {
        body.refused.flatMap { refused in
            columns.row("not done", refused.text) + (refused.remedy.map { columns.row("remedy", $0) } ?? [])
        }
    }

    /// What the cluster's programs would make of it.
    static func prediction(_ predicts: PredictionBody) -> String? {
        let parts = [predicts.kubeadm.map { "says \($0)" }, predicts.kubelet.map { "the kubelet \($0)" }].compactMap {
            $0
        }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    private static func place(_ evidence: EvidenceBody) -> String {
        evidence.path + (evidence.line.map { ":\($0)" } ?? "")
    }
}
