package import NodeState
internal import SystemPackage

/// No rules of an earlier cluster are in the packet filter before the node belongs to one.
///
/// - Source: kube-proxy `pkg/proxy/iptables/proxier.go` (KUBE-*), flannel (FLANNEL-*), the CNI plugin portmap (CNI-*);
///   ipvsadm(8), /proc/net/ip_vs; kubernetes#34044.
package struct LeftoverRules: Requirement {
    package static let entry = CatalogEntry(
        "leftover-rules", group: "leftovers", title: "No packet-filter rules of an earlier cluster exist",
        severity: .warning, why: "packets for addresses of the new cluster are sent to services of the old one",
        source: "kube-proxy, flannel, CNI portmap; ipvsadm(8); kubernetes#34044",
        checks: "The names of the chains of nf_tables, and the services of IPVS in /proc/net/ip_vs.",
        manual: [
            "sudo iptables-save | grep -v -e KUBE- -e FLANNEL- -e CNI- | sudo iptables-restore", "sudo ipvsadm --clear",
        ])

    private static let services: FilePath = "/proc/net/ip_vs"

    // Not what LeftoverUse reads: the packet filter sends no events, and each start of a container would have all of it read.
    package let inputs: [Input] = LifecycleRule.membershipInputs

    package init(_ configuration: Configuration) {}

    /// What is left, and whether the node belongs to a cluster.
    package struct Observation: Equatable, Sendable {
        var chains: [String] = []
        var hasServices = false
        /// Those that nothing is known to need.
        var unused: [ChainName] = []
        var membership: Lifecycle?
        var isMember: Bool { membership == .initialised || membership == .joined }
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let filter = try await PacketFilterFacts.read(host)
        // podman makes chains of the same plugin.
        let isPodmans = try await host.files.names(in: ClusterLink.folder).contains { $0.hasPrefix("cni-podman") }
        let chains = filter.chains.filter { chain in
            ChainName.clusterPrefixes.contains { chain.name.hasPrefix($0) }
                && !(isPodmans && chain.name.hasPrefix("CNI-"))
        }
        var seen = Observation(
            chains: Set(chains.map(\.name)).sorted(), membership: try await LifecycleRule.membership(of: host))
        // Beside the older iptables it is not known which of the two somebody uses.
        if horizon == .now, !seen.isMember, !chains.isEmpty, filter.legacyTables.isEmpty,
            await LeftoverUse.isExcluded(host)
        {
            seen.unused = chains.filter { $0.hook == nil }
                .map { ChainName(family: $0.family, table: $0.table, name: $0.name) }.filter(\.isRemovable)
                .sorted { ($0.family, $0.table, $0.name) < ($1.family, $1.table, $1.name) }
        }
        // Its head has three lines, and each service begins with its protocol.
        if let bytes = try await host.files.beginning(of: Self.services, limit: 4096) {
            let rows = bytes.split(separator: 0x0A).dropFirst(3)
            seen.hasServices = rows.contains { $0.starts(with: "TCP".utf8) || $0.starts(with: "UDP".utf8) }
        }
        if seen.chains.isEmpty, !seen.hasServices, !filter.legacyTables.isEmpty, !seen.isMember {
            throw filter.legacyIsUnread("the rules of an earlier cluster")
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: PacketFilterFacts.isMadeAnew) }
        guard !seen.isMember else { return .notApplicable(because: "the node belongs to a cluster") }
        var findings: [Finding] = []
        if !seen.chains.isEmpty {
            let shown = seen.chains.prefix(4).joined(separator: ", ")
            let more = seen.chains.count > 4 ? " and \(seen.chains.count - 4) more" : ""
            findings.append(
                Finding(
                    "chains", severity: .warning, expected: "no chain of a cluster",
                    actual: "the chains \(shown)\(more) exist", remedy: "delete them, or reboot",
                    manual: [Self.entry.manual[0]]))
        }
        if seen.hasServices {
            findings.append(
                Finding(
                    "ipvs", severity: .warning, expected: "no services in IPVS", actual: "IPVS has services",
                    remedy: "clear them, or reboot", manual: [Self.entry.manual[1]],
                    evidence: [Evidence(Self.services)]))
        }
        guard !findings.isEmpty else { return .met(observed: "none") }
        let unused = seen.unused
        return .unmet(
            findings, proposals: unused.isEmpty ? [] : [Proposal(.deleteChains(unused), .withConsent(.cleanup))])
    }
}
