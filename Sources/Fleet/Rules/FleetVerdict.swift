package import NodeAPI

/// The answer for a phase or for the whole fleet; the greater is the worse.
package enum FleetVerdict: Comparable, Sendable, CaseIterable {
    /// Everything that weighs holds.
    case go
    /// It works, with warnings.
    case goWithWarnings
    /// Nothing failed, and something is not known.
    case incomplete
    /// Something that weighs does not hold.
    case noGo

    /// The verdict that a node gave; a word that is not known is `incomplete`.
    package init(_ readiness: WireReadiness) {
        switch readiness {
        case .go: self = .go
        case .goWithWarnings: self = .goWithWarnings
        case .incomplete, .unrecognised: self = .incomplete
        case .noGo: self = .noGo
        }
    }

    /// The verdict as the API writes it.
    package var wire: WireReadiness {
        switch self {
        case .go: .go
        case .goWithWarnings: .goWithWarnings
        case .incomplete: .incomplete
        case .noGo: .noGo
        }
    }

    /// The verdict as people read it.
    package var word: String {
        switch self {
        case .go: "GO"
        case .goWithWarnings: "GO-WITH-WARNINGS"
        case .incomplete: "INCOMPLETE"
        case .noGo: "NO-GO"
        }
    }

    /// What a program that speaks this verdict ends with.
    package var exitStatus: ExitStatus {
        switch self {
        case .go, .goWithWarnings: .go
        case .incomplete: .incomplete
        case .noGo: .noGo
        }
    }

    /// Whether the way is free.
    package var isGo: Bool { self <= .goWithWarnings }

    /// The verdict where warnings are not taken.
    package func strictly(_ strict: Bool) -> FleetVerdict {
        strict && self == .goWithWarnings ? .noGo : self
    }
}
