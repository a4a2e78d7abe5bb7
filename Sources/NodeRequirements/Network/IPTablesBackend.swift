package import NodeState
internal import SystemPackage

/// One back-end of iptables is in use.
///
/// - Source: iptables(8), xtables-nft(8): rules of both back-ends hold, and neither shows those of the other; kubernetes#71305.
package struct IPTablesBackend: Requirement {
    package static let entry = CatalogEntry(
        "iptables-backend", group: "network", title: "One back-end of iptables is in use", severity: .warning,
        why: "rules in the other back-end still drop packets, and kube-proxy may choose the wrong one",
        source: "xtables-nft(8); kubernetes#71305",
        checks:
            "The tables in /proc/net/ip_tables_names, and rules in the tables that iptables-nft makes in nf_tables.",
        manual: [
            "sudo iptables-legacy-save", "sudo iptables-nft-save", "update-alternatives --display iptables",
        ])

    private static let tables: Set<String> = ["filter", "nat", "mangle", "raw", "security"]

    package let inputs: [Input] = []

    package init(_ configuration: Configuration) {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> PacketFilterFacts {
        try await PacketFilterFacts.read(host)
    }

    package func assess(_ seen: PacketFilterFacts, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: PacketFilterFacts.isMadeAnew) }
        let used = seen.chains.filter { $0.family == "ip" && Self.tables.contains($0.table) && $0.uses > 0 }
        let nft = Set(used.map(\.table)).sorted().joined(separator: ", ")
        let legacy = seen.legacyTables.joined(separator: ", ")
        guard !nft.isEmpty, !legacy.isEmpty else {
            return .met(observed: legacy.isEmpty ? (nft.isEmpty ? "no rules" : "nft") : "legacy")
        }
        return .unmet([
            Finding(
                "mixed", severity: .warning, expected: "one back-end has rules",
                actual: "iptables-legacy has the tables \(legacy), and iptables-nft has rules in \(nft)",
                remedy: "find the program that uses iptables-legacy, let it use the other back-end, and reboot",
                manual: Self.entry.manual, evidence: [Evidence("/proc/net/ip_tables_names")])
        ])
    }
}
