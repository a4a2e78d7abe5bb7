import Fleet
import NodeTesting

@testable import NodeAPI

/// Bodies for the renderings: a node, and what can be wrong with it.
enum Bodies {
    static let bootID = "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13"

    static func requirement(
        _ id: String, _ group: String, title: String, now: WireVerdict = "met", nextBoot: WireVerdict = "met",
        proof: String = "predicted", observed: String, findings: [FindingBody] = [], changes: [ChangeBody] = [],
        mode: String = "enforce"
    ) -> RequirementBody {
        let verdict = WireVerdict.known.first { $0 == now || $0 == nextBoot } ?? now
        return RequirementBody(
            id: id, group: group, title: title, severity: "error", phases: ["init", "join"], kubeadm: [],
            verdict: verdict, now: now, nextBoot: nextBoot, proof: proof, observed: observed, findings: findings,
            changes: changes, refused: [], blockedBy: [], rootCauses: [], mode: mode,
            since: "2026-11-22T10:14:58.120077Z",
            observedAt: "2026-11-22T10:15:00.398112Z", detectedBy: "event", drifts: 3)
    }

    static let swapTitle = "No swap is active, and none comes back at boot"
    static let modulesTitle = "br_netfilter and overlay are loaded, and are loaded at every boot"

    static let swapOff = requirement(
        "swap-off", "swap", title: swapTitle, proof: "proven", observed: "no active swap; none comes back at boot")
    static let kernelModules = requirement(
        "kernel-modules", "kernel", title: modulesTitle, observed: "br_netfilter loaded; overlay built in")

    static let gptAuto = finding(
        "gpt-auto", horizon: "next_boot", expected: "no swap area is activated at boot",
        actual: "/dev/nvme0n1p3 is activated by systemd-gpt-auto-generator",
        why: "fstab names no swap area any more, so the generator takes over",
        predicts: ("WARNING Swap", "exits at start"), manual: ["systemctl mask dev-nvme0n1p3.swap"],
        evidence: [("/etc/fstab", 9)])

    static func finding(
        _ reason: String, horizon: WireHorizon, severity: WireSeverity = "error", expected: String, actual: String,
        why: String? = nil, predicts: (String?, String?) = (nil, nil), remedy: String? = nil, manual: [String] = [],
        evidence: [(String, Int?)] = []
    ) -> FindingBody {
        var body = FindingBody(
            reason: reason, horizon: horizon, severity: severity, expected: expected, actual: actual,
            predicts: PredictionBody(), manual: manual, evidence: [])
        body.why = why
        body.remedy = remedy
        body.predicts.kubeadm = predicts.0
        body.predicts.kubelet = predicts.1
        body.evidence = evidence.map { path, line in
            var evidence = EvidenceBody(path: path)
            evidence.line = line
            return evidence
        }
        return body
    }

    static let mask = ChangeBody(
        kind: "mask-unit", class: "A1", object: "dev-nvme0n1p3.swap", text: "mask dev-nvme0n1p3.swap", reversible: true,
        disruptive: false)

    static let swapAtBoot = requirement(
        "swap-off", "swap", title: swapTitle, nextBoot: "unmet",
        observed: "now: no active swap; next boot: /dev/nvme0n1p3", findings: [gptAuto], changes: [mask])

    static let unreadable = requirement(
        "kernel-modules", "kernel", title: modulesTitle, now: "unknown", proof: "none",
        observed: "cannot read /sys/module: permission denied",
        findings: [
            finding(
                "unreadable", horizon: "now", expected: modulesTitle,
                actual: "cannot read /sys/module: permission denied",
                remedy: "make it readable; until then the answer is unknown")
        ])

    static let waived: RequirementBody = {
        var body = requirement(
            "swap-off", "swap", title: swapTitle, now: "waived", nextBoot: "waived", proof: "none",
            observed: "waived until 2026-12-01: a build machine that swaps")
        body.waiver = WaiverBody(
            reason: "a build machine that swaps", until: "2026-12-01", file: "/etc/nucprep/nucprep.toml", line: 30)
        return body
    }()

