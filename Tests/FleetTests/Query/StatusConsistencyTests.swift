import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Status consistency")
struct StatusConsistencyTests {
    /// A status with something of each verdict in it, whole all the same; not GO by itself.
    static let mixed: StatusBody = {
        var body = Samples.whole("nuc02")
        // Those of the machine itself go last: some have rules of their own, and some are warnings.
        let count = body.requirements.firstIndex { $0.id == "swap-off" } ?? 0
        let first = body.requirements.prefix(count)
        body.requirements.removeFirst(count)
        body.requirements += first
        // What is blocked weighs as an error does, whatever comes next in the catalogue.
        if let error = body.requirements.indices.dropFirst().first(where: { body.requirements[$0].severity == "error" })
        {
            body.requirements.swapAt(1, error)
        }
        body.requirements[0].nextBoot = "unmet"
        body.requirements[0].verdict = "unmet"
        body.requirements[0].proof = "none"
        body.requirements[0].findings = [Samples.finding("seen", horizon: "next_boot")]
        body.requirements[1].now = "blocked"
        body.requirements[1].nextBoot = "blocked"
        body.requirements[1].verdict = "blocked"
        body.requirements[1].blockedBy = [body.requirements[0].id]
        body.readiness.verdict = "no_go"
        body.readiness.counts.met -= 2
        body.readiness.counts.unmet = 1
        body.readiness.counts.blocked = 1
        return body
    }()

    /// A change to a status that is whole, and what stands in the contradiction it makes.
    struct Falsehood: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var says: String
        var change: @Sendable (inout StatusBody) -> Void

