/// A chain of nf_tables, whoever made it: iptables-nft, nft, firewalld, a pod network.
package struct PacketFilterChain: Equatable, Sendable {
    /// `ip`, `ip6`, `inet`, `arp`, `bridge` or `netdev`.
    package var family: String
    package var table: String
    package var name: String
    /// Where packets enter it by themselves, such as `forward`; `nil` for a chain that others jump to.
    package var hook: String?
    /// Whether a packet that no rule decides on is dropped.
    package var drops: Bool
    /// How many rules it has, and how many jump to it.
    package var uses: Int

    /// The chain `name` of a table.
    package init(family: String, table: String, name: String, hook: String? = nil, drops: Bool = false, uses: Int = 0) {
        self.family = family
        self.table = table
        self.name = name
        self.hook = hook
        self.drops = drops
        self.uses = uses
    }
}

/// The name of a chain: another table may have one of the same.
package struct ChainName: Hashable, Sendable {
    /// `ip` or `ip6`.
    package var family: String
    package var table: String
    package var name: String

    /// What the names of chains begin with that kube-proxy, flannel, the CNI plugins, Calico, Cilium and Weave make.
    package static let clusterPrefixes = ["KUBE-", "FLANNEL-", "CNI-", "cali-", "CILIUM_", "WEAVE"]
    /// The tables that iptables makes in nf_tables; what others made there is theirs.
    private static let tables: Set<String> = ["filter", "mangle", "nat", "raw"]

    /// Whether it may be deleted at all.
    package var isRemovable: Bool {
        ["ip", "ip6"].contains(family) && Self.tables.contains(table)
            && Self.clusterPrefixes.contains { name.hasPrefix($0) } && name.utf8.count <= 255 && !name.utf8.contains(0)
    }

    /// The chain `name` of a table.
    package init(family: String, table: String, name: String) {
        self.family = family
        self.table = table
        self.name = name
    }
}

extension [ChainName] {
    /// The first of their names, each once, and how many more there are.
    package var shown: String {
        var names: [String] = []
        for chain in self where !names.contains(chain.name) && names.count < 5 { names.append(chain.name) }
        let first = names.prefix(4)
        let rest = Set(map(\.name)).count - first.count
        return first.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : "")
    }
}

/// Asks the running kernel for its packet filter.
package protocol PacketFilterReading: Sendable {
    /// The chains of nf_tables; what the older iptables keeps is not among them.
    func chains() async throws(ObservationError) -> [PacketFilterChain]
}
