package import NodeState
internal import TextForms

/// The one actor that holds the state of the node: look, plan, act, look again.
///
/// Only the second look may say met. One loop calls it, one thing after the other; whoever wants to know reads the
/// snapshots that it publishes. What is known is in ``Knowledge``, what may be done is decided by ``Admission``.
package actor Convergence {
    let host: HostView
    let control: any HostControl
    let clock: EngineClock
    private let keeping: any BootRecordKeeping
    private let bootID: String
    private let tell: @Sendable (Occurrence) -> Void
    private let publish: @Sendable (Snapshot) async -> Void

    private(set) var rules: Rules
    var knowledge = Knowledge()
    var admission: Admission
    var history = VerdictHistory()
    var publication = Publication()
    /// What happened and was not told yet: a repair that takes a moment comes before its story.
    private var untold: [Occurrence] = []

    /// A node that nothing is known of yet.
    ///
    /// - Parameters:
    ///   - host: what is looked at.
    ///   - control: what acts.
    ///   - gate: what hears of kubeadm and of a cluster.
    ///   - rules: the requirements and their policy.
    ///   - bootID: the boot that runs, 32 hexadecimal digits.
    ///   - clock: the clocks of the host.
    ///   - keeping: where predictions are kept over a reboot.
    ///   - tell: hears what happened, in order.
    ///   - publish: receives each new snapshot.
    package init(
        host: HostView, control: any HostControl, gate: any GateWatching = NoGate(), rules: Rules, bootID: String,
        clock: EngineClock, keeping: any BootRecordKeeping, tell: @escaping @Sendable (Occurrence) -> Void,
        publish: @escaping @Sendable (Snapshot) async -> Void
    ) {
        self.host = host
        self.control = control
        self.rules = rules
        self.bootID = bootID
        self.clock = clock
        self.keeping = keeping
        self.tell = tell
        self.publish = publish
        admission = Admission(Gate(gate))
    }

    /// Everything that the requirements in force rest on.
    package var inputs: Set<Input> { Set(rules.requirements.flatMap(\.inputs) + rules.lifecycleInputs) }

    /// Returns when the actor is not held up.
    package func answer() {}

    /// Looks at every requirement and puts right what the policy allows.
    ///
    /// - Parameters:
    ///   - cause: why.
    ///   - heard: what events that came with it were about.
    ///   - eventAt: when the first of them was ready, on the boottime clock in microseconds.
    package func pass(_ cause: Cause, heard: Set<Input> = [], eventAt: Int? = nil) async {
        let concerned = eventAt == nil ? Scope() : knowledge.concerned(by: heard, among: rules.requirements)
        admission.attempts.release(now: clock.boottime(), isAsked: cause.isAsked)
        await converge(
            VerdictHistory.Occasion(cause: cause, eventAt: eventAt, concerned: Set(concerned.keys)), scope: nil)
    }

    /// Looks at the answers that an event bears on.
    ///
    /// - Parameters:
    ///   - heard: what it was about; `.overflow` stands for everything.
    ///   - eventAt: when the event was ready, on the boottime clock in microseconds.
    package func drifted(_ heard: Set<Input>, eventAt: Int) async {
        if !admission.isNew, admission.isConcerned(by: heard, rules) {
            let before = admission.lifecycle
            await judgeLifecycle()
            // What a cluster leaves decides about much that does not name it as an input.
            if admission.lifecycle != before { return await pass(.event, heard: heard, eventAt: eventAt) }
        }
        let scope = knowledge.concerned(by: heard, among: rules.requirements)
        guard !scope.isEmpty else { return }
        knowledge.values.forget(heard)
        let ids = Set(scope.keys)
        admission.attempts.release(for: ids, now: clock.boottime())
        await converge(VerdictHistory.Occasion(cause: .event, eventAt: eventAt, concerned: ids), scope: scope)
    }

    /// Takes new rules into force; the next pass works by them.
    package func adopt(_ rules: Rules) {
        self.rules = rules
        admission.attempts = Attempts()
        admission.gate.doubt()
        knowledge.adopt(rules.requirements)
    }

    private func converge(_ occasion: VerdictHistory.Occasion, scope: Scope?) async {
        let begun = (realtime: clock.realtime(), boottime: clock.boottime())
        publication.lookedAt = begun.boottime
        for id in admission.breaker.calm(now: begun.boottime).sorted() { say(.calm(id)) }
        if knowledge.isEmpty { knowledge.take(await keeping.load()) }
        if scope == nil {
            knowledge.values.forget()
            admission.gate.doubt()
            await judgeLifecycle()
            await confirm()
        }
        await look(occasion, scope)
        await act(occasion)
        if knowledge.updateRecord() { await keeping.save(knowledge.record) }
        if scope == nil { publication.complete(begun) }
        await tellAll()
    }

    /// Looks, judges, and notes what became of verdicts.
    func look(_ occasion: VerdictHistory.Occasion, _ scope: Scope?) async {
        let isFirst = knowledge.isEmpty
        let seen = await Inspector(rules.requirements).inspect(host, knowledge.values) { id in
            scope.map { $0[id] ?? [] } ?? Set(Horizon.allCases)
        }
        knowledge.take(seen)
        if isFirst {
            for id in knowledge.begin(bootID: bootID) {
                say(.predictionFailed(id, actual: knowledge.look(of: id)?.now.observed ?? ""))
            }
            await keeping.save(knowledge.record)
        }
        let before = knowledge.judgement.entries
        let now = (realtime: clock.realtime(), boottime: clock.boottime())
        if knowledge.judge(rules, contested: admission.breaker.contested, today: InstantText.day(now.realtime)) {
            publication.generation += 1
        }
        untold += history.note(
            before: before, after: knowledge.judgement.entries, looked: Set(seen.map(\.entry.id)), occasion,
            admission.breaker, now: now)
    }

    /// Keeps something to be told.
    func say(_ occurrence: Occurrence) { untold.append(occurrence) }

    /// Tells what is not told yet, in order, and publishes what is so now.
    func tellAll() async {
        let occurrences = untold
        untold = []
        for occurrence in occurrences { tell(occurrence) }
        await publish(publication.snapshot(knowledge, admission, history, rules, clock))
    }
}
