internal import NodeState

/// What a machine is to do in the cluster.
enum NodeRole {
    /// The role of the host in view.
    ///
    /// A machine that no `[[nodes]]` entry describes may become a control plane, so it is judged as one.
    ///
    /// - Throws: when the nodes are named and this machine is none of them, or its addresses cannot be read.
    static func of(_ host: HostView, _ configuration: Configuration) async throws(ObservationError)
        -> Configuration.Role
    {
        try await NodeIdentity.of(host, configuration).node?.role ?? .controlPlane
    }
}
