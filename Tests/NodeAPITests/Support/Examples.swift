internal import NodeAPI
internal import NodeState
internal import NodeTesting
internal import SystemPackage

/// One value of everything that bodies are made from.
enum Examples {
    static let entry = CatalogEntry(
        "swap-off", group: "swap", title: "No swap is active, and none comes back at boot", kubeadmChecks: ["Swap"],
        why: "the kubelet does not start beside active swap", source: "kubernetes.io, Swap memory management",
        checks: "the areas in /proc/swaps", manual: ["swapoff -a"])

    static let finding = Finding(
        "gpt-auto", expected: "no swap area is activated at boot",
        actual: "/dev/nvme0n1p3 is activated by systemd-gpt-auto-generator",
        why: "fstab names no swap area any more, so the generator takes over",
        predicts: Prediction(kubeadm: "WARNING Swap", kubelet: "exits at start"), remedy: "mask the swap unit",
        manual: ["systemctl mask 'dev-nvme0n1p3.swap'"], evidence: [Evidence("/etc/fstab", line: 9)])

    static let smallFinding = Finding(
        "not-loaded", severity: .warning, expected: "overlay is loaded", actual: "it is not",
        evidence: [Evidence("/proc/modules")])

    static let waiver = Waiver(
        requirement: "swap-off", nodes: ["nuc02"], reason: "the lab has one disk", until: "2026-12-31",
        origin: Origin(file: "/etc/nucprep/nucprep.toml", line: 14))

    static let history = RequirementHistory(
        since: "2026-11-22T10:14:58.120077Z", observedAt: "2026-11-22T10:15:00.398112Z", detectedBy: "boot")

    static let changes: [Change] = [
        .disableSwap(SwapArea(path: "/swap.img", kind: "file", sizeKiB: 2_097_148, usedKiB: 512, isDeleted: false)),
        .editFstab(
            FileEdit(
                path: "/etc/fstab",
                before: Array("# fstab\n/dev/sda1 / ext4 defaults 0 1\n/swap.img none swap sw 0 0\n".utf8),
                after: Array("# fstab\n/dev/sda1 / ext4 defaults 0 1\n#nucprep# /swap.img none swap sw 0 0\n".utf8))),
        .maskUnit("dev-nvme0n1p3.swap"),
        .writeFile(
            FileEdit(
                path: "/etc/modules-load.d/nucprep.conf", before: nil, after: Array("br_netfilter\noverlay\n".utf8))),
        .loadModule("br_netfilter"), .reloadSystemd,
        .writeBlock(
            FileEdit(
                path: "/etc/hosts", before: Array("127.0.0.1 localhost\n".utf8),
                after: Array("127.0.0.1 localhost\n# BEGIN nucprep\n10.77.0.11 nuc01\n# END nucprep\n".utf8))),
        .writeSysctl(key: "net.ipv4.ip_forward", value: "1"), .setHostname("nuc02"),
        .editContainerdConfig(
            FileEdit(
                path: "/etc/containerd/config.toml", before: Array("SystemdCgroup = false\n".utf8),
                after: Array("SystemdCgroup = true\n".utf8))),
        .startUnit("containerd.service"), .enableUnit("ssh.service"), .restartUnit("containerd.service"),
        .holdPackages(["kubeadm", "kubelet", "kubectl"]), .updatePackageLists, .configurePackages,
        .installPackages(
            PackageOrder(
                [PackageVersion("kubelet", "1.28.1-1.1"), PackageVersion("conntrack")], allowsDowngrade: true,
                changesHeld: true, hold: ["kubelet"])),
        .disableAptSource(
            FileEdit(
                path: "/etc/apt/sources.list.d/old.list", before: Array("deb https://apt.kubernetes.io/ x main\n".utf8),
                after: Array("# deb https://apt.kubernetes.io/ x main\n".utf8))),
        .fetchKey(
            KeyOrder(
                url: "https://pkgs.k8s.io/core:/stable:/v1.28/deb/Release.key",
                fingerprint: "DE15B14486CD377B9E876E1A234654DA9A296436",
                path: "/etc/apt/keyrings/kubernetes-apt-keyring.gpg", before: nil)),
        .tryPodSandbox(PodSandboxTrial(key: "1780000100000000 cbf29ce484222325", usesPodNetwork: true)),
        .moveAside(FileMove(path: "/etc/cni/net.d/10-it's-old.conflist", contents: .file(Array("{}\n".utf8)))),
        .removeLink(NetworkLink("cni0", index: 7, kind: .bridge)),
        .deleteChains(
            ["KUBE-FORWARD", "KUBE-SERVICES", "FLANNEL-FWD", "KUBE-MARK-MASQ", "WEAVE", "CILIUM_INPUT"].map {
                ChainName(family: "ip", table: "filter", name: $0)
            } + [ChainName(family: "ip6", table: "filter", name: "KUBE-FORWARD")]),
    ]

    static let verdicts: [(name: String, now: Verdict, nextBoot: Verdict, proof: BootProof)] = [
        ("met", .met(observed: "no swap"), .met(observed: "no swap"), .proven),
        (
            "unmet", .met(observed: "no swap"),
            .unmet(observed: "swap on /dev/nvme0n1p3", findings: [finding, smallFinding]),
            .predicted
        ),
        (
            "unknown",
            .unknown(ObservationError(reading: "/proc/swaps", cause: "permission denied", errno: .permissionDenied)),
            .met(observed: "no swap"), .predicted
        ),
        ("blocked", .blocked(by: ["kernel-modules"]), .blocked(by: ["kernel-modules", "hostname"]), .none),
        ("not_applicable", .notApplicable(because: "it is a worker"), .notApplicable(because: "it is a worker"), .none),
        ("waived", .waived(waiver, hiding: [finding]), .met(observed: "no swap"), .predicted),
    ]

    /// The body of a requirement with these verdicts.
    static func requirement(
        _ now: Verdict, _ nextBoot: Verdict, _ proof: BootProof, changes: [Proposal] = [],
        history: RequirementHistory = history, isContested: Bool = false
    ) -> RequirementBody {
        let entry = ReportEntry(entry: entry, now: now, nextBoot: nextBoot, proof: proof, isContested: isContested)
        let refusal = Refusal(.lifecycle, "the node belongs to a cluster", remedy: "drain it first")
        let step = Plan.Step(
            requirement: entry.entry.id, horizon: .now, proposal: Proposal(.setHostname("nuc02"), .untilJoined))
        return RequirementBody(
            entry, changes: changes, refused: isContested ? [.init(step, refusal)] : [],
            roots: entry.now == .blocked(by: ["kernel-modules"]) ? ["kernel-modules"] : [], mode: .enforce,
            history: history)
    }
}