        init(_ what: String, says: String, _ change: @escaping @Sendable (inout StatusBody) -> Void) {
            testDescription = what
            self.says = says
            self.change = change
        }
    }

    static let falsehoods: [Falsehood] = [
        Falsehood("readiness no_go", says: "its readiness is no_go") { $0.readiness.verdict = "no_go" },
        Falsehood("readiness with a warning", says: "its readiness") { $0.readiness.verdict = "go_with_warnings" },
        Falsehood("a verdict beside its horizons", says: "its verdict is unmet, with met now") {
            $0.requirements[6].verdict = "unmet"
        },
        Falsehood("a horizon beside its verdict", says: "its verdict is met") { $0.requirements[6].nextBoot = "unmet" },
        Falsehood("a count", says: "it counts") { $0.readiness.counts.met -= 1 },
        Falsehood("counts of what is not listed", says: "1 unmet and lists 0") { $0.readiness.counts.unmet = 1 },
        Falsehood("something held", says: "1 held") { $0.readiness.counts.held = 1 },
        Falsehood("something contested", says: "1 contested") { $0.readiness.counts.contested = 1 },
        Falsehood("contested and not counted", says: "0 contested, not 1") {
            $0.requirements[5].contested = ContestedBody(since: "2026-11-22T10:15:00.000000Z", retryAt: nil)
        },
        Falsehood("a daemon that starts", says: "its daemon is starting") { $0.daemon.state = "starting" },
        Falsehood("a daemon that stops", says: "its daemon is stopping") { $0.daemon.state = "stopping" },
        Falsehood("degraded without a reason", says: "with 0 reasons") { $0.daemon.state = "degraded" },
        Falsehood("a reason without being degraded", says: "with 1 reasons") {
            $0.daemon.degradedBy = [.init(reason: "watch-lost", detail: "")]
        },
        Falsehood("another configuration than its own, and go", says: "lists is incomplete") {
            $0.daemon.state = "degraded"
            $0.daemon.degradedBy = [.init(reason: "not-in-inventory", detail: "")]
        },
        Falsehood("an unknown lifecycle, and go", says: "its lifecycle is unknown") { $0.node.lifecycle = nil },
        Falsehood("a lifecycle of later days", says: "node.lifecycle is \"upgrading\"") {
            $0.node.lifecycle = "upgrading"
        },
        Falsehood("leftover and consistent", says: "it is leftover, and lifecycle-consistent is met") {
            $0.node.lifecycle = "leftover"
        },
        Falsehood("joined, and no name to keep", says: "joined-name does not apply") { $0.node.lifecycle = "joined" },
        Falsehood("a worker with a control plane", says: "it is initialised as a worker") {
            $0.node.lifecycle = "initialised"
        },
        Falsehood("a control plane that has joined", says: "it is joined as a control_plane") {
            $0.node.lifecycle = "joined"
            $0.node.role = "control_plane"
        },
        Falsehood("a requirement left out", says: "it does not judge machine-supported") {
            $0.requirements.removeFirst()
            $0.readiness.counts.met -= 1
        },
        Falsehood("all requirements left out", says: "it does not judge") {
            $0.requirements = []
            $0.readiness.counts.met = 0
        },
        Falsehood("a requirement twice", says: "twice") {
            $0.requirements.append($0.requirements[4])
            $0.readiness.counts.met += 1
        },
        Falsehood("a lighter requirement", says: "the severity info") {
            $0.requirements[4].severity = "info"
        },
        Falsehood("a requirement of no phase", says: "for other phases") { $0.requirements[4].phases = [] },
        Falsehood("met with a finding", says: "met at now, with 1 findings") {
            $0.requirements[4].findings = [Samples.finding("seen")]
        },
        Falsehood("met and blocked by something", says: "not blocked, by 1") {
            $0.requirements[4].blockedBy = ["kernel-modules"]
        },
        Falsehood("met with changes", says: "met, with changes to make") {
            $0.requirements[4].changes = [
                ChangeBody(
                    kind: "mask-unit", class: "A1", object: "x", text: "x", reversible: true, disruptive: false)
            ]
        },
        Falsehood("met with a waiver", says: "not waived, with a waiver") {
            $0.requirements[4].waiver = WaiverBody(reason: "", until: "2027-01-01", file: "x", line: 1)
        },
        Falsehood("met at the next boot and not predicted", says: "not even predicted") {
            $0.requirements[4].proof = "none"
        },
        Falsehood("a latency without an event", says: "with a latency") { $0.requirements[4].latencyUs = 5 },
        Falsehood("another cursor", says: "its cursor is") { $0.cursor = "3f0c9a2e.41" },
        Falsehood("another generation", says: "its cursor is") { $0.generation = 43 },
        Falsehood("a time that is none", says: "observed_at is \"now\"") { $0.observedAt = "now" },
    ]

    private static let unmetFalsehoods: [Falsehood] = [
        Falsehood("unmet without a finding", says: "without a finding") { $0.requirements[0].findings = [] },
        Falsehood("unmet with a finding of the other horizon", says: "met at now, with 1 findings") {
            $0.requirements[0].findings[0].horizon = "now"
        },
        Falsehood("an error told as a warning", says: "lists is incomplete") {
            $0.requirements[0].findings[0].severity = "warning"
        },
        Falsehood("readiness go", says: "its readiness is go") { $0.readiness.verdict = "go" },
        Falsehood("blocked by nothing", says: "blocked, by 0") { $0.requirements[1].blockedBy = [] },
        Falsehood("blocked by what is not listed", says: "which is not listed") {
            $0.requirements[1].blockedBy = ["another"]
        },
        Falsehood("blocked by what holds", says: "which is met") {
            $0.requirements[1].blockedBy = [$0.requirements[2].id]
        },
        Falsehood("unmet at the next boot and proven", says: "unmet at the next boot, and proven") {
            $0.requirements[0].proof = "proven"
        },
        Falsehood("waived without a waiver", says: "waived without a waiver") {
            $0.requirements[0].nextBoot = "waived"
            $0.requirements[0].verdict = "waived"
            $0.readiness.counts.unmet = 0
            $0.readiness.counts.waived = 1
        },
        Falsehood("a waiver that has ended", says: "waived until 2026-11-21, which has passed") {
            $0.waive(0, until: "2026-11-21")
        },
        Falsehood("a waiver of what cannot be waived", says: "waived, which it cannot be") { body in
            let index = body.requirements.firstIndex { $0.id == "containerd-cri-enabled" } ?? 0
            body.readiness.counts.met -= 1
            body.readiness.counts.unmet += 1
            body.requirements[index].proof = "none"
            body.waive(index, until: "2027-01-01")
        },
    ]

    @Test("a whole status has no contradiction")
    func whole() {
        #expect(StatusConsistency.contradiction(in: Samples.whole("nuc02")) == nil)
        #expect(StatusConsistency.contradiction(in: Self.mixed) == nil)
        var waived = Self.mixed
        waived.waive(0, until: "2026-11-22")
        let second = waived.requirements[1].id
        if let good = Samples.whole("nuc02").requirements.first(where: { $0.id == second }) {
            waived.requirements[1] = good
        }
        waived.readiness.verdict = "go_with_warnings"
        waived.readiness.counts.blocked = 0
        waived.readiness.counts.met += 1
        #expect(StatusConsistency.contradiction(in: waived) == nil)
    }

    @Test("finds what contradicts a good status", arguments: falsehoods)
    func good(_ falsehood: Falsehood) {
        var body = Samples.whole("nuc02")
        falsehood.change(&body)
        let found = StatusConsistency.contradiction(in: body) ?? "nothing"
        #expect(found.contains(falsehood.says), "\(found)")
    }

    @Test("finds what contradicts a status with faults", arguments: unmetFalsehoods)
    func mixed(_ falsehood: Falsehood) {
        var body = Self.mixed
        falsehood.change(&body)
        let found = StatusConsistency.contradiction(in: body) ?? "nothing"
        #expect(found.contains(falsehood.says), "\(found)")
    }

    @Test("makes a contradiction a bad reply, and in another version a version skew")
    func kinds() async {
        var body = Samples.whole("nuc02")
        body.readiness.verdict = "no_go"
        let failure = await InterviewTests.failure(
            Samples.node("nuc02"), InterviewTests.conversation(status: InterviewTests.status(body)))
        #expect(failure?.kind == .badReply)
        #expect(failure?.detail.contains("contradicts itself: its readiness is no_go") == true)
        body.node.nucprepVersion = "0.0.9"
        let other = await InterviewTests.failure(
            Samples.node("nuc02"), InterviewTests.conversation(status: InterviewTests.status(body)))
        #expect(other?.kind == .versionSkew)
    }

    // MARK: - Every leaf

    /// Places whose value nothing else in the body repeats: other values of the same form are other facts, or words for people.
    private static let free: Set<String> = [
        "node.os", "node.kernel", "node.lifecycle", "node.addresses[]", "daemon.mode", "daemon.configChangedOnDisk",
        "facts.macs[]", "requirements[].group", "requirements[].title", "requirements[].observed",
        "requirements[].mode", "requirements[].detectedBy", "requirements[].drifts", "requirements[].proof",
        "facts.traits.bios", "facts.traits.containerd", "facts.traits.hosts", "facts.traits.iptables",
        "facts.traits.kernel", "facts.traits.kubeadm", "facts.traits.kubelet", "facts.traits.kubelet-cgroup-driver",
        "facts.traits.mtu", "facts.traits.product-uuid", "facts.traits.ssh-host-keys", "facts.traits.systemd",
        // Absent is what these are where there is nothing to say.
        "requirements[].waiver", "requirements[].contested", "requirements[].latencyUs", "requirements[].refused",
        "requirements[].rootCauses", "daemon.stoppedBy",
    ]

    private static func verdict(of body: JSONValue) async -> FleetVerdict {
        let node = Samples.node("nuc02")
        let response = APIResponse(status: 200, fields: [.init("age", "0")], body: WireJSON.encode(body))
        var answers = ["nuc01", "nuc03"].map { name in
            let role: WireRole = name == "nuc01" ? .controlPlane : .worker
            return NodeAnswer(
                Samples.node(name, role: role), heard: Samples.heard(Samples.whole(name, role: role)))
        }
        do {
            var heard = try await Interview(of: node, epoch: .now)
                .conduct(over: InterviewTests.conversation(status: response))
            // The clocks are not what is tried.
            heard.clock.offsetUs = 0
            answers.append(NodeAnswer(node, heard: heard))
        } catch {
            answers.append(NodeAnswer(node, failure: error as? NodeFailure ?? NodeFailure(.badReply, "\(error)")))
        }
        return Samples.report(answers, phases: .join).verdict
    }

    @Test("no single change to a good status leaves it GO, except in what stands there for people or alone")
    func everyLeaf() async throws {
        let golden = try WireJSON.decode(JSONValue.self, from: WireJSON.encode(Samples.whole("nuc02")))
        #expect(await Self.verdict(of: golden) == .go)
        var survivors: [String: [String]] = [:]
        var count = 0
        for mutation in golden.mutations() {
            count += 1
            if await Self.verdict(of: mutation.value) == .go {
                survivors[mutation.path, default: []].append(mutation.what)
            }
        }
        #expect(count > 1000)
        #expect(Set(survivors.keys).subtracting(Self.free) == [], "\(survivors.filter { !Self.free.contains($0.key) })")
        #expect(Self.free.subtracting(survivors.keys) == [], "nothing changes these unnoticed: they need no exception")
    }

    @Test("a member that stands twice is no answer, however its name is written")
    func twice() async {
        let text = String(decoding: WireJSON.encode(Samples.whole("nuc02")), as: UTF8.self)
        for (old, new) in [
            (#""verdict":"go""#, #""verdict":"go","verdict":"go""#),
            (#""verdict":"go""#, #""verdict":"no_go","verdict":"go""#),
            (#""next_boot":"met""#, #""next_boot":"met","nextBoot":"unmet""#),
            (#""next_boot":"met""#, #""next_boot":"met","next\u005fboot":"unmet""#),
        ] {
            let bytes = Array(text.replacing(old, with: new, maxReplacements: 1).utf8)
            let response = APIResponse(status: 200, fields: [.init("age", "0")], body: bytes)
            let failure = await InterviewTests.failure(
                Samples.node("nuc02"), InterviewTests.conversation(status: response))
            #expect(failure?.kind == .badReply, "\(new)")
        }
    }
}

extension StatusBody {
    /// Has the finding of a requirement waived.
    fileprivate mutating func waive(_ index: Int, until: String) {
        requirements[index].nextBoot = "waived"
        requirements[index].verdict = "waived"
        requirements[index].waiver = WaiverBody(reason: "so it is", until: until, file: "/etc/x", line: 1)
        readiness.counts.unmet -= 1
        readiness.counts.waived += 1
    }
}
