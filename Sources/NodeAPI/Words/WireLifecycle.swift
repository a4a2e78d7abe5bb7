package import NodeState

/// Where a node stands on its way into a cluster.
package enum WireLifecycle: WireWord {
    /// Nothing of Kubernetes is there.
    case fresh
    /// Everything is there for kubeadm.
    case prepared
    /// It runs a control plane.
    case initialised
    /// It has joined a cluster.
    case joined
    /// It holds parts of a cluster that it does not belong to.
    case leftover
    /// A word that this version doesn't know.
    case unrecognised(String)

    package static let known: [WireLifecycle] = [.fresh, .prepared, .initialised, .joined, .leftover]

    package var rawValue: String {
        switch self {
        case .fresh: "fresh"
        case .prepared: "prepared"
        case .initialised: "initialised"
        case .joined: "joined"
        case .leftover: "leftover"
        case .unrecognised(let word): word
        }
    }
}

extension Lifecycle {
    /// The state on the wire.
    package var wire: WireLifecycle {
        switch self {
        case .fresh: .fresh
        case .prepared: .prepared
        case .initialised: .initialised
        case .joined: .joined
        case .leftover: .leftover
        }
    }
}
