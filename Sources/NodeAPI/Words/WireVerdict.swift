package import NodeState

/// What is true of one requirement at one horizon.
package enum WireVerdict: WireWord {
    /// It was looked at, and it does not hold.
    case unmet
    /// It could not be looked at.
    case unknown
    /// It cannot be judged or put right before others.
    case blocked
    /// It does not hold, and a person said that it may be so.
    case waived
    /// It was looked at, and it holds.
    case met
    /// It does not apply to this node.
    case notApplicable
    /// A word that this version doesn't know.
    case unrecognised(String)

    /// From the worst to the best: the verdict of a requirement is the worse of its horizons.
    package static let known: [WireVerdict] = [.unmet, .unknown, .blocked, .waived, .met, .notApplicable]

    package var rawValue: String {
        switch self {
        case .unmet: "unmet"
        case .unknown: "unknown"
        case .blocked: "blocked"
        case .waived: "waived"
        case .met: "met"
        case .notApplicable: "not_applicable"
        case .unrecognised(let word): word
        }
    }

    /// Whether a requirement with this verdict stands in nobody's way; a word that isn't known doesn't.
    package var letsPass: Bool {
        switch self {
        case .met, .notApplicable, .waived: true
        case .unmet, .unknown, .blocked, .unrecognised: false
        }
    }
}

extension Verdict {
    /// The verdict on the wire.
    package var wire: WireVerdict {
        switch self {
        case .unmet: .unmet
        case .unknown: .unknown
        case .blocked: .blocked
        case .waived: .waived
        case .met: .met
        case .notApplicable: .notApplicable
        }
    }
}
