internal import NodeState

/// What was published, and the number of what comes next.
struct Publication: Sendable {
    /// Grows by one when a verdict, a finding or the lifecycle changes, and at the end of each full look.
    var generation = 0
    /// When the last look began, on the boottime clock in microseconds.
    var lookedAt = 0
    /// When the last full look that is over began.
    private var observedAt = (realtime: 0, boottime: 0)
    /// What was published of steps that are not carried out.
    private var refusals: [Snapshot.Refused] = []

    /// A full look that began then is over.
    mutating func complete(_ begun: (realtime: Int, boottime: Int)) {
        generation += 1
        observedAt = begun
    }

    /// Everything that is known, as one value.
    mutating func snapshot(
        _ knowledge: Knowledge, _ admission: Admission, _ history: VerdictHistory, _ rules: Convergence.Rules,
        _ clock: EngineClock
    ) -> Snapshot {
        let judged = knowledge.judgement
        let (realtime, boottime) = (clock.realtime(), clock.boottime())
        let (steps, refused) = admission.sorted(judged.steps, rules, now: boottime)
        // To observe is to plan all the same: what only the mode keeps from being done is part of the plan.
        let observed = refused.filter { $0.refusal.reason == .observeMode }.map(\.step)
        let plan = Plan(steps: judged.steps.filter { steps.contains($0) || observed.contains($0) })
        let others = refused.filter { $0.refusal.reason != .observeMode }
        // Why something is not done is part of the answer, and a generation stands for one answer.
        if others != refusals { generation += 1 }
        refusals = others
        return Snapshot(
            generation: max(generation, 1), observedAt: observedAt.realtime, observedAtBoottime: observedAt.boottime,
            lifecycle: admission.lifecycle, entries: judged.entries, histories: history.histories, plan: plan,
            refused: others, stop: admission.gate.stop,
            retryAt: admission.retryAt(of: others, now: boottime).map { $0 - boottime + realtime },
            dueAtBoottime: admission.due(others, lookedAt: lookedAt, now: boottime),
            configuration: rules.configuration, planID: plan.id,
            hasTransientError: admission.isBlinded || admission.gate.stop?.isTransient == true
                || knowledge.looks.contains(where: \.hasTransientError))
    }
}
