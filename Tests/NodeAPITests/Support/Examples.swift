internal import NodeAPI
internal import NodeState
internal import SystemPackage

/// One value of everything that bodies are made from.
enum Examples {
    static let entry = CatalogEntry(
        "swap-off", group: "swap", title: "No swap is active, and none comes back at boot", kubeadmChecks: ["Swap"],
        why: "the kubelet does not start beside active swap", source: "kubernetes.io, Swap memory management")

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
        return RequirementBody(entry, changes: changes, mode: .enforce, history: history)
    }
}
