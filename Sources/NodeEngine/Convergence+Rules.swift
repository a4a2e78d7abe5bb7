package import NodeState

extension Convergence {
    /// What a pass works by; replaced whole when the configuration is read again.
    package struct Rules: Sendable {
        package var configuration: Configuration
        package var requirements: [any Requirement]
        /// The waivers that hold on this node.
        package var waivers: [Waiver]
        package var lifecycle: @Sendable (HostView) async throws(ObservationError) -> Lifecycle
        /// What the lifecycle rests on.
        package var lifecycleInputs: [Input]
        /// Whether a cluster has left anything on the node: what the lifecycle says of it, and quickly.
        package var isMember: @Sendable (HostView) async throws(ObservationError) -> Bool
        /// What is seen of kubeadm.
        package var kubeadm: @Sendable (HostView) async throws(ObservationError) -> KubeadmSighting

        /// The rules of one configuration.
        package init(
            configuration: Configuration, requirements: [any Requirement], waivers: [Waiver],
            lifecycle: @escaping @Sendable (HostView) async throws(ObservationError) -> Lifecycle,
            lifecycleInputs: [Input],
            isMember: @escaping @Sendable (HostView) async throws(ObservationError) -> Bool,
            kubeadm: @escaping @Sendable (HostView) async throws(ObservationError) -> KubeadmSighting
        ) {
            self.configuration = configuration
            self.requirements = requirements
            self.waivers = waivers
            self.lifecycle = lifecycle
            self.lifecycleInputs = lifecycleInputs
            self.isMember = isMember
            self.kubeadm = kubeadm
        }
    }
}
