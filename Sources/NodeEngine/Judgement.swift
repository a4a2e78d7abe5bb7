package import NodeState

/// Looks folded into verdicts, in the order of the catalogue: prerequisites block, waivers hide.
///
/// What a person waived is left as it is: only what is plainly unmet leads to steps.
package struct Judgement: Equatable, Sendable {
    package var entries: [ReportEntry]
    /// What would put things right; nothing for what is blocked or waived.
    package var steps: [Plan.Step]

    /// Judges the looks of all requirements.
    ///
    /// - Parameters:
    ///   - looks: one for each requirement, in the order of the catalogue; a prerequisite that is not among them blocks
    ///     nothing.
    ///   - waivers: those that hold on this node; ended ones are passed over.
    ///   - today: the day in UTC, `YYYY-MM-DD`.
    package init(_ looks: [Look], waivers: [Waiver], today: String) {
        var verdicts: [RequirementID: [Horizon: Verdict]] = [:]
        entries = []
        steps = []
        let waiver = { (id: RequirementID) in
            waivers.first { $0.requirement == id && $0.until >= today && !Waiver.notWaivable.contains(id) }
        }
        let replacing = looks.first { $0.entry.replacesOthers && waiver($0.entry.id) == nil && $0.isUnmet }
        for look in looks {
            let id = look.entry.id
            if let replacing, replacing.entry.id != id {
                let answer = Verdict.notApplicable(because: "nothing is judged while \(replacing.entry.id) is unmet")
                entries.append(ReportEntry(entry: look.entry, now: answer, nextBoot: answer))
                continue
            }
            let waiver = waiver(id)
            // The guards of the next boot come first, so that no reload in between brings a drift back.
            for horizon in [Horizon.nextBoot, .now] {
                let outcome = horizon == .now ? look.now : look.nextBoot
                let blockers = look.entry.prerequisites.filter { !(verdicts[$0]?[horizon]?.holds ?? true) }
                var verdict = Verdict(outcome, blockers: blockers, waiver: waiver)
                if case .unknown(let error) = verdict, let needed = error.needs,
                    verdicts[needed]?[horizon]?.isGood == false
                {
                    verdict = .blocked(by: [needed])
                }
                let broken = horizon == .nextBoot ? look.entry.bootRestsOn.filter(blockers.contains) : []
                if case .met = verdict, !broken.isEmpty { verdict = .blocked(by: broken) }
                verdicts[id, default: [:]][horizon] = verdict
                if case .success(.unmet(_, _, let proposals)) = outcome, blockers.isEmpty, waiver == nil {
                    steps += proposals.map { Plan.Step(requirement: id, horizon: horizon, proposal: $0) }
                        .filter { step in !steps.contains { $0.proposal.change == step.proposal.change } }
                }
            }
            entries.append(
                ReportEntry(
                    entry: look.entry, now: verdicts[id]?[.now] ?? .notApplicable(because: ""),
                    nextBoot: verdicts[id]?[.nextBoot] ?? .notApplicable(because: "")))
        }
    }
}

extension Verdict {
    fileprivate init(_ outcome: Result<Assessment, ObservationError>, blockers: [RequirementID], waiver: Waiver?) {
        switch outcome {
        case .failure(let error):
            if let waiver, let doubt = error.doubt {
                self = .waived(waiver, hiding: [doubt])
            } else {
                self = .unknown(error)
            }
        case .success(.met(let observed)): self = .met(observed: observed)
        case .success(.notApplicable(let reason)): self = .notApplicable(because: reason)
        case .success(.unmet(let observed, let findings, _)):
            if let waiver {
                self = .waived(waiver, hiding: findings)
            } else {
                self = blockers.isEmpty ? .unmet(observed: observed, findings: findings) : .blocked(by: blockers)
            }
        }
    }

    /// Whether it was looked at and is as it ought to be, or nothing of the kind is wanted here.
    fileprivate var isGood: Bool {
        switch self {
        case .met, .notApplicable: true
        case .unmet, .unknown, .blocked, .waived: false
        }
    }

    /// Whether what needs this may go on: a mere warning, such as a key that ends next month, holds nobody up.
    fileprivate var holds: Bool {
        switch self {
        case .met, .notApplicable, .waived: true
        case .unmet(_, let findings): !findings.isEmpty && findings.allSatisfy { $0.severity < .error }
        case .unknown, .blocked: false
        }
    }
}
