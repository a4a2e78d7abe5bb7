/// A person's word that an unmet requirement may be passed over, with its end.
package struct Waiver: Equatable, Sendable {
    /// What is waived.
    package var requirement: RequirementID
    /// The nodes it holds for; none named means all.
    package var nodes: [String]
    /// Why.
    package var reason: String
    /// The last day it holds, `YYYY-MM-DD`, in UTC.
    package var until: String
    /// Where the configuration says so.
    package var origin: Origin

    /// The waiver of one requirement.
    package init(requirement: RequirementID, nodes: [String], reason: String, until: String, origin: Origin) {
        self.requirement = requirement
        self.nodes = nodes
        self.reason = reason
        self.until = until
        self.origin = origin
    }

    /// The requirements whose failure cannot be passed over: they decide what cluster a node belongs to, and whether it can run at all.
    package static let notWaivable: Set<RequirementID> = [
        "reports-complete", "etcd-data-absent", "lifecycle-consistent", "joined-name", "hostnames-unique",
        "addresses-unique", "containerd-cri-enabled",
    ]
}

/// What is said of a requirement at one horizon.
package enum Verdict: Equatable, Sendable {
    /// Looked, and it is good.
    case met(observed: String)
    /// Looked, and it is not.
    case unmet(observed: String, findings: [Finding])
    /// Could not look.
    case unknown(ObservationError)
    /// Cannot be judged or put right before others.
    case blocked(by: [RequirementID])
    /// Does not apply here.
    case notApplicable(because: String)
    /// Not good, and a person said it may be.
    case waived(Waiver, hiding: [Finding])

    /// The order of badness: unmet, unknown, blocked, waived, met, not applicable.
    package var badness: Int {
        switch self {
        case .unmet: 5
        case .unknown: 4
        case .blocked: 3
        case .waived: 2
        case .met: 1
        case .notApplicable: 0
        }
    }

    /// The findings it carries, those a waiver hides included.
    package var findings: [Finding] {
        switch self {
        case .unmet(_, let findings), .waived(_, let findings): findings
        case .met, .unknown, .blocked, .notApplicable: []
        }
    }
}

/// Whether a verdict about the next boot has been seen to come true.
package enum BootProof: Equatable, Sendable {
    /// There is nothing to prove.
    case none
    /// Computed from files.
    case predicted
    /// Met at the first look of this boot, before anything was changed, and the evidence is the same since.
    case proven
}