    static func status(
        _ name: String = "nuc02", role: WireRole? = "worker", verdict: WireReadiness = "go", mode: String = "enforce",
        requirements: [RequirementBody] = [swapOff, kernelModules]
    ) -> StatusBody {
        StatusBody(
            instance: "3f0c9a2e5b7d4c61a8e2f09d1b6c7e55", generation: 42, cursor: "3f0c9a2e.42",
            observedAt: "2026-11-22T10:15:00.412906Z",
            node: .init(
                name: name, role: role, lifecycle: "prepared", addresses: [], bootId: bootID,
                os: "Debian GNU/Linux 12 (bookworm)", kernel: "6.1.0-28-amd64", nucprepVersion: "0.1.0"),
            daemon: .init(
                mode: mode, state: "running", degradedBy: [], configChangedOnDisk: false,
                startedAt: "2026-11-22T07:02:11.000412Z"),
            readiness: .init(verdict: verdict, counts: .init()), requirements: requirements,
            facts: .init(
                machineIdHash: "id of \(name)", configurationSha256: "one", macs: [],
                traits: [
                    "kubelet": "1.28.1-1.1", "containerd": "1.6.20~ds1-1+b1", "kernel": "6.1.0-28-amd64",
                    "systemd": "252", "resolved": "no", "iptables": "iptables-nft", "hosts": "one", "mtu": "1500",
                    "kubelet-cgroup-driver": "none", "product-uuid": "uuid of \(name)",
                    "ssh-host-keys": "keys of \(name)",
                ]))
    }

    /// A status that agrees with itself: the whole catalogue, met but for what `requirements` says.
    static func whole(_ name: String, role: WireRole, requirements: [RequirementBody]) -> StatusBody {
        let said = Dictionary(requirements.map { ($0.id, $0) }) { first, _ in first }
        let all = KnownRequirement.all.map { known in
            var body = said[known.id] ?? requirement(known.id, "other", title: known.id, observed: "good")
            if known.id == "joined-name" {
                (body.now, body.nextBoot, body.verdict) = ("not_applicable", "not_applicable", "not_applicable")
            }
            body.severity = known.severity
            body.phases = known.phases
            if body.nextBoot != "met" { body.proof = "none" } else if body.proof == "none" { body.proof = "predicted" }
            return body
        }
        let verdicts = Set(all.map(\.verdict))
        let rows: [(WireVerdict, WireReadiness)] = [
            ("unmet", "no_go"), ("unknown", "incomplete"), ("waived", "go_with_warnings"),
        ]
        var body = status(
            name, role: role, verdict: rows.first { verdicts.contains($0.0) }?.1 ?? "go", requirements: all)
        body.node.nucprepVersion = NucprepVersion.current
        body.readiness.counts.met = all.count { $0.verdict == "met" }
        body.readiness.counts.notApplicable = all.count { $0.verdict == "not_applicable" }
        body.readiness.counts.unmet = all.count { $0.verdict == "unmet" }
        body.readiness.counts.unknown = all.count { $0.verdict == "unknown" }
        body.readiness.counts.waived = all.count { $0.verdict == "waived" }
        body.facts.machineIdHash = String(repeating: "c2a9f7d0", count: 4)
        body.facts.configurationSha256 = String(repeating: "5d41f0a6", count: 8)
        return body
    }

    // MARK: - Fleets

    static func node(_ name: String, role: WireRole = "worker") -> FleetNode {
        FleetNode(
            name: name, role: role, addresses: ["192.168.50.\(10 + (Int(name.filter(\.isNumber)) ?? 0))"], target: name,
            isLocal: role != "worker")
    }

    static func answer(
        _ name: String, role: WireRole = "worker", offsetUs: Int = 0,
        requirements: [RequirementBody] = [swapOff, kernelModules]
    ) -> NodeAnswer {
        var status = status(name, role: role, requirements: requirements)
        status.node.nucprepVersion = NucprepVersion.current
        let heard = Heard(
            status: status, ageSeconds: 0, roundTripUs: 1210,
            clock: ClockReading(offsetUs: offsetUs, errorUs: 605), heardAt: .now)
        return NodeAnswer(node(name, role: role), heard: heard)
    }

    static func silent(_ name: String, _ failure: NodeFailure) -> NodeAnswer {
        NodeAnswer(node(name), failure: failure)
    }

    static let plane = answer("nuc01", role: "control_plane")

    static func report(_ answers: [NodeAnswer], strict: Bool = false, deadlineMs: Int = 15_000) -> FleetReport {
        var body = NodesBody(
            cluster: "lab-a", kubernetesVersion: "1.28.1", podNetworkCidr: ["10.244.0.0/16"],
            serviceCidr: ["10.96.0.0/12"], controlPlaneEndpoint: "", fanout: 32, deadlineS: 15, nodes: [])
        body.nodes = answers.map(\.node).map { node in
            NodesBody.NodeBody(
                name: node.name, role: node.role ?? "worker", addresses: node.addresses, sshTarget: node.target,
                isSelf: node.isLocal)
        }
        return FleetReport(
            inventory: Inventory(body), answers: answers, request: .init(deadlineMs: deadlineMs, isStrict: strict),
            generatedAtUs: 1_795_342_502_101_233)
    }
}
