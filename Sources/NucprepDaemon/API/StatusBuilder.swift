internal import LinuxHost
internal import NodeAPI
internal import NodeConfiguration
internal import NodeEngine
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import TextForms

/// Writes a snapshot as the bodies of the API.
struct StatusBuilder: Sendable {
    private let state: DaemonState
    /// The run of the daemon: 32 hexadecimal digits.
    private let instance: String
    private let bootID: String
    private let startedAt: String

    /// The builder for one run of the daemon.
    init(state: DaemonState, instance: String, bootID: String, startedAt: String) {
        self.state = state
        self.instance = instance
        self.bootID = bootID
        self.startedAt = startedAt
    }

    /// The snapshot with its encoded status.
    func publish(_ snapshot: Snapshot) -> SnapshotCache.Published {
        let readiness = snapshot.readiness(given: state.value)
        return SnapshotCache.Published(snapshot: snapshot, readiness: readiness, cursor: cursor(snapshot)) {
            WireJSON.encode(status(snapshot, readiness: readiness))
        }
    }

    /// The status of a snapshot, or of some of its requirements.
    ///
    /// - Parameters:
    ///   - snapshot: what is told.
    ///   - readiness: the answer that was published with it; what it would be now where it is not given.
    ///   - only: the ids asked for; `nil` for all.
    /// - Returns: the body.
    func status(_ snapshot: Snapshot, readiness: Readiness? = nil, only: Set<String>? = nil) -> StatusBody {
        let known = state.value
        let entries = snapshot.entries.filter { only?.contains($0.entry.id.name) ?? true }
        return StatusBody(
            instance: instance, generation: snapshot.generation, cursor: cursor(snapshot),
            observedAt: InstantText.rfc3339(snapshot.observedAt), node: node(snapshot, known),
            daemon: daemon(snapshot, known),
            readiness: .init(
                verdict: (readiness ?? snapshot.readiness(given: known)).wire, counts: .init(of: snapshot.entries)),
            requirements: entries.map { requirement($0, snapshot) }, facts: facts(known))
    }

    /// The plan of a snapshot, or of some of its requirements.
    ///
    /// - Parameters:
    ///   - snapshot: what is planned from.
    ///   - only: the ids asked for; `nil` for all.
    ///   - classes: the classes asked for; `nil` for all.
    ///   - isReadable: whether the one who asks may read a file that would be changed.
    /// - Returns: the body, without the differences of what may not be read.
    func plan(
        _ snapshot: Snapshot, only: Set<String>?, classes: Set<String>? = nil, isReadable: (FilePath) -> Bool
    ) -> PlanBody {
        let isMeant = { (step: Plan.Step) in
            (only?.contains(step.requirement.name) ?? true)
                && (classes?.contains(step.proposal.autoClass.name) ?? true)
        }
        return PlanBody(
            planId: snapshot.planID, cursor: cursor(snapshot), node: state.value.nodeName,
            steps: snapshot.plan.steps.enumerated().filter { isMeant($0.element) }.map { index, step in
                let path = step.proposal.change.edit?.path
                return .init(
                    step, index: index, isAutomatic: snapshot.configuration.mode(for: step.requirement) == .enforce,
                    isWithheld: path.map { !isReadable($0) } ?? false)
            },
            refused: snapshot.refused.filter { isMeant($0.step) }.map { .init($0.step, $0.refusal) })
    }

    /// The catalogue.
    func catalogue() -> CatalogueBody { CatalogueBody(requirements: Catalog.all.map { .init($0.entry) }) }

    /// One requirement with what is known of it everywhere and here; `nil` when there is none of this name.
    func explanation(of id: String, _ snapshot: Snapshot) -> ExplanationBody? {
        guard let entry = snapshot.entries.first(where: { $0.entry.id.name == id }) else { return nil }
        return ExplanationBody(
            cursor: cursor(snapshot), requirement: requirement(entry, snapshot), entry: .init(entry.entry))
    }

