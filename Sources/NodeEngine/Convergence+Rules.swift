package import NodeState

extension Convergence {
    /// What a pass works by; replaced whole when the configuration is read again.
    package struct Rules: Sendable {
        package var configuration: Configuration
        package var requirements: [any Requirement]
        /// The waivers that hold on this node.
        package var waivers: [Waiver]
        package var lifecycle: @Sendable (HostView) async throws(ObservationError) -> Lifecycle
        /// The kubeadm that is at work.
        package var kubeadm: @Sendable (HostView) async throws(ObservationError) -> KubeadmProcess?

        /// The rules of one configuration.
        package init(
            configuration: Configuration, requirements: [any Requirement], waivers: [Waiver],
            lifecycle: @escaping @Sendable (HostView) async throws(ObservationError) -> Lifecycle,
            kubeadm: @escaping @Sendable (HostView) async throws(ObservationError) -> KubeadmProcess?
        ) {
            self.configuration = configuration
            self.requirements = requirements
            self.waivers = waivers
            self.lifecycle = lifecycle
            self.kubeadm = kubeadm
        }
    }
}
