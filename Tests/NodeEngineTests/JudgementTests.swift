import NodeEngine
import NodeState
import Testing

@Suite("Judgement")
struct JudgementTests {
    private func waiver(_ id: RequirementID = "alpha", until: String = "2026-08-01") -> Waiver {
        Waiver(requirement: id, nodes: [], reason: "a test", until: until, origin: .builtIn)
    }

    private func judged(_ looks: [Look], _ waivers: [Waiver] = [], today: String = "2026-07-29") -> Judgement {
        Judgement(looks, waivers: waivers, today: today)
    }

    @Test("each outcome has its verdict")
    func outcomes() {
        let entries = judged([
            look(now: .success(.notApplicable(because: "a worker")), nextBoot: unreadable), look("beta", now: unmet),
        ]).entries
        #expect(entries[0].now == .notApplicable(because: "a worker"))
        #expect(entries[0].nextBoot == .unknown(ObservationError(reading: "/etc/alpha", cause: "no")))
        #expect(entries[1].now == .unmet(observed: "bad", findings: [Finding("bad", expected: "good", actual: "bad")]))
        #expect(entries[1].nextBoot == .met(observed: "good"))
    }

    @Test(
        "what is unmet and needs what does not hold is blocked, and proposes nothing", arguments: [unmet, unreadable])
    func blocked(_ first: Result<Assessment, ObservationError>) {
        let judged = judged([look(now: first), look("beta", prerequisites: ["alpha"], now: unmet, nextBoot: unmet)])
        #expect(judged.entries[1].now == .blocked(by: ["alpha"]))
        #expect(judged.entries[1].nextBoot != .blocked(by: ["alpha"]), "each horizon has its own")
        #expect(!judged.steps.contains { $0.requirement == "beta" && $0.horizon == .now })
    }

    @Test("what is met stays met whatever it needs")
    func metWins() {
        let judged = judged([look(now: unmet), look("beta", prerequisites: ["alpha"])])
        #expect(judged.entries[1].now == .met(observed: "good"))
    }

    @Test("nothing else is judged on what is no machine, and nothing is changed there")
    func replaced() {
        let looks = [
            look(replacesOthers: true, now: unmet, nextBoot: unmet), look("beta", now: unmet),
            look("gamma", nextBoot: unreadable),
        ]
        let judged = judged(looks)
        let answer = Verdict.notApplicable(because: "nothing is judged while alpha is unmet")
        #expect(judged.entries.dropFirst().allSatisfy { $0.now == answer && $0.nextBoot == answer })
        #expect(!judged.steps.contains { $0.requirement != "alpha" })
        #expect(Readiness(of: judged.entries) == .noGo)
        // What a person waives is judged as any machine, and so is one of which this is not known.
        for entries in [
            self.judged(looks, [waiver()]).entries,
            self.judged([look(replacesOthers: true, now: unreadable), look("beta", now: unmet)]).entries,
        ] {
            #expect(
                entries[1].now == .unmet(observed: "bad", findings: [Finding("bad", expected: "good", actual: "bad")]))
        }
    }

    @Test("a blocked requirement blocks on, and a waived one does not")
    func chains() {
        let looks = [
            look(now: unmet), look("beta", prerequisites: ["alpha"], now: unmet),
            look("gamma", prerequisites: ["beta"], now: unmet),
        ]
        #expect(judged(looks).entries[2].now == .blocked(by: ["beta"]))
        #expect(judged(looks).entries.rootCauses(of: "gamma") == ["alpha"], "the start of the chain")
        #expect(judged(looks).entries.rootCauses(of: "alpha") == [], "it is blocked by nothing")
        let waived = judged(looks, [waiver("alpha"), waiver("beta")]).entries[2].now
        #expect(waived == .unmet(observed: "bad", findings: [Finding("bad", expected: "good", actual: "bad")]))
    }

    @Test("what cannot be read without another requirement is blocked while that one is not met, and unknown else")
    func needs() {
        let dark = Result<Assessment, ObservationError>.failure(
            ObservationError(reading: "the driver", cause: "nobody says it", needs: "alpha"))
        for first in [unmet, unreadable] {
            #expect(judged([look(now: first), look("beta", now: dark)]).entries[1].now == .blocked(by: ["alpha"]))
        }
        guard case .unknown = judged([look(), look("beta", now: dark)]).entries[1].now,
            case .unknown = judged([look("beta", now: dark)]).entries[0].now
        else {
            Issue.record("blocked by what is met, or by nothing")
            return
        }
    }

    @Test("a prerequisite that nobody asked about blocks nothing")
    func absentPrerequisite() {
        let entry = judged([look("beta", prerequisites: ["alpha"], now: unmet)]).entries[0]
        #expect(entry.now == .unmet(observed: "bad", findings: [Finding("bad", expected: "good", actual: "bad")]))
    }

    @Test("a mere warning holds nobody up")
    func warnings() {
        let warned = Assessment.unmet(
            observed: "ends in 35 days", findings: [Finding("expiring", severity: .warning, expected: "", actual: "")],
            proposals: [])
        let judged = judged([look(now: .success(warned)), look("beta", prerequisites: ["alpha"], now: unmet)])
        #expect(judged.entries[1].now != .blocked(by: ["alpha"]))
    }

    @Test("what the next boot rests on blocks its prediction, however good it looks")
    func bootRestsOn() {
        var beta = look("beta", prerequisites: ["alpha"])
        #expect(judged([look(now: unmet, nextBoot: unmet), beta]).entries[1].nextBoot == .met(observed: "good"))
        beta.entry.bootRestsOn = ["alpha"]
        let judged = judged([look(now: unmet, nextBoot: unmet), beta])
        #expect(judged.entries[1].nextBoot == .blocked(by: ["alpha"]))
        #expect(judged.entries[1].now == .met(observed: "good"), "what is so now is so")
        #expect(judged.entries.rootCauses(of: "beta") == ["alpha"])
    }

    @Test("a waiver hides what is unmet up to its last day, and never what is unknown")
    func waivers() {
        let looks = [look(now: unmet, nextBoot: unreadable)]
        let finding = Finding("bad", expected: "good", actual: "bad")
        let entry = judged(looks, [waiver()], today: "2026-08-01").entries[0]
        #expect(entry.now == .waived(waiver(), hiding: [finding]))
        #expect(entry.nextBoot == .unknown(ObservationError(reading: "/etc/alpha", cause: "no")))
        #expect(judged(looks, [waiver()]).steps == [], "what a person waived is left as it is")
        let later = judged(looks, [waiver()], today: "2026-08-02").entries[0]
        #expect(later.now == .unmet(observed: "bad", findings: [finding]))
        #expect(judged(looks, [waiver("beta")]).entries[0].now == later.now, "another requirement's waiver")
    }

    @Test("of two waivers the one that still holds counts")
    func ended() {
        let judged = judged([look(now: unmet)], [waiver(until: "2026-01-01"), waiver(until: "2026-12-31")])
        guard case .waived(let waiver, _) = judged.entries[0].now else {
            Issue.record("not waived")
            return
        }
        #expect(waiver.until == "2026-12-31")
    }

    @Test("what decides over the cluster cannot be waived", arguments: Waiver.notWaivable)
    func notWaivable(_ id: RequirementID) {
        let entry = judged([look(id, now: unmet)], [waiver(id)]).entries[0]
        #expect(entry.now == .unmet(observed: "bad", findings: [Finding("bad", expected: "good", actual: "bad")]))
    }

    @Test("the guards of the next boot come before what is done now, and equal changes stand once")
    func steps() {
        let edit = Change.maskUnit("dev-sda2.swap")
        let nextBoot = Assessment.unmet(
            observed: "bad", findings: [],
            proposals: [Proposal(edit, .always), Proposal(.loadModule("overlay"), .always)])
        let judged = judged([look(now: unmet, nextBoot: .success(nextBoot)), look("beta", now: unmet)])
        #expect(judged.steps.map(\.proposal.change) == [edit, .loadModule("overlay")])
        #expect(judged.steps.map(\.horizon) == [.nextBoot, .nextBoot])
    }
}

