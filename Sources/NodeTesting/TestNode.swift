package import NodeEngine
package import NodeState
internal import SystemPackage

/// A node under test: convergence over a host of the test's own, with all that it tells and publishes kept.
package struct TestNode: Sendable {
    /// What is under test.
    package let convergence: Convergence
    /// What was told, in order.
    package let told = Recorder<Occurrence>()
    /// The snapshots, in order.
    package let published = Recorder<Snapshot>()
    /// The clocks it runs by.
    package let clock: TestClock
    /// Where it keeps what it predicted.
    package let memory: MemoryRecord

    /// A node that is fresh and where no kubeadm runs, unless `rules` are changed later.
    ///
    /// - Parameters:
    ///   - view: what is looked at.
    ///   - control: what acts.
    ///   - requirements: those in force.
    ///   - configuration: the policy.
    ///   - lifecycle: what the lifecycle is; an error is an unknown one.
    ///   - lifecycleInputs: what it is declared to rest on.
    ///   - gate: what hears of kubeadm and of a cluster.
    ///   - kubeadm: the kubeadm that is at work.
    ///   - bootID: the boot that runs.
    ///   - memory: what an earlier boot left.
    ///   - clock: the clocks.
    package init(
        view: HostView, control: any HostControl, requirements: [any Requirement],
        configuration: Configuration = Configuration(),
        lifecycle: @escaping @Sendable (HostView) async throws(ObservationError) -> Lifecycle = {
            (_: HostView) async throws(ObservationError) in .fresh
        },
        lifecycleInputs: [Input] = [], gate: any GateWatching = NoGate(),
        kubeadm: @escaping @Sendable (HostView) async throws(ObservationError) -> KubeadmProcess? = {
            (_: HostView) async throws(ObservationError) in nil
        },
        bootID: String = String(repeating: "a", count: 32), memory: MemoryRecord = MemoryRecord(),
        clock: TestClock = TestClock()
    ) {
        self.clock = clock
        self.memory = memory
        let (told, published) = (told, published)
        convergence = Convergence(
            host: view, control: control, gate: gate,
            rules: Convergence.Rules(
                configuration: configuration, requirements: requirements, waivers: configuration.waivers,
                lifecycle: lifecycle, lifecycleInputs: lifecycleInputs,
                isMember: { (host) async throws(ObservationError) in
                    ![.fresh, .prepared].contains(try await lifecycle(host))
                },
                kubeadm: { (host) async throws(ObservationError) in
                    KubeadmSighting(process: try await kubeadm(host))
                }), bootID: bootID, clock: clock.engine,
            keeping: memory, tell: { told.note($0) }, publish: { published.note($0) })
    }
}
