internal import NodeState

extension Convergence {
    /// The rounds of one pass, against somebody who makes a new plan necessary each time.
    private static var mostRounds: Int { 8 }

    /// Puts right what may be, one requirement after the other, and looks at each again.
    func act(_ occasion: VerdictHistory.Occasion) async {
        // What one round puts right can unblock what the next one does; what was tried is no reason for another round.
        var tried: Set<Change> = []
        for _ in 0..<Self.mostRounds where !Task.isCancelled {
            let wanted = knowledge.judgement.steps
            // What kept everything from being changed may have ended; what begins is asked for before each act.
            if admission.gate.stop != nil { await confirm() }
            let steps = wanted.isEmpty ? [] : admission.sorted(wanted, rules, now: clock.boottime()).steps
            guard steps.contains(where: { !tried.contains($0.proposal.change.attempt) }) else { return }
            for group in steps.byRequirement where !Task.isCancelled {
                // An act for another requirement may have put it right, or made another plan of it.
                let group = group.filter(knowledge.judgement.steps.contains)
                guard !group.isEmpty else { continue }
                tried.formUnion(group.map(\.proposal.change.attempt))
                await carryOut(group, occasion)
            }
        }
    }

    /// Carries out the steps of one requirement in order, up to one that fails, looks again at what they touched, and tells
    /// what came of them: each act is told when it is done.
    private func carryOut(_ group: [Plan.Step], _ occasion: VerdictHistory.Occasion) async {
        if !group.allSatisfy(\.proposal.change.isBrief) { await tellAll() }
        var applied: [(step: Plan.Step, duration: Int)] = []
        var idle: [Plan.Step] = []
        var done: [Change] = []
        for step in group where !Task.isCancelled {
            // A join, or a kubeadm, may have begun since the plan was made.
            await confirm()
            guard admission.refusal(of: step, rules) == nil else { continue }
            let change = step.proposal.change
            done.append(change)
            let begun = clock.boottime()
            do throws(ChangeError) {
                guard try await control.perform(change) == .applied else {
                    idle.append(step)
                    continue
                }
                let now = clock.boottime()
                admission.attempts.succeeded(change)
                if admission.breaker.note(step, now: now) { say(.contested(step.requirement)) }
                applied.append((step, now - begun))
            } catch {
                failed(step, error)
                break
            }
        }
        guard !done.isEmpty else { return }
        await lookAgain(group, after: done, occasion)
        tellOutcome(of: applied)
        noteIdle(idle)
        await tellAll()
    }

    /// Looks at what the changes touched, and at the requirement that they were made for.
    private func lookAgain(
        _ group: [Plan.Step], after changes: [Change], _ occasion: VerdictHistory.Occasion
    ) async {
        var scope = Scope()
        if let touched = touched(by: changes) {
            knowledge.values.forget(touched)
            scope = knowledge.concerned(by: touched, among: rules.requirements)
            if admission.isConcerned(by: touched, rules) { await judgeLifecycle() }
        } else {
            knowledge.values.forget()
            for id in related(to: Set(group.map(\.requirement))) { scope[id] = Set(Horizon.allCases) }
            await judgeLifecycle()
        }
        for step in group { scope[step.requirement, default: []].insert(step.horizon) }
        await look(occasion, scope)
    }

    /// What changes happened to; `nil` where that is more than can be listed.
    private func touched(by changes: [Change]) -> Set<Input>? {
        var touched: Set<Input> = []
        for change in changes {
            guard let own = change.touched else { return nil }
            touched.formUnion(own)
            // The values of a module come with it.
            if case .loadModule = change { touched.formUnion(inputs.filter(\.isValue)) }
        }
        return touched
    }

    /// The requirements that steps may bear on: their own, those that need them, and those that rest on the same inputs.
    private func related(to requirements: Set<RequirementID>) -> Set<RequirementID> {
        var ids = requirements
        let touched = Set(
            rules.requirements.filter { ids.contains(type(of: $0).entry.id) }.flatMap(\.inputs))
        for requirement in rules.requirements {
            let entry = type(of: requirement).entry
            if !ids.isDisjoint(with: entry.prerequisites) || !touched.isDisjoint(with: requirement.inputs) {
                ids.insert(entry.id)
            }
        }
        return ids
    }

    /// Has the facts hold now that decide about acting; what became of them is told.
    func confirm() async {
        let before = admission
        admission = await before.confirmed(rules, host)
        if admission.gate.stop != before.gate.stop {
            publication.generation += 1
            say(.stopped(admission.gate.stop))
        }
        noteLifecycle(since: before)
    }

    /// Judges the lifecycle anew; what became of it is told.
    func judgeLifecycle() async {
        let before = admission
        admission = await before.judged(rules, host)
        noteLifecycle(since: before)
    }

    private func noteLifecycle(since before: Admission) {
        guard admission.lifecycle != before.lifecycle else { return }
        publication.generation += 1
        if !knowledge.isEmpty { say(.lifecycle(from: before.lifecycle, to: admission.lifecycle)) }
    }

    /// Notes and tells that a step was tried in vain; that one still waits is told once.
    private func failed(_ step: Plan.Step, _ error: ChangeError) {
        let change = step.proposal.change
        let isNews = admission.attempts.note(error, of: change, for: step.requirement, now: clock.boottime())
        guard isNews else { return }
        if case .waiting(_, let text) = error {
            say(.waiting(step.requirement, change, cause: text))
        } else {
            say(.fixFailed(step.requirement, change, cause: error.description))
        }
    }

    /// What is so already and is still wished for does not help: as good as failed, and no reason to go on.
    private func noteIdle(_ idle: [Plan.Step]) {
        let wanted = Set(knowledge.judgement.steps.map(\.proposal.change))
        for step in idle where wanted.contains(step.proposal.change) {
            failed(step, .failed("already in the desired state, but the requirement is still unmet"))
        }
    }

    /// Only the second look says whether a change helped: it did when nobody wishes for it any more.
    private func tellOutcome(of applied: [(step: Plan.Step, duration: Int)]) {
        let wanted = Set(knowledge.judgement.steps.map(\.proposal.change.attempt))
        for (step, duration) in applied {
            let change = step.proposal.change
            // Systemd reads its units again for the sake of the other changes; of them the look can say something.
            if change == .reloadSystemd || !wanted.contains(change.attempt) {
                say(.fixed(step.requirement, change, durationMicroseconds: duration))
            } else {
                let look = knowledge.look(of: step.requirement)
                let observed = (step.horizon == .now ? look?.now : look?.nextBoot)?.observed
                failed(step, .failed("applied, but still unmet: \(observed ?? "unknown")"))
            }
        }
    }
}

extension Input {
    fileprivate var isValue: Bool { if case .sysctl = self { true } else { false } }
}

extension [Plan.Step] {
    /// The steps of each requirement, in their order.
    fileprivate var byRequirement: [[Plan.Step]] {
        var groups: [[Plan.Step]] = []
        for step in self {
            if groups.last?.last?.requirement == step.requirement {
                groups[groups.count - 1].append(step)
            } else {
                groups.append([step])
            }
        }
        return groups
    }
}

extension Result where Success == Assessment, Failure == ObservationError {
    /// What was seen, in words.
    var observed: String {
        switch self {
        case .success(.met(let text)), .success(.unmet(let text, _, _)), .success(.notApplicable(let text)): text
        case .failure(let error): error.description
        }
    }
}
