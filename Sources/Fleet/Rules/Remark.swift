package import NodeAPI

/// A part of the verdict: what covers it contributes to it.
package enum FleetPhase: Hashable, Sendable {
    /// `kubeadm init` on the control-plane node.
    case initialise
    /// `kubeadm join` of the node with this name.
    case join(String)
}

/// One thing that was seen and weighs on a phase.
///
/// All verdicts are the worst contribution of the remarks that touch a phase; so a remark more can make no verdict better.
package struct Remark: Equatable, Sendable {
    /// Where it was seen.
    package enum Scope: String, Sendable {
        case node, cluster, transport
    }

    package var scope: Scope
    /// The requirement; `nil` for what happened on the way to a node.
    package var requirement: String?
    package var reason: String
    /// The nodes that are named.
    package var nodes: [String]
    package var verdict: WireVerdict
    package var severity: WireSeverity
    package var contribution: FleetVerdict
    package var phases: Set<FleetPhase>
    /// The good state in one line, or what happened.
    package var title: String
    package var expected = ""
    package var actual = ""
    /// `nil` where it is of neither.
    package var horizon: WireHorizon?
    package var why: String?
    package var predicts: PredictionBody?
    package var remedy: String?
    /// An argument list that a person may run; empty when there is none.
    package var command: [String] = []
    /// Commands by hand, in the words of the node.
    package var manual: [String] = []
    /// The class of the change that the daemon makes by itself, such as `A1`; `nil` when it has none or only observes.
    package var automatic: String?
    /// Whether the daemon has a change and is told to observe.
    package var isObservedOnly = false
    /// What it waits for.
    package var blockedBy: [String] = []

    /// A remark with the words that each has.
    package init(
        _ scope: Scope, _ requirement: String?, reason: String, nodes: [String], verdict: WireVerdict,
        severity: WireSeverity = .error, contribution: FleetVerdict, phases: Set<FleetPhase>, title: String
    ) {
        self.scope = scope
        self.requirement = requirement
        self.reason = reason
        self.nodes = nodes
        self.verdict = verdict
        self.severity = severity
        self.contribution = contribution
        self.phases = phases
        self.title = title
    }
}

/// What one requirement of one node contributes, by the algebra of the fleet.
///
/// Words that this version does not know are read as the worse: a verdict as `unknown`, a severity as `error`.
package enum NodeRules {
    /// The contribution of a finding, by its own severity.
    static func unmet(_ severity: WireSeverity) -> FleetVerdict {
        switch severity {
        case .info: .go
        case .warning: .goWithWarnings
        case .error, .unrecognised: .noGo
        }
    }

    /// The contribution of what could not be judged.
    static func unknown(_ severity: WireSeverity) -> FleetVerdict {
        switch severity {
        case .info: .go
        case .warning: .goWithWarnings
        case .error, .unrecognised: .incomplete
        }
    }

    /// All that one requirement has to say; nothing when it is met or does not apply.
    package static func remarks(_ body: RequirementBody, on node: String, phases: Set<FleetPhase>) -> [Remark] {
        var remarks: [Remark] = []
        for (horizon, verdict) in body.verdicts {
            switch verdict {
            case .met, .notApplicable: continue
            case .unmet:
                let findings = body.findings.filter { $0.horizon == horizon }
                remarks += findings.map { finding(body, $0, on: node, phases: phases) }
                if findings.isEmpty {
                    remarks.append(bare(body, .unmet, on: node, phases: phases, unmet(body.severity), horizon))
                }
            case .waived:
                var remark = bare(body, .waived, on: node, phases: phases, .goWithWarnings, horizon)
                remark.severity = .warning
                if let waiver = body.waiver { remark.actual = "waived until \(waiver.until): \(waiver.reason)" }
                remarks.append(remark)
            case .blocked:
                var remark = bare(body, .blocked, on: node, phases: phases, unknown(body.severity), horizon)
                remark.blockedBy = body.blockedBy
                remarks.append(remark)
            case .unknown, .unrecognised:
                var remark = bare(body, .unknown, on: node, phases: phases, unknown(body.severity), horizon)
                if let finding = body.findings.first(where: { $0.horizon == horizon }) {
                    remark.reason = finding.reason
                    remark.actual = finding.actual
                    remark.remedy = finding.remedy
                    remark.manual = finding.manual
                }
                remarks.append(remark)
            }
        }
        if body.contested != nil {
            var remark = bare(body, .unmet, on: node, phases: phases, unmet(body.severity), nil)
            remark.reason = "contested"
            remark.actual = "something undoes the daemon's repairs"
            remark.remedy = "find what writes it; journalctl -t nucprepd on that node lists each repair with its time"
            remarks.append(remark)
        }
        return remarks
    }

    private static func bare(
        _ body: RequirementBody, _ verdict: WireVerdict, on node: String, phases: Set<FleetPhase>,
        _ contribution: FleetVerdict, _ horizon: WireHorizon?
    ) -> Remark {
        var remark = Remark(
            .node, body.id, reason: verdict.rawValue, nodes: [node], verdict: verdict, severity: body.severity,
            contribution: contribution, phases: phases, title: body.title)
        remark.expected = body.title
        remark.actual = body.observed
        remark.horizon = horizon
        return remark
    }

    private static func finding(
        _ body: RequirementBody, _ finding: FindingBody, on node: String, phases: Set<FleetPhase>
    ) -> Remark {
        var remark = bare(body, .unmet, on: node, phases: phases, unmet(finding.severity), finding.horizon)
        remark.reason = finding.reason
        remark.severity = finding.severity
        remark.expected = finding.expected
        remark.actual = finding.actual
        remark.why = finding.why
        remark.predicts = finding.predicts
        remark.remedy = finding.remedy
        remark.manual = finding.manual
        if let change = body.changes.first {
            if body.mode == "observe" { remark.isObservedOnly = true } else { remark.automatic = change.class }
        }
        return remark
    }
}
