internal import NodeState

/// Decides what may be done now, and says why the rest is not.
struct Admission: Sendable {
    /// What decides about each act.
    var gate: Gate
    /// How far the node has come towards a cluster; `nil` when that cannot be read.
    private(set) var lifecycle: Lifecycle?
    /// Whether the lifecycle could not be read, for a cause that need not last.
    private(set) var isBlinded = false
    /// What the lifecycle was read from; `nil` before it was.
    private var marks: ReadMarks?
    var breaker = FlapBreaker()
    var attempts = Attempts()

    init(_ gate: Gate) { self.gate = gate }

    /// Whether nothing was judged yet.
    var isNew: Bool { marks == nil }

    /// Whether an event bears on the lifecycle.
    func isConcerned(by heard: Set<Input>, _ rules: Convergence.Rules) -> Bool {
        marks?.bears(heard, inputs: rules.lifecycleInputs) ?? true
    }

    /// The same with the lifecycle as it is now.
    func judged(_ rules: Convergence.Rules, _ host: HostView) async -> Admission {
        var admission = self
        let marks = ReadMarks()
        admission.isBlinded = false
        admission.marks = marks
        do throws(ObservationError) {
            admission.lifecycle = try await rules.lifecycle(host.marking(marks))
        } catch {
            admission.lifecycle = nil
            admission.isBlinded = error.isTransient
        }
        return admission
    }

    /// The same with facts that hold now: the lifecycle too, where the files of a cluster contradict it.
    func confirmed(_ rules: Convergence.Rules, _ host: HostView) async -> Admission {
        var admission = self
        admission.gate = await gate.confirmed(rules, host)
        let isMember = try? admission.gate.membership.get()
        guard isMember != lifecycle?.isClusters else { return admission }
        return await admission.judged(rules, host)
    }

    /// Sorts steps into those that may be done now and those that may not, by what was last judged.
    func sorted(
        _ wanted: [Plan.Step], _ rules: Convergence.Rules, now: Int
    ) -> (steps: [Plan.Step], refused: [Snapshot.Refused]) {
        var steps: [Plan.Step] = []
        var refused: [Snapshot.Refused] = []
        for step in wanted {
            if let refusal = refusal(of: step, rules) ?? breakerRefusal(of: step, now: now)
                ?? attempts.refusal(of: step.proposal.change)
            {
                refused.append(Snapshot.Refused(step: step, refusal: refusal))
            } else {
                steps.append(step)
            }
        }
        // What is left of a requirement when only the reload is: nothing was written that systemd had to read.
        for step in steps where step.proposal.change == .reloadSystemd {
            let rest = steps.filter { $0.requirement == step.requirement }
            guard rest.count == 1, let cause = refused.first(where: { $0.step.requirement == step.requirement }) else {
                continue
            }
            steps.removeAll { $0 == step }
            refused.append(Snapshot.Refused(step: step, refusal: cause.refusal))
        }
        return (steps, refused)
    }

    /// Why the policy does not let a step through; `nil` when it does.
    func refusal(of step: Plan.Step, _ rules: Convergence.Rules) -> Refusal? {
        // A cluster whose evidence cannot be read is one that may be there.
        let isKnown = (try? gate.membership.get()) != nil
        return Policy(configuration: rules.configuration, lifecycle: isKnown ? lifecycle : nil, stop: gate.stop)
            .refusal(of: step)
    }

    private func breakerRefusal(of step: Plan.Step, now: Int) -> Refusal? {
        guard breaker.retryAt(step, now: now) != nil else { return nil }
        return Refusal(
            .contested, "another process keeps reverting it",
            remedy: "find out who changes \(step.proposal.change.object)")
    }

    /// When the next contested requirement, or the next of `refused`, is due by itself, on the boottime clock.
    ///
    /// `nil` when none is. One that was due when the last look began was tried by it.
    func due(_ refused: [Snapshot.Refused], lookedAt: Int, now: Int) -> Int? {
        let contested = breaker.contested.compactMap { breaker.state(of: $0)?.retryAt }.filter { $0 > lookedAt }
        return (contested + [retryAt(of: refused, now: now)].compactMap(\.self)).min()
    }

    /// When the next of `refused` is due by itself, on the boottime clock; `nil` when none is.
    func retryAt(of refused: [Snapshot.Refused], now: Int) -> Int? {
        attempts.retryAt(of: refused.map(\.step.proposal.change), now: now)
    }
}

extension Lifecycle {
    /// Whether a cluster has left anything on the node.
    var isClusters: Bool {
        switch self {
        case .fresh, .prepared: false
        case .initialised, .joined, .leftover: true
        }
    }
}
