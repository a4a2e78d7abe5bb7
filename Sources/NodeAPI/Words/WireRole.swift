package import NodeState

/// What a node is to the cluster.
package enum WireRole: WireWord {
    /// It runs the control plane.
    case controlPlane
    /// It runs the workloads.
    case worker
    /// A word that this version doesn't know.
    case unrecognised(String)

    package static let known: [WireRole] = [.controlPlane, .worker]

    package var rawValue: String {
        switch self {
        case .controlPlane: "control_plane"
        case .worker: "worker"
        case .unrecognised(let word): word
        }
    }
}

extension Configuration.Role {
    /// The role on the wire.
    package var wire: WireRole {
        switch self {
        case .controlPlane: .controlPlane
        case .worker: .worker
        }
    }
}
