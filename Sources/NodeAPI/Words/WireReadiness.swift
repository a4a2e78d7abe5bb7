package import NodeState

/// The answer of a node, or of the fleet, in one word.
package enum WireReadiness: WireWord {
    /// Everything that weighs holds.
    case go
    /// It works, with warnings.
    case goWithWarnings
    /// Nothing failed, and something is not known.
    case incomplete
    /// Something that weighs does not hold.
    case noGo
    /// A word that this version doesn't know.
    case unrecognised(String)

    package static let known: [WireReadiness] = [.go, .goWithWarnings, .incomplete, .noGo]

    package var rawValue: String {
        switch self {
        case .go: "go"
        case .goWithWarnings: "go_with_warnings"
        case .incomplete: "incomplete"
        case .noGo: "no_go"
        case .unrecognised(let word): word
        }
    }
}

extension Readiness {
    /// The verdict on the wire.
    package var wire: WireReadiness {
        switch self {
        case .go: .go
        case .goWithWarnings: .goWithWarnings
        case .incomplete: .incomplete
        case .noGo: .noGo
        }
    }
}
