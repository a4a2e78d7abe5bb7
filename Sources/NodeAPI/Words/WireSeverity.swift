package import NodeState

/// What an unmet requirement, or one finding of it, weighs.
package enum WireSeverity: WireWord {
    /// It keeps a phase from GO.
    case error
    /// The cluster works, and not well.
    case warning
    /// It is worth knowing and weighs nothing.
    case info
    /// A word that this version doesn't know.
    case unrecognised(String)

    package static let known: [WireSeverity] = [.error, .warning, .info]

    package var rawValue: String {
        switch self {
        case .error: "error"
        case .warning: "warning"
        case .info: "info"
        case .unrecognised(let word): word
        }
    }
}

extension Severity {
    /// The severity on the wire.
    package var wire: WireSeverity {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        }
    }
}
