internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The kernel forwards IPv6 where the cluster has an IPv6 network.
///
/// Nothing is changed here: with forwarding the kernel ignores router advertisements, so `accept_ra = 2` must come first
/// on a machine that gets its address that way.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`addIPv6Checks`); kernel,
///   Documentation/networking/ip-sysctl.rst, `accept_ra`.
package struct IPv6Forwarding: Requirement {
    package static let entry = CatalogEntry(
        "ipv6-forwarding", group: "kernel", title: "The kernel forwards IPv6 where the cluster uses it",
        kubeadmChecks: ["FileContent--proc-sys-net-ipv6-conf-default-forwarding"],
        why: "a node that does not forward drops every IPv6 packet between its pods and the other nodes",
        source: "kubeadm preflight/checks.go; ip-sysctl.rst; sysctl.d(5)",
        checks: "net.ipv6.conf.default.forwarding, and which file of sysctl.d sets it at boot.",
        manual: [
            "echo 'net.ipv6.conf.all.accept_ra = 2' | sudo tee -a /etc/sysctl.d/k8s-ipv6.conf",
            "echo 'net.ipv6.conf.default.forwarding = 1' | sudo tee -a /etc/sysctl.d/k8s-ipv6.conf",
            "sudo sysctl --system",
        ])

    private static let toggle = KernelSwitch(
        key: "net.ipv6.conf.default.forwarding",
        kubeadmCheck: "FileContent--proc-sys-net-ipv6-conf-default-forwarding")

    private let isNeeded: Bool
    package let inputs: [Input] = [.sysctl(toggle.file)] + SysctlsAtBoot.inputs

    package init(_ configuration: Configuration) {
        let networks = configuration.cluster.podNetworkCIDR + configuration.cluster.serviceCIDR
        isNeeded = networks.contains { IPNetwork($0)?.first.isIPv4 == false }
    }

    /// The value now, or what the next boot sets.
    package struct Observation: Equatable, Sendable {
        var value: String?
        var atBoot: SysctlsAtBoot?
    }
}

extension IPv6Forwarding {
    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        switch horizon {
        case .now: return Observation(value: try await Self.toggle.value(host))
        case .nextBoot:
            // Where the cluster has no IPv6, what sets the value is of no interest.
            let switches = isNeeded ? [Self.toggle] : []
            return Observation(
                atBoot: try await SysctlsAtBoot.observe(host, for: switches, of: Self.entry.id.name))
        }
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard isNeeded else { return .notApplicable(because: "the cluster has no IPv6 network") }
        let toggle = Self.toggle
        guard let atBoot = seen.atBoot else {
            let observed = "\(toggle.key) = \(seen.value ?? "absent")"
            guard seen.value != "1" else { return .met(observed: observed) }
            return unmet(toggle.wrongValue(seen.value))
        }
        guard let finding = toggle.findingsAtBoot(atBoot).first else {
            return .met(observed: atBoot.word(on: toggle) ?? "")
        }
        return unmet(finding)
    }

    /// A person decides: forwarding alone can cut the machine off.
    private func unmet(_ seen: Finding) -> Assessment {
        var finding = seen
        finding.remedy =
            "set accept_ra to 2 first where the address comes from router advertisements, then forwarding to 1"
        finding.manual = Self.entry.manual
        return .unmet(observed: finding.actual, findings: [finding], proposals: [])
    }
}