@Suite("Policy")
struct PolicyTests {
    private func refusal(
        _ autoClass: AutoClass, _ lifecycle: Lifecycle?, kubeadm: Bool = false,
        _ configuration: Configuration = Configuration()
    ) -> Refusal.Reason? {
        Policy(
            configuration: configuration, lifecycle: lifecycle, stop: kubeadm ? .kubeadm(KubeadmProcess(pid: 7)) : nil
        )
        .refusal(of: step("alpha", .loadModule("overlay"), autoClass))?.reason
    }

    @Test("what is always allowed is done in every lifecycle, unknown included", arguments: Lifecycle.allCases + [nil])
    func always(_ lifecycle: Lifecycle?) { #expect(refusal(.always, lifecycle) == nil) }

    @Test("what changes a node's nature is done before it belongs to a cluster only")
    func untilJoined() {
        for lifecycle in [Lifecycle.fresh, .prepared] { #expect(refusal(.untilJoined, lifecycle) == nil) }
        for lifecycle in [Lifecycle.initialised, .joined, .leftover, nil] {
            #expect(refusal(.untilJoined, lifecycle) == .lifecycle)
        }
    }

    @Test("what needs consent is done with it alone", arguments: Configuration.Consent.allCases)
    func withConsent(_ consent: Configuration.Consent) {
        var configuration = Configuration()
        configuration.consent = [consent]
        for lifecycle in [Lifecycle.fresh, .prepared] {
            #expect(refusal(.withConsent(consent), lifecycle, configuration) == nil)
            configuration.consent = Configuration.Consent.allCases.filter { $0 != consent }
            #expect(refusal(.withConsent(consent), lifecycle, configuration) == .consentMissing)
            configuration.consent = [consent]
        }
    }

    @Test("no consent reaches a node that belongs to a cluster, or of which that is not known")
    func consentEnds() {
        var configuration = Configuration()
        configuration.consent = Configuration.Consent.allCases
        for lifecycle in [Lifecycle.initialised, .joined, .leftover, nil] {
            for consent in Configuration.Consent.allCases {
                #expect(refusal(.withConsent(consent), lifecycle, configuration) == .lifecycle)
            }
        }
    }

    @Test("nothing is done while kubeadm runs", arguments: [AutoClass.always, .untilJoined, .withConsent(.packages)])
    func kubeadm(_ autoClass: AutoClass) { #expect(refusal(autoClass, .fresh, kubeadm: true) == .kubeadmRunning) }

    @Test("the mode observe of one requirement leaves the others in force, of the whole none")
    func modes() {
        var configuration = Configuration()
        configuration.requirementModes = ["beta": .observe]
        #expect(refusal(.always, .fresh, configuration) == nil)
        configuration.requirementModes = ["alpha": .observe]
        #expect(refusal(.always, .fresh, configuration) == .observeMode)
        configuration.requirementModes = ["alpha": .enforce]
        configuration.mode = .observe
        #expect(refusal(.always, .fresh, configuration) == .observeMode)
    }

    @Test("what the requirement itself saw in the way stands")
    func own() {
        var step = step()
        step.proposal.refusal = Refusal(.noRoom, "no room")
        let policy = Policy(configuration: Configuration(), lifecycle: .fresh, stop: nil)
        #expect(policy.refusal(of: step) == Refusal(.noRoom, "no room"))
    }
}
