internal import NodeAPI
internal import NodeState
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("Bodies on the wire")
struct GoldenTests {
    @Test("a requirement with each verdict", arguments: Examples.verdicts.map(\.name))
    func requirement(name: String) throws {
        let example = try #require(Examples.verdicts.first { $0.name == name })
        let changes = name == "unmet" ? [Proposal(Examples.changes[2], .always)] : []
        let body = Examples.requirement(example.now, example.nextBoot, example.proof, changes: changes)
        #expect(body.verdict.rawValue == name)
        try Golden.expect(body, as: "requirement-\(name)")
    }

    @Test("of very many findings the heaviest are told, and one more says how many there are besides")
    func manyFindings() {
        let findings = (0..<1000).map { number in
            Finding(
                "line", severity: number == 700 ? .error : .warning, expected: "x", actual: "line \(number)",
                manual: ["sed"], evidence: [Evidence("/f", line: number)])
        }
        let body = Examples.requirement(
            .unmet(observed: "lines", findings: findings), .met(observed: "none"), .predicted)
        #expect(body.findings.count == 51)
        #expect(body.findings[0].actual == "line 0" && body.findings[49].actual == "line 700")
        #expect(body.findings[50].actual == "and 950 more findings like these")
        #expect(body.findings[50].manual == [] && body.findings[50].evidence == [])
        let few = Examples.requirement(
            .unmet(observed: "lines", findings: Array(findings.prefix(50))), .met(observed: "none"), .predicted)
        #expect(few.findings.count == 50)
    }

    @Test("a contested requirement that an event has found")
    func contested() throws {
        var history = Examples.history
        history.detectedBy = "event"
        history.latencyUs = 412
        history.drifts = 3
        history.contested = ContestedBody(since: "2026-11-22T10:14:58.120077Z", retryAt: "2026-11-22T10:24:58.120077Z")
        let body = Examples.requirement(
            .unmet(observed: "swap on /swap.img", findings: [Examples.smallFinding]), .met(observed: "no swap"),
            .predicted,
            history: history, isContested: true)
        try Golden.expect(body, as: "requirement-contested")
    }

    @Test("a change of each kind", arguments: Examples.changes)
    func change(_ change: Change) throws {
        try Golden.expect(Proposal(change, .always).body, as: "change-\(change.kind)")
    }

    @Test("the catalogue, and one requirement of it explained")
    func explanation() throws {
        try Golden.expect(CatalogueBody(requirements: [.init(Examples.entry)]), as: "requirements")
        let example = Examples.verdicts[1]
        try Golden.expect(
            ExplanationBody(
                cursor: "3f0c9a2e.42",
                requirement: Examples.requirement(example.now, example.nextBoot, example.proof),
                entry: .init(Examples.entry)), as: "explanation")
    }

    @Test("a requirement of an earlier release, which has no refusals and no root causes")
    func earlier() throws {
        let example = Examples.verdicts[0]
        let body = Examples.requirement(example.now, example.nextBoot, example.proof)
        let text = String(decoding: WireJSON.encode(body), as: UTF8.self)
            .replacing("\"refused\":[],", with: "").replacing("\"root_causes\":[],", with: "")
        #expect(!text.contains("refused") && !text.contains("root_causes"))
        #expect(try WireJSON.decode(RequirementBody.self, from: Array(text.utf8)) == body)
    }

