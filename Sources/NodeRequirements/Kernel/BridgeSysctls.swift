internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Bridged packets pass through iptables, now and at every boot.
///
/// - Source: kubernetes.io, "Network Plugin Requirements"; k/k#67431.
package struct BridgeSysctls: Requirement {
    package static let entry = CatalogEntry(
        "bridge-sysctls", group: "kernel", title: "Bridged packets pass through iptables",
        prerequisites: ["kernel-modules"], bootRestsOn: ["kernel-modules"],
        kubeadmChecks: switches().compactMap(\.kubeadmCheck),
        why: "with flannel, a bridged packet that bypasses iptables does not reach a service",
        source: "kubernetes.io, Network Plugin Requirements; kubeadm, cmd/kubeadm/app/preflight/checks.go; sysctl.d(5)",
        checks:
            "net.bridge.bridge-nf-call-iptables and -ip6tables in the running kernel; for the next boot which file of sysctl.d has the last word on them; that systemd-sysctl reads them, and what sets another value later",
        manual: [
            "sudo sysctl -w net.bridge.bridge-nf-call-iptables=1",
            "sudo sysctl -w net.bridge.bridge-nf-call-ip6tables=1",
            "printf 'net.bridge.bridge-nf-call-iptables = 1\\nnet.bridge.bridge-nf-call-ip6tables = 1\\n' | sudo tee /etc/sysctl.d/k8s.conf",
        ])

    private let switches: [KernelSwitch]
    package let inputs: [Input]

    package init(_ configuration: Configuration) {
        let networks = configuration.cluster.podNetworkCIDR + configuration.cluster.serviceCIDR
        switches = Self.switches(hasIPv6: networks.contains { $0.contains(":") })
        inputs = [.module("br_netfilter")] + switches.map { .sysctl($0.file) } + SysctlsAtBoot.inputs
    }

    /// The two switches; the one for IPv6 weighs less in a cluster without it.
    private static func switches(hasIPv6: Bool = false) -> [KernelSwitch] {
        let check = "FileContent--proc-sys-net-bridge-bridge-nf-call-"
        return [
            KernelSwitch(key: KernelSwitch.bridgeIPv4, kubeadmCheck: check + "iptables"),
            KernelSwitch(
                key: KernelSwitch.bridgeIPv6, severity: hasIPv6 ? .error : .warning, kubeadmCheck: check + "ip6tables"),
        ]
    }

    /// What was seen.
    package struct Observation: Equatable, Sendable {
        /// The values in the running kernel, by key; a key that it does not have is left out.
        var values: [String: String] = [:]
        var atBoot: SysctlsAtBoot?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        switch horizon {
        case .now:
            for toggle in switches { seen.values[toggle.key] = try await toggle.value(host) }
        case .nextBoot:
            seen.atBoot = try await SysctlsAtBoot.observe(host, for: switches, of: Self.entry.id.name)
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        switch horizon {
        case .now:
            let wrong = switches.filter { seen.values[$0.key] != "1" }
            let observed = switches.map { "\($0.key) = \(seen.values[$0.key] ?? "absent")" }.joined(separator: ", ")
            guard !wrong.isEmpty else { return .met(observed: observed) }
            return .unmet(
                observed: observed, findings: wrong.map { $0.wrongValue(seen.values[$0.key]) },
                proposals: wrong.filter { seen.values[$0.key] != nil }.map(\.proposal))
        case .nextBoot: return assessNextBoot(seen)
        }
    }

    private func assessNextBoot(_ seen: Observation) -> Assessment {
        guard let atBoot = seen.atBoot else { return .notApplicable(because: "nothing was looked at") }
        // What keeps all of them out is told once.
        let findings = switches.flatMap { $0.findingsAtBoot(atBoot) }.reduce(into: [Finding]()) { told, finding in
            if !told.contains(finding) { told.append(finding) }
        }
        guard findings.isEmpty else {
            return .unmet(
                observed: findings.map(\.actual).joined(separator: "; "), findings: findings,
                proposals: atBoot.proposals(for: switches))
        }
        return .met(observed: switches.compactMap { atBoot.word(on: $0) }.joined(separator: ", "))
    }
}
