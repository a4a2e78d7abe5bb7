package import NodeState
internal import TextForms

/// The one actor that holds the state of the node: look, plan, act, look again.
///
/// Only the second look may say met. One loop calls it, one thing after the other; whoever wants to know reads the
/// snapshots that it publishes.
package actor Convergence {
    private let host: HostView
    private let control: any HostControl
    private let clock: EngineClock
    private let keeping: any BootRecordKeeping
    private let bootID: String
    private let tell: @Sendable (Occurrence) -> Void
    private let publish: @Sendable (Snapshot) async -> Void

    private var rules: Rules
    private var looks: [RequirementID: Look] = [:]
    private var histories: [RequirementID: History] = [:]
    private var breaker = FlapBreaker()
    private var attempts = Attempts()
    /// What keeps everything from being changed, as it was last seen.
    private var stop: EnforcementStop?
    /// What was published of steps that are not carried out.
    private var refusals: [Snapshot.Refused] = []
    private var record = BootRecord()
    private var lifecycle: Lifecycle?
    /// Whether the lifecycle could not be read, for a cause that need not last.
    private var isBlinded = false
    private var generation = 0
    private var observedAt = (realtime: 0, boottime: 0)

    /// The rounds of one pass, against somebody who makes a new plan necessary each time.
    private static let mostRounds = 8

    /// A node that nothing is known of yet.
    ///
    /// - Parameters:
    ///   - host: what is looked at.
    ///   - control: what acts.
    ///   - rules: the requirements and their policy.
    ///   - bootID: the boot that runs, 32 hexadecimal digits.
    ///   - clock: the clocks of the host.
    ///   - keeping: where predictions are kept over a reboot.
    ///   - tell: hears what happened, in order.
    ///   - publish: receives each new snapshot.
    package init(
        host: HostView, control: any HostControl, rules: Rules, bootID: String, clock: EngineClock,
        keeping: any BootRecordKeeping, tell: @escaping @Sendable (Occurrence) -> Void,
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
    }

    /// Everything that the requirements in force rest on.
    package var inputs: Set<Input> { Set(rules.requirements.flatMap(\.inputs)) }

    /// Looks at every requirement and puts right what the policy allows.
    package func pass(_ cause: Cause) async {
        attempts.release(now: clock.boottime(), isAsked: cause == .request)
        await converge(cause, only: nil, eventAt: nil)
    }

    /// Looks at the requirements that rest on `inputs`, because something about them happened.
    ///
    /// - Parameters:
    ///   - inputs: what happened to; `.overflow` stands for everything.
    ///   - eventAt: when the event was ready, on the boottime clock in microseconds.
    package func drifted(_ inputs: Set<Input>, eventAt: Int) async {
        let isLost = inputs.contains(.overflow)
        let concerned = rules.requirements.filter { isLost || !inputs.isDisjoint(with: $0.inputs) }
        guard !concerned.isEmpty else { return }
        let ids = Set(concerned.map { type(of: $0).entry.id })
        attempts.release(for: ids, now: clock.boottime())
        await converge(.event, only: ids, eventAt: eventAt)
    }

    /// Takes new rules into force; the next pass works by them.
    package func adopt(_ rules: Rules) {
        self.rules = rules
        attempts = Attempts()
        let ids = Set(rules.requirements.map { type(of: $0).entry.id })
        looks = looks.filter { ids.contains($0.key) }
    }

    /// When the next contested requirement is due, on the boottime clock; `nil` when none is.
    package var retryAt: Int? { breaker.contested.compactMap { breaker.state(of: $0)?.retryAt }.min() }
}

extension Convergence {
    private func converge(_ cause: Cause, only: Set<RequirementID>?, eventAt: Int?) async {
        let begun = (clock.realtime(), clock.boottime())
        isBlinded = false
        for id in breaker.calm(now: clock.boottime()).sorted() { tell(.calm(id)) }
        if looks.isEmpty { record = await keeping.load() }
        if only == nil { await judgeStop() }
        await look(cause, only: only, eventAt: eventAt)
        // What one round puts right can unblock what the next one does; what was tried is no reason for another round.
        var tried: Set<Change> = []
        for _ in 0..<Self.mostRounds where !Task.isCancelled {
            let steps = await actionable().steps
            guard steps.contains(where: { !tried.contains($0.proposal.change.attempt) }) else { break }
            tried.formUnion(steps.map(\.proposal.change.attempt))
            let (applied, idle) = await act(on: steps)
            await look(cause, only: concerned(by: steps), eventAt: eventAt)
            tellOutcome(of: applied)
            noteIdle(idle)
        }
        if let after = await saved() { await keeping.save(after) }
        if only == nil {
            generation += 1
            observedAt = begun
        }
        await publish(await snapshot())
    }

    /// The requirements that steps bear on: their own, those that need them, and those that rest on the same inputs.
    private func concerned(by steps: [Plan.Step]) -> Set<RequirementID> {
        var ids = Set(steps.map(\.requirement))
        let touched = Set(rules.requirements.filter { ids.contains(type(of: $0).entry.id) }.flatMap(\.inputs))
        for requirement in rules.requirements {
            let entry = type(of: requirement).entry
            if !ids.isDisjoint(with: entry.prerequisites) || !touched.isDisjoint(with: requirement.inputs) {
                ids.insert(entry.id)
            }
        }
        return ids
    }

