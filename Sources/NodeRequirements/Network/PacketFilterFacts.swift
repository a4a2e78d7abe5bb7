internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The packet filter of the running kernel, as far as chains tell it.
package struct PacketFilterFacts: Equatable, Sendable {
    /// The chains of nf_tables.
    var chains: [PacketFilterChain]
    /// The tables of the older iptables; what stands in them is shown to no program without a raw socket.
    var legacyTables: [String]

    private static let legacy: FilePath = "/proc/net/ip_tables_names"

    /// Why none of this says anything of the next boot.
    static let isMadeAnew = "the packet filter is made anew at each boot, by the programs that use it"

    /// Reads both.
    ///
    /// - Source: iptables(8), iptables-legacy; kernel, net/netfilter/x_tables.c (`xt_proto_init`).
    static func read(_ host: HostView) async throws(ObservationError) -> PacketFilterFacts {
        let chains = try await host.packetFilter.chains()
        let names = try await host.files.text(at: legacy) ?? ""
        return PacketFilterFacts(chains: chains, legacyTables: names.textLines().map(String.init).sorted())
    }

    /// Whether a chain of this name is there.
    func has(_ prefix: String) -> Bool { chains.contains { $0.name.hasPrefix(prefix) } }

    /// The error for what the older iptables may hold.
    func legacyIsUnread(_ what: String) -> ObservationError {
        ObservationError(
            reading: what,
            cause:
                "iptables-legacy has the tables \(legacyTables.joined(separator: ", ")), which the daemon does not see")
    }
}
