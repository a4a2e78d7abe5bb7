package import NodeState

/// Which of the two answers of a requirement is meant.
package enum WireHorizon: WireWord {
    /// The running system.
    case now
    /// The system after a reboot.
    case nextBoot
    /// A word that this version doesn't know.
    case unrecognised(String)

    package static let known: [WireHorizon] = [.now, .nextBoot]

    package var rawValue: String {
        switch self {
        case .now: "now"
        case .nextBoot: "next_boot"
        case .unrecognised(let word): word
        }
    }
}

extension Horizon {
    /// The horizon on the wire.
    package var wire: WireHorizon {
        switch self {
        case .now: .now
        case .nextBoot: .nextBoot
        }
    }
}
