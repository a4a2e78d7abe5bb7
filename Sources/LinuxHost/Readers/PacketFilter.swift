internal import CLinux
internal import NodeState
internal import SystemPackage

/// The chains of nf_tables, asked for over netlink; their rules are not.
///
/// - Source: kernel, include/uapi/linux/netfilter/nf_tables.h, nfnetlink.h, netfilter.h.
struct LivePacketFilter: PacketFilterReading {
    let modules: any ModuleReading

    func chains() async throws(ObservationError) -> [PacketFilterChain] {
        // Asking would load it.
        guard try await modules.presence(of: "nf_tables") != .absent else { return [] }
        do throws(Errno) {
            return try Self.list()
        } catch {
            throw ObservationError(reading: "the packet filter", cause: error.description, errno: error)
        }
    }

    /// The chains as they are; to ask has the kernel load nf_tables.
    static func list() throws(Errno) -> [PacketFilterChain] {
        try NetlinkDump.messages(protocol: CLINUX_DUMP_NETFILTER, type: getChain).map { (message) throws(Errno) in
            guard let chain = chain(in: message[...]) else { throw .badMessage }
            return chain
        }
    }

    /// `NFT_MSG_GETCHAIN` of the subsystem `NFNL_SUBSYS_NFTABLES`.
    private static let getChain: UInt16 = 10 << 8 | 4
    static let families: [UInt8: String] = [1: "inet", 2: "ip", 3: "arp", 5: "netdev", 7: "bridge", 10: "ip6"]
    private static let hooks = ["prerouting", "input", "forward", "output", "postrouting"]

    /// The chain of a message; `nil` when it is malformed.
    static func chain(in message: ArraySlice<UInt8>) -> PacketFilterChain? {
        guard let family = message.first, let attributes = NetlinkDump.attributes(of: message, after: 4),
            let table = text(attributes[1]), let name = text(attributes[3])
        else { return nil }
        let families = families
        var chain = PacketFilterChain(
            family: families[family] ?? "family \(family)", table: table, name: name, drops: number(attributes[5]) == 0,
            uses: number(attributes[6]) ?? 0)
        if let nested = attributes[4] {
            guard let hook = NetlinkDump.attributes(of: nested, after: 0), let number = number(hook[1]) else {
                return nil
            }
            chain.hook = number < hooks.count && family != 3 && family != 5 ? hooks[number] : "hook \(number)"
        }
        return chain
    }

    /// A name, which ends with a zero.
    static func text(_ bytes: ArraySlice<UInt8>?) -> String? {
        bytes.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    /// A number in network order.
    static func number(_ bytes: ArraySlice<UInt8>?) -> Int? {
        guard let bytes, bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int($1) }
    }
}
