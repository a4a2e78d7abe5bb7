import NodeTesting

@testable import Fleet
@testable import NodeAPI

/// Bodies for tests: a fleet that is GO, and ways to spoil it.
enum Samples {
    static let bootID = "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13"

    static func requirement(
        _ id: String, now: WireVerdict = "met", nextBoot: WireVerdict = "met", severity: WireSeverity = "error",
        findings: [FindingBody] = [], blockedBy: [String] = []
    ) -> RequirementBody {
        var body = RequirementBody(
            id: id, group: id == "swap-off" ? "swap" : "kernel", title: "The good state of \(id)", severity: severity,
            phases: ["init", "join"], kubeadm: [], verdict: now == "met" ? nextBoot : now, now: now, nextBoot: nextBoot,
            proof: "predicted", observed: "what was seen", findings: findings, changes: [], refused: [],
            blockedBy: blockedBy, rootCauses: [], mode: "enforce", since: "2026-11-22T10:14:58.120077Z",
            observedAt: "2026-11-22T10:15:00.398112Z",
            detectedBy: "boot", drifts: 0)
        body.latencyUs = nil
        return body
    }

    static func finding(_ reason: String, horizon: WireHorizon = "now", severity: WireSeverity = "error") -> FindingBody
    {
        FindingBody(
            reason: reason, horizon: horizon, severity: severity, expected: "good", actual: "bad",
            predicts: PredictionBody(), manual: [], evidence: [])
    }

    static func status(
        _ name: String, role: WireRole? = "worker", addresses: [String] = [],
        requirements: [RequirementBody] = [requirement("swap-off"), requirement("kernel-modules")]
    ) -> StatusBody {
        StatusBody(
            instance: "3f0c9a2e5b7d4c61a8e2f09d1b6c7e55", generation: 42, cursor: "3f0c9a2e.42",
            observedAt: "2026-11-22T10:15:00.412906Z",
            node: .init(
                name: name, role: role, lifecycle: "prepared", addresses: addresses, bootId: bootID, os: "Debian",
                kernel: "6.1", nucprepVersion: NucprepVersion.current),
            daemon: .init(
                mode: "enforce", state: "running", degradedBy: [], configChangedOnDisk: false,
                startedAt: "2026-11-22T07:02:11.000412Z"),
            readiness: .init(verdict: "go", counts: .init()), requirements: requirements,
            facts: .init(
                machineIdHash: "id of \(name)", configurationSha256: "one", macs: ["mac of \(name)"],
                traits: traits(of: name)))
    }

    /// What all nodes have in common, and the two by which they differ.
    static func traits(of name: String) -> [String: String] {
        [
            "kubelet": "1.28.1-1.1", "kubeadm": "1.28.1-1.1", "containerd": "1.6.20~ds1-1+b1",
            "kernel": "6.1.0-28-amd64", "systemd": "252", "resolved": "no", "iptables": "iptables-nft",
            "hosts": "digest of the hosts", "mtu": "1500", "bios": "1.0", "kubelet-cgroup-driver": "none",
            "product-uuid": "uuid of \(name)", "ssh-host-keys": "keys of \(name)",
        ]
    }

    /// A status as a daemon gives it: the whole catalogue, met, and everything that follows from it.
    static func whole(_ name: String, role: WireRole = "worker", addresses: [String]? = nil) -> StatusBody {
        var body = status(
            name, role: role, addresses: addresses ?? ["address of \(name)"],
            requirements: KnownRequirement.all.map { known in
                let word: WireVerdict = known.id == "joined-name" ? "not_applicable" : "met"
                var body = requirement(known.id, now: word, nextBoot: word, severity: known.severity)
                if word != "met" { body.proof = "none" }
                body.phases = known.phases
                return body
            })
        body.readiness.counts.met = body.requirements.count - 1
        body.readiness.counts.notApplicable = 1
        body.facts.machineIdHash = String(
            (name + "0000000000000000000000000000000").map { $0.isHexDigit ? $0 : "a" }.prefix(32))
        body.facts.configurationSha256 = String(repeating: "5d41f0a6", count: 8)
        return body
    }

    static func node(_ name: String, role: WireRole? = "worker", isLocal: Bool = false) -> FleetNode {
        FleetNode(name: name, role: role, addresses: ["address of \(name)"], target: name, isLocal: isLocal)
    }

    static func heard(_ status: StatusBody, age: Int = 0, offsetUs: Int = 0, errorUs: Int = 500) -> Heard {
        Heard(
            status: status, ageSeconds: age, roundTripUs: 2 * errorUs,
            clock: ClockReading(offsetUs: offsetUs, errorUs: errorUs), heardAt: .now)
    }

    static func answer(_ name: String, role: WireRole = "worker", offsetUs: Int = 0) -> NodeAnswer {
        NodeAnswer(node(name, role: role), heard: heard(status(name, role: role), offsetUs: offsetUs))
    }

    /// A control plane and two workers that are all well.
    static let fleet = [answer("nuc01", role: "control_plane"), answer("nuc02"), answer("nuc03")]

    static func inventory(of answers: [NodeAnswer]) -> Inventory {
        var body = NodesBody(
            cluster: "lab-a", kubernetesVersion: "1.28.1", podNetworkCidr: ["10.244.0.0/16"],
            serviceCidr: ["10.96.0.0/12"], controlPlaneEndpoint: "", fanout: 32, deadlineS: 15, nodes: [])
        body.nodes = answers.map(\.node).map { node in
            NodesBody.NodeBody(
                name: node.name, role: node.role ?? "worker", addresses: node.addresses, sshTarget: node.target,
                isSelf: node.isLocal)
        }
        return Inventory(body)
    }

    static func report(
        _ answers: [NodeAnswer], phases: FleetReport.Request.Phases = .all, strict: Bool = false,
        checks: [KubeadmCheck] = KubeadmCheck.all
    ) -> FleetReport {
        FleetReport(
            inventory: inventory(of: answers), answers: answers,
            request: .init(phases: phases, deadlineMs: 15000, isStrict: strict), generatedAtUs: 1_795_342_502_101_233,
            checks: checks)
    }
}
