internal import ConfigFormats
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
    /// Those at whose other end a container is, or was.
    private static let prefixes = ["cali", "cilium_", "lxc_health", "vxlan-v6.calico", "datapath-weave"]

    package let inputs: [Input] = LifecycleRule.evidence + LeftoverUse.inputs + [.addresses]

    package init(_ configuration: Configuration) {}

    /// The links, and whether the node belongs to a cluster.
    package struct Observation: Equatable, Sendable {
        var links: [String]
        var membership: Lifecycle?
        /// Those that nothing uses.
        var unused: [NetworkLink] = []
        var isMember: Bool { membership == .initialised || membership == .joined }
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(
            links: try await host.files.names(in: Self.folder).filter { name in
                NetworkLink.removable[name] != nil || Self.prefixes.contains { name.hasPrefix($0) }
            }, membership: try await LifecycleRule.membership(of: host))
        guard horizon == .now, !seen.isMember, !seen.links.isEmpty, await LeftoverUse.isExcluded(host) else {
            return seen
        }
        for name in seen.links {
            // One that cannot be looked at stays: the finding says what a person can do.
            guard let kind = NetworkLink.removable[name], let link = try? await Self.unused(name, kind, host) else {
                continue
            }
            seen.unused.append(link)
        }
        return seen
    }

    /// The link, when it is of the kind that it ought to be, and no other link is on it.
    ///
    /// - Source: kernel, net/core/net-sysfs.c (`netdev_uevent`), net/core/dev.c (`upper_`, `lower_`, `master`), net/bridge/;
    ///   a dummy link has no `DEVTYPE`.
    private static func unused(
        _ name: String, _ kind: NetworkLink.Kind, _ host: HostView
    ) async throws(ObservationError) -> NetworkLink? {
        let place = folder.appending(name)
        let lines = (try await host.files.text(at: place.appending("uevent")) ?? "").textLines()
        let value = { (key: String) in
            lines.first { $0.hasPrefix("\(key)=") }.map { String($0.dropFirst(key.count + 1)) }
        }
        guard value("INTERFACE") == name, let index = value("IFINDEX").flatMap({ Int($0) }), index > 0,
            value("DEVTYPE") == (kind == .dummy ? nil : kind.rawValue)
        else { return nil }
        let names = try await host.files.names(in: place)
        guard !names.contains(where: { $0 == "master" || $0.hasPrefix("upper_") }) else { return nil }
        if kind == .bridge {
            // Each port is there twice, as what lies below the bridge and among its own.
            guard names.contains("bridge"), !names.contains(where: { $0.hasPrefix("lower_") }),
                try await host.files.names(in: place.appending("brif")).isEmpty
            else { return nil }
        }
        return NetworkLink(name, index: index, kind: kind)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "such links do not survive a reboot") }
        guard !seen.isMember else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard !seen.links.isEmpty else { return .met(observed: "none") }
        let finding = Finding(
            "present", severity: .warning, expected: "no link of a pod network",
            actual: "the links \(seen.links.joined(separator: ", ")) exist",
            remedy: "delete them, or reboot", manual: seen.links.map { "sudo ip link delete \($0)" },
            evidence: seen.links.map { Evidence(Self.folder.appending($0)) })
        return .unmet(
            observed: seen.links.joined(separator: ", "), findings: [finding],
            proposals: seen.unused.map { Proposal(.removeLink($0), .withConsent(.cleanup)) })
    }
}