    /// The inventory.
    func nodes() -> NodesBody {
        let known = state.value
        let configuration = known.configuration
        return NodesBody(
            cluster: configuration.cluster.name, kubernetesVersion: configuration.cluster.kubernetesVersion,
            podNetworkCidr: configuration.cluster.podNetworkCIDR, serviceCidr: configuration.cluster.serviceCIDR,
            controlPlaneEndpoint: configuration.cluster.controlPlaneEndpoint, fanout: configuration.fleet.fanout,
            deadlineS: configuration.fleet.deadlineSeconds,
            nodes: configuration.nodes.map { node in
                let user = configuration.fleet.user.isEmpty ? "" : configuration.fleet.user + "@"
                return .init(
                    name: node.name, role: node.role.wire, addresses: [node.address],
                    sshTarget: node.ssh.isEmpty ? user + node.address : node.ssh,
                    isSelf: node == known.identity.node)
            })
    }

    private func cursor(_ snapshot: Snapshot) -> String { "\(instance.prefix(8)).\(snapshot.generation)" }

    private func node(_ snapshot: Snapshot, _ known: DaemonState.Value) -> StatusBody.NodeBody {
        .init(
            name: known.nodeName, role: known.identity.node?.role.wire, lifecycle: snapshot.lifecycle?.wire,
            addresses: known.machine.addresses, bootId: bootID, os: known.machine.operatingSystem,
            kernel: known.machine.kernel, nucprepVersion: NucprepVersion.current)
    }

    private func daemon(_ snapshot: Snapshot, _ known: DaemonState.Value) -> StatusBody.DaemonBody {
        let degradations = known.degradations
        let health = degradations.isEmpty ? "running" : "degraded"
        return .init(
            mode: known.configuration.mode.rawValue, state: known.isStopping ? "stopping" : health,
            degradedBy: degradations, configChangedOnDisk: known.isChangedOnDisk, startedAt: startedAt,
            stoppedBy: snapshot.stop.map(Self.stop))
    }

    private static func stop(_ stop: EnforcementStop) -> StatusBody.StopBody {
        switch stop {
        case .kubeadm(let process):
            StatusBody.StopBody(
                reason: Refusal.Reason.kubeadmRunning.rawValue, detail: stop.text, pid: process.pid,
                since: process.startedAt.map(InstantText.rfc3339))
        case .unknown: StatusBody.StopBody(reason: "kubeadm-unknown", detail: stop.text, pid: nil, since: nil)
        }
    }

    private func requirement(_ entry: ReportEntry, _ snapshot: Snapshot) -> RequirementBody {
        let id = entry.entry.id
        let history = snapshot.histories[id]
        let contested = history?.contested.map { state in
            ContestedBody(since: InstantText.rfc3339(state.since), retryAt: InstantText.rfc3339(state.retryAt))
        }
        return RequirementBody(
            entry, changes: snapshot.plan.steps.filter { $0.requirement == id }.map(\.proposal),
            refused: snapshot.refused.filter { $0.step.requirement == id }.map { .init($0.step, $0.refusal) },
            roots: snapshot.entries.rootCauses(of: id), mode: snapshot.configuration.mode(for: id),
            history: RequirementHistory(
                since: InstantText.rfc3339(history?.since ?? snapshot.observedAt),
                observedAt: InstantText.rfc3339(history?.observedAt ?? snapshot.observedAt),
                detectedBy: (history?.detectedBy ?? .boot).rawValue, latencyUs: history?.latency,
                drifts: history?.drifts ?? 0, contested: contested))
    }

    private func facts(_ known: DaemonState.Value) -> StatusBody.FactsBody {
        let cluster = known.configuration.cluster.name
        return .init(
            machineIdHash: known.machine.machineID.map { ConfigurationDigest.keyed($0, cluster: cluster) },
            configurationSha256: known.configurationDigest, macs: known.machine.hardwareAddresses,
            traits: Dictionary(
                uniqueKeysWithValues: known.machine.traits.map { name, value in
                    let isSecret = NodeTraits.secret.contains(name) && value != "none"
                    return (name, isSecret ? ConfigurationDigest.keyed(value, cluster: cluster) : value)
                }))
    }
}

extension Snapshot {
    /// The node's answer, with what the daemon knows beside the requirements.
    ///
    /// A configuration that is not in force, or a machine that is not in it, leaves the answer incomplete.
    func readiness(given known: DaemonState.Value) -> Readiness {
        let isKnown =
            known.configurationProblems.isEmpty && { if case .unknown = known.identity { false } else { true } }()
        return isKnown ? readiness : max(readiness, .incomplete)
    }
}