    /// The record when it is another than the one that was kept.
    private func saved() async -> BootRecord? {
        var after = record
        after.update(Array(looks.values))
        guard after != record else { return nil }
        record = after
        return after
    }

    private func look(_ cause: Cause, only: Set<RequirementID>?, eventAt: Int?) async {
        let isFirst = looks.isEmpty
        let seen = await Inspector(rules.requirements).look(at: host, only: only)
        if isFirst {
            for id in record.begin(bootID: bootID, seen) {
                let look = seen.first { $0.entry.id == id }
                tell(.predictionFailed(id, actual: look.map { Self.observed($0.now) } ?? ""))
            }
            await keeping.save(record)
        }
        await judgeLifecycle(isFirst: isFirst)
        let before = judgement().entries
        for look in seen { looks[look.entry.id] = look }
        let after = judgement().entries
        if before != after { generation += 1 }
        note(before: before, after: after, cause, concerned: Set(seen.map(\.entry.id)), eventAt: eventAt)
        if isFirst || before != after { await publish(await snapshot()) }
    }

    private func judgeLifecycle(isFirst: Bool) async {
        var found: Lifecycle?
        do throws(ObservationError) {
            found = try await rules.lifecycle(host)
        } catch {
            if error.isTransient { isBlinded = true }
        }
        if found != lifecycle {
            if !isFirst { tell(.lifecycle(from: lifecycle, to: found)) }
            generation += 1
        }
        lifecycle = found
    }

    private func judgement() -> Judgement {
        let ordered = rules.requirements.compactMap { looks[type(of: $0).entry.id] }
        var judged = Judgement(ordered, waivers: rules.waivers, today: InstantText.day(clock.realtime()))
        for index in judged.entries.indices {
            let id = judged.entries[index].entry.id
            if let look = looks[id] { judged.entries[index].proof = record.proof(of: look) }
            judged.entries[index].isContested = breaker.contested.contains(id)
        }
        return judged
    }

    private func note(
        before: [ReportEntry], after: [ReportEntry], _ cause: Cause, concerned: Set<RequirementID>, eventAt: Int?
    ) {
        let now = clock.realtime()
        let latency = eventAt.map { max(0, clock.boottime() - $0) }
        for entry in after where concerned.contains(entry.entry.id) {
            let id = entry.entry.id
            let former = before.first { $0.entry.id == id }
            var history =
                histories[id] ?? History(since: now, observedAt: now, detectedBy: cause, latency: latency)
            if let former, former.verdict != entry.verdict {
                history.since = now
                history.detectedBy = cause
                history.latency = latency
            }
            history.observedAt = now
            if let former { history.drifts += tellDrift(former, entry, cause, latency) }
            if former?.now != entry.now { tellUnreadable(entry, .now) }
            if former?.nextBoot != entry.nextBoot { tellUnreadable(entry, .nextBoot) }
            history.contested = breaker.state(of: id).map { state in
                let shift = now - clock.boottime()
                return (state.since + shift, state.retryAt + shift)
            }
            histories[id] = history
        }
    }

    /// Tells of each horizon that went away from met; 1 when the requirement as a whole did.
    private func tellDrift(_ before: ReportEntry, _ after: ReportEntry, _ cause: Cause, _ latency: Int?) -> Int {
        var drifted = 0
        for horizon in Horizon.allCases {
            let (old, new) = horizon == .now ? (before.now, after.now) : (before.nextBoot, after.nextBoot)
            guard case .met = old, case .unmet(let observed, let findings) = new else { continue }
            drifted = 1
            tell(
                .drift(
                    after.entry.id, horizon, expected: findings.first?.expected ?? after.entry.title, actual: observed,
                    detectedBy: cause, latencyMicroseconds: latency))
            if cause == .backstop { tell(.missed(after.entry.id)) }
        }
        return drifted
    }

    private func tellUnreadable(_ entry: ReportEntry, _ horizon: Horizon) {
        let verdict = horizon == .now ? entry.now : entry.nextBoot
        if case .unknown(let error) = verdict { tell(.unreadable(entry.entry.id, horizon, error)) }
    }

    private static func observed(_ outcome: Result<Assessment, ObservationError>) -> String {
        switch outcome {
        case .success(.met(let text)), .success(.unmet(let text, _, _)), .success(.notApplicable(let text)): text
        case .failure(let error): error.description
        }
    }
}

