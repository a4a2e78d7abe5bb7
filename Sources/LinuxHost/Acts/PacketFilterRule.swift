internal import NodeState
internal import SystemPackage

/// A rule of nf_tables, as far as it tells where packets go from it.
///
/// - Source: kernel, include/uapi/linux/netfilter/nf_tables.h, `nft_rule_attributes`, `nft_expr_attributes`,
///   `nft_verdict_attributes`.
struct PacketFilterRule: Equatable, Sendable {
    var chain: ChainName
    /// Its number in the table, as the kernel writes it.
    var handle: [UInt8]
    /// The chains that it jumps or goes to.
    var targets: [String]
    /// Whether it has one verdict, a jump to a chain, and else only counts and compares.
    var isPlainJump: Bool

    /// What compares or counts; one that writes somewhere has the attribute with this number, if it can.
    private static let harmless: [String: UInt16?] = [
        "match": .none, "counter": .none, "cmp": .none, "bitwise": .none, "range": .none, "payload": 5, "meta": 3,
        "ct": 4,
    ]

    /// The rule of a message; `nil` when it is malformed.
    init?(message: ArraySlice<UInt8>) {
        guard let family = message.first, let attributes = NetlinkDump.attributes(of: message, after: 4),
            let table = LivePacketFilter.text(attributes[1]), let name = LivePacketFilter.text(attributes[2]),
            let handle = attributes[3], handle.count == 8, let elements = NetlinkDump.list(of: attributes[4] ?? [])
        else { return nil }
        chain = ChainName(
            family: LivePacketFilter.families[family] ?? "family \(family)", table: table, name: name)
        self.handle = Array(handle)
        targets = []
        isPlainJump = true
        for (_, element) in elements {
            guard let expression = NetlinkDump.attributes(of: element, after: 0),
                let word = LivePacketFilter.text(expression[1]),
                let data = NetlinkDump.attributes(of: expression[2] ?? [], after: 0)
            else { return nil }
            if word == "immediate" {
                guard let value = NetlinkDump.attributes(of: data[2] ?? [], after: 0) else { return nil }
                guard let verdict = value[2] else {
                    isPlainJump = false
                    continue
                }
                guard let parts = NetlinkDump.attributes(of: verdict, after: 0) else { return nil }
                if let target = LivePacketFilter.text(parts[2]) { targets.append(target) } else { isPlainJump = false }
            } else if let writing = Self.harmless[word] {
                if let writing, data[writing] != nil { isPlainJump = false }
            } else {
                isPlainJump = false
            }
        }
        if targets.count != 1 { isPlainJump = false }
    }
}
