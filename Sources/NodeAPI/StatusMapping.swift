package import NodeState
internal import SystemPackage

/// What the daemon remembers of a requirement between looks.
package struct RequirementHistory: Equatable, Sendable {
    /// Since when the verdict is what it is, RFC 3339.
    package var since: String
    package var observedAt: String
    /// `boot`, `event`, `backstop`, `request`.
    package var detectedBy: String
    package var latencyUs: Int?
    package var drifts: Int
    package var contested: ContestedBody?

    /// The history of a requirement.
    package init(
        since: String, observedAt: String, detectedBy: String, latencyUs: Int? = nil, drifts: Int = 0,
        contested: ContestedBody? = nil
    ) {
        self.since = since
        self.observedAt = observedAt
        self.detectedBy = detectedBy
        self.latencyUs = latencyUs
        self.drifts = drifts
        self.contested = contested
    }
}

extension RequirementBody {
    /// The body for one entry of a report.
    ///
    /// - Parameters:
    ///   - entry: the entry.
    ///   - changes: what enforcement does for it, or would do.
    ///   - refused: what would help and is not done.
    ///   - roots: what it waits for in the end, when it is blocked.
    ///   - mode: the mode in force for it.
    ///   - history: what is remembered of it.
    package init(
        _ entry: ReportEntry, changes: [Proposal], refused: [PlanBody.RefusedBody] = [], roots: [RequirementID] = [],
        mode: Mode, history: RequirementHistory
    ) {
        let catalog = entry.entry
        id = catalog.id.name
        group = catalog.group
        title = catalog.title
        severity = catalog.severity.wire
        phases = catalog.phases.map(\.wire)
        kubeadm = catalog.kubeadmChecks
        verdict = entry.verdict.wire
        now = entry.now.wire
        nextBoot = entry.nextBoot.wire
        proof = entry.proof.wire
        observed = Text.cut(
            entry.now.observed == entry.nextBoot.observed
                ? entry.now.observed : "now: \(entry.now.observed); next boot: \(entry.nextBoot.observed)")
        findings =
            entry.now.bodies(at: .now, of: catalog) + entry.nextBoot.bodies(at: .nextBoot, of: catalog)
        self.changes = changes.map(\.body)
        var blockers: [String] = []
        for case .blocked(let ids) in [entry.now, entry.nextBoot] {
            blockers += ids.map(\.name).filter { !blockers.contains($0) }
        }
        blockedBy = blockers
        self.mode = mode.rawValue
        since = history.since
        observedAt = history.observedAt
        detectedBy = history.detectedBy
        drifts = history.drifts
        var waiver: WaiverBody?
        for case .waived(let found, _) in [entry.now, entry.nextBoot] {
            waiver = WaiverBody(
                reason: found.reason, until: found.until, file: found.origin.file, line: found.origin.line)
        }
        self.waiver = waiver
        contested = history.contested
        latencyUs = history.latencyUs
        self.refused = refused
        rootCauses = roots.map(\.name)
    }
}

extension Verdict {
    /// What was seen, in words.
    fileprivate var observed: String {
        switch self {
        case .met(let observed), .unmet(let observed, _): observed
        case .unknown(let error): error.description
        case .blocked(let ids): "blocked by \(ids.map(\.name).joined(separator: ", "))"
        case .notApplicable(let reason): reason
        case .waived(let waiver, _): "waived until \(waiver.until): \(waiver.reason)"
        }
    }

    /// The findings on the wire; what could not be looked at is one too, so that nobody misses it.
    fileprivate func bodies(at horizon: Horizon, of entry: CatalogEntry) -> [FindingBody] {
        if case .unknown(let error) = self {
            if let doubt = error.doubt { return [FindingBody(doubt, at: horizon)] }
            let finding = Finding(
                "unreadable", severity: entry.severity, expected: entry.title, actual: error.description,
                remedy: "make it readable; until then the answer is unknown")
            return [FindingBody(finding, at: horizon)]
        }
        guard findings.count > Self.findingsShown else { return findings.map { FindingBody($0, at: horizon) } }
        // A file of ten thousand bad lines is one fault to a person; the worst ones are told, in their order.
        let order = findings.indices.sorted { one, other in
            (findings[other].severity, one) < (findings[one].severity, other)
        }
        let shown = order.prefix(Self.findingsShown).sorted()
        var rest = findings[order[Self.findingsShown]]
        rest.actual = "and \(findings.count - shown.count) more findings like these"
        rest.evidence = []
        rest.manual = []
        rest.why = nil
        return (shown.map { findings[$0] } + [rest]).map { FindingBody($0, at: horizon) }
    }

    /// How many findings of one requirement and horizon go onto the wire; a further one says how many there are besides.
    private static let findingsShown = 50
}

extension FindingBody {
    fileprivate init(_ finding: Finding, at horizon: Horizon) {
        reason = finding.reason
        self.horizon = horizon.wire
        severity = finding.severity.wire
        expected = Text.cut(finding.expected)
        actual = Text.cut(finding.actual)
        predicts = PredictionBody(kubeadm: finding.predicts.kubeadm, kubelet: finding.predicts.kubelet)
        manual = finding.manual.map { Text.cut($0) }
        evidence = finding.evidence.map { EvidenceBody(path: $0.path.string, line: $0.line) }
        why = finding.why.map { Text.cut($0) }
        remedy = finding.remedy.map { Text.cut($0) }
    }
}

extension Phase {
    /// The phase on the wire.
    package var wire: String {
        switch self {
        case .initialise: "init"
        case .join: "join"
        }
    }
}

extension BootProof {
    /// The proof on the wire.
    package var wire: String {
        switch self {
        case .none: "none"
        case .predicted: "predicted"
        case .proven: "proven"
        }
    }
}

extension StatusBody.CountsBody {
    /// Counts the verdicts of a report.
    package init(of entries: [ReportEntry]) {
        for entry in entries {
            switch entry.verdict {
            case .met: met += 1
            case .unmet: unmet += 1
            case .unknown: unknown += 1
            case .blocked: blocked += 1
            case .notApplicable: notApplicable += 1
            case .waived: waived += 1
            }
            if entry.isContested { contested += 1 }
        }
    }
}
