internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The kernel offers the cgroup controllers that the kubelet needs.
///
/// - Source: system-validators v1.8, `validators/types_unix.go` (`CgroupsV2`, `Cgroups`); cgroups(7); kernel,
///   Documentation/admin-guide/kernel-parameters.txt, `cgroup_disable=`; systemd(1), `systemd.unified_cgroup_hierarchy=`.
package struct CgroupControllers: Requirement {
    package static let entry = CatalogEntry(
        "cgroup-controllers", group: "node", title: "The cgroup controllers are available",
        kubeadmChecks: ["SystemVerification"],
        why: "the kubelet cannot apply limits without them, and does not start without memory",
        source: "system-validators types_unix.go; cgroups(7)",
        checks:
            "cgroup.controllers in /sys/fs/cgroup (cgroup v2), or /proc/cgroups (v1); for the next boot also cgroup_disable= and systemd.unified_cgroup_hierarchy= on the kernel's command line.",
        manual: ["cat /sys/fs/cgroup/cgroup.controllers", "cat /proc/cmdline"])

    static let unified: FilePath = "/sys/fs/cgroup/cgroup.controllers"
    static let legacy: FilePath = "/proc/cgroups"
    static let commandLine: FilePath = "/proc/cmdline"

    package let inputs: [Input] = [.path("/etc/default")]

    package init(_ configuration: Configuration) {}

    /// The controllers at one horizon.
    package struct Observation: Equatable, Sendable {
        /// Whether the hierarchy is that of cgroup v2.
        var isUnified: Bool
        var controllers: Set<String>
        /// Those that the command line takes away.
        var disabled: [String]
        /// Whether the command line asks systemd for the hierarchy of v1.
        var asksForLegacy: Bool
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let line = try await host.commandLine()
        let disabled = line.values(of: "cgroup_disable").flatMap { $0.split(separator: ",").map(String.init) }
        let asks = line.boolean(of: "systemd.unified_cgroup_hierarchy") == false
        if let text = try await host.files.text(at: Self.unified) {
            return Observation(
                isUnified: true, controllers: Set(text.split { $0.isWhitespace }.map(String.init)), disabled: disabled,
                asksForLegacy: asks)
        }
        guard let text = try await host.files.text(at: Self.legacy) else {
            throw ObservationError(reading: Self.unified.string, cause: "it is absent, and so is \(Self.legacy)")
        }
        // The columns are name, hierarchy, number of cgroups, enabled.
        let rows = text.textLines().filter { !$0.hasPrefix("#") }.map { $0.split { $0.isWhitespace } }
        let enabled = rows.filter { $0.count >= 4 && $0[3] == "1" }.map { String($0[0]) }
        return Observation(isUnified: false, controllers: Set(enabled), disabled: disabled, asksForLegacy: asks)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        var findings: [Finding] = []
        let required =
            seen.isUnified
            ? ["cpu", "cpuset", "memory", "pids"]
            : ["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"]
        let lacking = required.filter { !seen.controllers.contains($0) }
        if !lacking.isEmpty { findings.append(missing(lacking, seen)) }
        let wished = ["hugetlb", "io"].filter { seen.isUnified && !seen.controllers.contains($0) }
        if !wished.isEmpty {
            findings.append(
                Finding(
                    "optional-controller-missing", severity: .warning,
                    expected: "the controllers \(wished.joined(separator: " and "))",
                    actual: "the kernel offers no controller \(wished.joined(separator: " and "))",
                    predicts: Prediction(kubeadm: "WARNING SystemVerification"),
                    remedy: "run a kernel of the distribution", evidence: [Evidence(Self.unified)]))
        }
        if !seen.isUnified || horizon == .nextBoot && seen.asksForLegacy { findings.append(legacy(seen)) }
        let version = seen.isUnified ? "cgroup v2" : "cgroup v1"
        let observed = "\(version): \(seen.controllers.sorted().joined(separator: " "))"
        return findings.isEmpty
            ? .met(observed: observed) : .unmet(observed: observed, findings: findings, proposals: [])
    }

    private func missing(_ lacking: [String], _ seen: Observation) -> Finding {
        let words = lacking.joined(separator: ", ")
        let byCommandLine = lacking.filter(seen.disabled.contains)
        let file = seen.isUnified ? Self.unified : Self.legacy
        return Finding(
            "controller-missing", expected: "the cgroup controllers \(words)",
            actual: "the kernel offers no cgroup controller \(words)",
            why: byCommandLine.isEmpty
                ? nil : "the kernel's command line has cgroup_disable=\(byCommandLine.joined(separator: ","))",
            predicts: Prediction(
                kubeadm: "ERROR SystemVerification",
                kubelet: lacking.contains("memory") ? "exits: the memory controller is missing" : nil),
            remedy: byCommandLine.isEmpty
                ? "run a kernel that has them; on a Raspberry Pi add cgroup_enable=memory to its command line, then reboot"
                : "remove cgroup_disable= from the kernel's command line (GRUB_CMDLINE_LINUX in /etc/default/grub), then reboot",
            manual: byCommandLine.isEmpty
                ? Self.entry.manual : ["sudoedit /etc/default/grub", "sudo update-grub", "sudo reboot"],
            evidence: byCommandLine.isEmpty ? [Evidence(file)] : [Evidence(Self.commandLine), Evidence(file)])
    }

    private func legacy(_ seen: Observation) -> Finding {
        Finding(
            "cgroup-v1", severity: .warning, expected: "cgroup v2",
            actual: seen.isUnified
                ? "the kernel's command line asks for cgroup v1 at the next boot" : "the machine uses cgroup v1",
            why: "newer versions of kubeadm and of the kubelet refuse cgroup v1",
            remedy: "remove systemd.unified_cgroup_hierarchy= from the kernel's command line, then reboot",
            manual: ["sudoedit /etc/default/grub", "sudo update-grub", "sudo reboot"],
            evidence: [Evidence(Self.commandLine)])
    }
}