extension Convergence {
    /// The steps that the policy lets through now, and those that it does not.
    private func actionable() async -> (steps: [Plan.Step], refused: [Snapshot.Refused]) {
        let wanted = judgement().steps
        // Most looks find nothing to do, and need not ask what else is running.
        guard !wanted.isEmpty || stop != nil else { return ([], []) }
        await judgeStop()
        let policy = policy
        var steps: [Plan.Step] = []
        var refused: [Snapshot.Refused] = []
        for step in wanted {
            if let refusal = policy.refusal(of: step) ?? breakerRefusal(of: step)
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

    private var policy: Policy { Policy(configuration: rules.configuration, lifecycle: lifecycle, stop: stop) }

    /// Looks whether kubeadm is at work; when it began and when it has ended is told.
    private func judgeStop() async {
        var found: EnforcementStop?
        do throws(ObservationError) {
            found = try await rules.kubeadm(host).map { .kubeadm($0) }
        } catch {
            // Not knowing is reason enough to keep still.
            found = .unknown(error)
        }
        guard found != stop else { return }
        stop = found
        generation += 1
        tell(.stopped(found))
    }

    private func breakerRefusal(of step: Plan.Step) -> Refusal? {
        guard breaker.retryAt(step, now: clock.boottime()) != nil else { return nil }
        return Refusal(
            .contested, "another process keeps reverting it",
            remedy: "find out who changes \(step.proposal.change.object)")
    }

    /// Carries out the steps in order; a failed one stops its own requirement only.
    ///
    /// - Returns: the steps that changed the host, and how long each took in microseconds; and those that found it so.
    private func act(
        on steps: [Plan.Step]
    ) async -> (applied: [(step: Plan.Step, duration: Int)], idle: [Plan.Step]) {
        var applied: [(Plan.Step, Int)] = []
        var idle: [Plan.Step] = []
        var stopped: Set<RequirementID> = []
        for step in steps where !stopped.contains(step.requirement) && !Task.isCancelled {
            // A join may have begun since the plan was made.
            await judgeLifecycle(isFirst: false)
            await judgeStop()
            guard policy.refusal(of: step) == nil else { continue }
            let change = step.proposal.change
            let begun = clock.boottime()
            do throws(ChangeError) {
                let effect = try await control.perform(change)
                guard effect == .applied else {
                    idle.append(step)
                    continue
                }
                attempts.succeeded(change)
                if breaker.note(step, now: clock.boottime()) { tell(.contested(step.requirement)) }
                applied.append((step, clock.boottime() - begun))
            } catch {
                stopped.insert(step.requirement)
                failed(step, error)
            }
        }
        return (applied, idle)
    }

    /// Notes and tells that a step was tried in vain; that one still waits is told once.
    private func failed(_ step: Plan.Step, _ error: ChangeError) {
        let change = step.proposal.change
        let isNews = attempts.note(error, of: change, for: step.requirement, now: clock.boottime())
        guard isNews else { return }
        if case .waiting(_, let text) = error {
            tell(.waiting(step.requirement, change, cause: text))
        } else {
            tell(.fixFailed(step.requirement, change, cause: error.description))
        }
    }

    /// What is so already and is still wished for does not help: as good as failed, and no reason to go on.
    private func noteIdle(_ idle: [Plan.Step]) {
        let wanted = Set(judgement().steps.map(\.proposal.change))
        for step in idle where wanted.contains(step.proposal.change) {
            failed(step, .failed("already in the desired state, but the requirement is still unmet"))
        }
    }

    /// Only the second look says whether a change helped: it did when nobody wishes for it any more.
    private func tellOutcome(of applied: [(step: Plan.Step, duration: Int)]) {
        let wanted = Set(judgement().steps.map(\.proposal.change.attempt))
        for (step, duration) in applied {
            let change = step.proposal.change
            // Systemd reads its units again for the sake of the other changes; of them the look can say something.
            if change == .reloadSystemd || !wanted.contains(change.attempt) {
                tell(.fixed(step.requirement, change, durationMicroseconds: duration))
            } else {
                let observed = looks[step.requirement].map {
                    Self.observed(step.horizon == .now ? $0.now : $0.nextBoot)
                }
                failed(step, .failed("applied, but still unmet: \(observed ?? "unknown")"))
            }
        }
    }

    private func snapshot() async -> Snapshot {
        let judged = judgement()
        let (steps, refused) = await actionable()
        // To observe is to plan all the same: what only the mode keeps from being done is part of the plan.
        let observed = refused.filter { $0.refusal.reason == .observeMode }.map(\.step)
        let plan = Plan(steps: judged.steps.filter { steps.contains($0) || observed.contains($0) })
        let others = refused.filter { $0.refusal.reason != .observeMode }
        // Why something is not done is part of the answer, and a generation stands for one answer.
        if others != refusals { generation += 1 }
        refusals = others
        let (realtime, boottime) = (clock.realtime(), clock.boottime())
        return Snapshot(
            generation: max(generation, 1), observedAt: observedAt.realtime, observedAtBoottime: observedAt.boottime,
            lifecycle: lifecycle, entries: judged.entries, histories: histories, plan: plan, refused: others,
            stop: stop,
            retryAt: attempts.retryAt(of: others.map(\.step.proposal.change), now: boottime)
                .map { $0 - boottime + realtime },
            configuration: rules.configuration, planID: plan.id,
            hasTransientError: isBlinded || stop?.isTransient == true
                || looks.values.contains(where: \.hasTransientError))
    }
}