    @Test("a status")
    func status() throws {
        let entries = Examples.verdicts.map {
            ReportEntry(entry: Examples.entry, now: $0.now, nextBoot: $0.nextBoot, proof: $0.proof)
        }
        let body = StatusBody(
            instance: "3f0c9a2e5b7d4c61a8e2f09d1b6c7e55", generation: 42, cursor: "3f0c9a2e.42",
            observedAt: "2026-11-22T10:15:00.412906Z",
            node: .init(
                name: "nuc02", role: Configuration.Role.worker.wire, lifecycle: Lifecycle.prepared.wire,
                addresses: ["192.168.1.12"], bootId: "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13",
                os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0-28-amd64", nucprepVersion: "0.1.0"),
            daemon: .init(
                mode: Mode.enforce.rawValue, state: "degraded",
                degradedBy: [.init(reason: "config-invalid", detail: "/etc/nucprep/nucprep.toml:3: unknown key")],
                configChangedOnDisk: true, startedAt: "2026-11-22T07:02:11.000412Z"),
            readiness: .init(verdict: Readiness(of: entries).wire, counts: .init(of: entries)),
            requirements: Examples.verdicts.map { Examples.requirement($0.now, $0.nextBoot, $0.proof) },
            facts: .init(
                machineIdHash: "c2a9f7d0816b4e5f9d3a7c1b2e4f6088",
                configurationSha256: "5d41f0a6c39b7e82a1d4c6f8b0e2957d3c1a9f7e5b8d4260c9e3f1a7b5d8e024",
                macs: ["1c:69:7a:00:00:12"],
                traits: ["kernel": "6.1.0-28-amd64", "kubelet-cgroup-driver": "none"]))
        try Golden.expect(body, as: "status")
    }

    @Test("a status of which little is known")
    func bareStatus() throws {
        let body = StatusBody(
            instance: "3f0c9a2e5b7d4c61a8e2f09d1b6c7e55", generation: 1, cursor: "3f0c9a2e.1",
            observedAt: "2026-11-22T10:15:00.412906Z",
            node: .init(
                name: "localhost", role: nil, lifecycle: nil, addresses: [], bootId: "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13",
                os: nil, kernel: nil, nucprepVersion: "0.1.0"),
            daemon: .init(
                mode: Mode.observe.rawValue, state: "running", degradedBy: [], configChangedOnDisk: false,
                startedAt: "2026-11-22T07:02:11.000412Z"),
            readiness: .init(verdict: Readiness(of: []).wire, counts: .init(of: [])), requirements: [],
            facts: .init(machineIdHash: nil, configurationSha256: nil, macs: [], traits: [:]))
        try Golden.expect(body, as: "status-bare")
    }

    @Test("a plan with a step of each kind and a refusal for each reason")
    func plan() throws {
        let steps = Examples.changes.enumerated().map { index, change in
            PlanBody.StepBody(
                Plan.Step(
                    requirement: "swap-off", horizon: index % 2 == 0 ? .now : .nextBoot,
                    proposal: Proposal(change, .always)), index: index, isAutomatic: index != 1, isWithheld: false)
        }
        let refusals = [
            Refusal(.observeMode, "the mode is observe"),
            Refusal(.lifecycle, "the node is joined", remedy: "drain it first"),
            Refusal(.consentMissing, "the consent is missing"), Refusal(.kubeadmRunning, "kubeadm is at work"),
            Refusal(.contested, "somebody undoes it"), Refusal(.noRoom, "there is no memory for it"),
            Refusal(.failed, "it has failed: device or resource busy"),
        ]
        let refused = refusals.map { refusal in
            let proposal = Proposal(Examples.changes[0], .untilJoined, refusal: refusal)
            return PlanBody.RefusedBody(
                Plan.Step(requirement: "swap-off", horizon: .now, proposal: proposal), refusal)
        }
        try Golden.expect(
            PlanBody(
                planId: "p-7c1e94d2a05b3f68", cursor: "3f0c9a2e.42", node: "nuc02", steps: steps, refused: refused),
            as: "plan")
    }

    @Test("a problem of each kind", arguments: ProblemBody.Kind.allCases)
    func problem(_ kind: ProblemBody.Kind) throws {
        var problem = ProblemBody(kind, detail: "cannot do this: an example")
        switch kind {
        case .invalidQuery: problem = .invalidQuery("fresh", "only 1 is known")
        case .unknownRequirement:
            problem.id = "swap-of"
            problem.nearest = "swap-off"
        case .bodyTooLarge: problem.limitBytes = 65536
        case .internalError:
            problem.instance = "urn:nucprep:request:3f0c9a2e-118"
            problem.messageId = "ade19bb38b4745f89ee4fe0eeec77e1f"
        case .overloaded: problem.remedy = "try again in a second"
        default: break
        }
        #expect(problem.kind == kind)
        try Golden.expect(problem, as: "problem-\(kind.rawValue)")
        let response = problem.response()
        #expect(response.status == kind.status)
        #expect(response["content-type"] == "application/problem+json")
        #expect((response["retry-after"] != nil) == [429, 503].contains(kind.status))
        #expect((response["allow"] != nil) == (kind.status == 405))
    }

    @Test("the smaller bodies")
    func small() throws {
        try Golden.expect(IndexBody(), as: "index")
        try Golden.expect(VersionBody(nucprepVersion: "0.1.0"), as: "version")
        try Golden.expect(HealthBody(failing: []), as: "health")
        try Golden.expect(
            HealthBody(failing: [
                .init(part: "watch", name: "swaps", detail: "cannot watch /proc/swaps: no space left on device")
            ]), as: "health-failing")
        try Golden.expect(
            TimeBody(
                bootId: "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13", realtimeUs: 1_795_342_500_412_906, boottimeUs: 812_345_678,
                synchronised: nil), as: "time")
        try Golden.expect(
            TimeBody(bootId: "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13", realtimeUs: 1, boottimeUs: 2, synchronised: true),
            as: "time-synchronised")
        try Golden.expect(ActivityBody(state: "idle"), as: "activity")
        try Golden.expect(
            ActivityBody(
                state: "working",
                step: .init(
                    change: "restart-unit", object: "containerd.service", text: "restart containerd.service",
                    elapsedS: 4)), as: "activity-working")
    }

    @Test("the inventory")
    func nodes() throws {
        var body = NodesBody(
            cluster: "lab-a", kubernetesVersion: "1.28.1", podNetworkCidr: ["10.244.0.0/16"],
            serviceCidr: ["10.96.0.0/12"],
            controlPlaneEndpoint: "", fanout: 32, deadlineS: 15, nodes: [])
        body.nodes = [
            .init(
                name: "nuc01", role: "control_plane", addresses: ["192.168.1.11"], sshTarget: "admin@192.168.1.11",
                isSelf: true),
            .init(
                name: "nuc02", role: "worker", addresses: ["192.168.1.12", "fe80::1"], sshTarget: "nuc02", isSelf: false
            ),
        ]
        try Golden.expect(body, as: "nodes")
    }

    @Test("the names of closed sets")
    func closedSets() {
        #expect(Readiness.allCases.map(\.wire.rawValue) == ["go", "go_with_warnings", "incomplete", "no_go"])
        #expect(Lifecycle.allCases.map(\.wire.rawValue) == ["fresh", "prepared", "initialised", "joined", "leftover"])
        #expect(Horizon.allCases.map(\.wire.rawValue) == ["now", "next_boot"])
        #expect(Severity.allCases.map(\.wire.rawValue) == ["info", "warning", "error"])
        #expect(Phase.allCases.map(\.wire) == ["init", "join"])
        #expect([BootProof.none, .predicted, .proven].map(\.wire) == ["none", "predicted", "proven"])
    }
}
