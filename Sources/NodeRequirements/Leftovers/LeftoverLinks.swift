package import NodeState
internal import SystemPackage

/// No network links of an earlier cluster are there before the node belongs to one.
///
/// - Source: flannel, Calico, Cilium, Weave and kube-proxy: the links that they make.
package struct LeftoverLinks: Requirement {
    package static let entry = CatalogEntry(
        "leftover-links", group: "leftovers", title: "No network links of an earlier cluster exist",
        severity: .warning, why: "cni0 keeps the addresses of the earlier pod network, and pods of another one hang",
        source: "flannel, Calico, Cilium, Weave, kube-proxy", checks: "The names in /sys/class/net.",
        manual: ["sudo ip link delete cni0", "sudo ip link delete flannel.1"])

    static let folder: FilePath = "/sys/class/net"
    private static let names = [
        "cni0", "flannel.1", "flannel-v6.1", "kube-ipvs0", "kube-bridge", "weave", "vxlan.calico",
    ]
    private static let prefixes = ["cali", "cilium_", "lxc_health", "vxlan-v6.calico", "datapath-weave"]

    package let inputs: [Input] = LifecycleRule.evidence + [.addresses]

    package init(_ configuration: Configuration) {}

    /// The links, and whether the node belongs to a cluster.
    package struct Observation: Equatable, Sendable {
        var links: [String]
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            links: try await host.files.names(in: Self.folder).filter { name in
                Self.names.contains(name) || Self.prefixes.contains { name.hasPrefix($0) }
            }, membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "such links do not survive a reboot") }
        guard seen.membership != .initialised, seen.membership != .joined else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard !seen.links.isEmpty else { return .met(observed: "none") }
        let finding = Finding(
            "present", severity: .warning, expected: "no link of a pod network",
            actual: "the links \(seen.links.joined(separator: ", ")) exist",
            remedy: "delete them, or reboot", manual: seen.links.map { "sudo ip link delete \($0)" },
            evidence: seen.links.map { Evidence(Self.folder.appending($0)) })
        return .unmet(observed: seen.links.joined(separator: ", "), findings: [finding], proposals: [])
    }
}
