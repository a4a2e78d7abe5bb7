internal import CLinux
internal import Glibc
internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// Deletes chains of an earlier cluster from nf_tables with their rules and the jumps to them: in one transaction, which
/// holds for the rules as they were read and changes nothing when any part of it cannot be done.
///
/// - Source: kernel, net/netfilter/nfnetlink.c (`nfnetlink_rcv_batch`), net/netfilter/nf_tables_api.c (`nf_tables_valid_genid`,
///   `nf_tables_delrule`, `nf_tables_delchain`); include/uapi/linux/netfilter/nf_tables.h.
struct ChainsAct: Sendable {
    private static let families: [String: UInt8] = ["ip": 2, "ip6": 10]

    /// The numbers of messages; the first byte of those of nf_tables is that of the subsystem.
    private enum Message {
        static let begin: UInt16 = 16
        static let end: UInt16 = 17
        static let deleteChain: UInt16 = 10 << 8 | 5
        static let getRule: UInt16 = 10 << 8 | 7
        static let deleteRule: UInt16 = 10 << 8 | 8
        static let getGeneration: UInt16 = 10 << 8 | 16
    }

    /// Deletes those of `chains` that are there.
    func delete(_ chains: [ChainName]) throws(ChangeError) -> Effect {
        for chain in chains where !chain.isRemovable {
            throw .refused("cannot delete the chain \(chain.name): it is not one of those that nucprep may delete")
        }
        let wanted = Set(chains)
        let (generation, found, rules): ([UInt8], [PacketFilterChain], [PacketFilterRule])
        do throws(Errno) {
            // Before the rest: what changes afterwards makes the transaction fail.
            generation = try Self.generation()
            found = try LivePacketFilter.list()
            rules = try NetlinkDump.messages(protocol: CLINUX_DUMP_NETFILTER, type: Message.getRule).map {
                (message) throws(Errno) in
                guard let rule = PacketFilterRule(message: message[...]) else { throw .badMessage }
                return rule
            }
        } catch {
            throw .failed("cannot read the packet filter: \(error)")
        }
        var present: [ChainName] = []
        for chain in found {
            let name = ChainName(family: chain.family, table: chain.table, name: chain.name)
            guard wanted.contains(name) else { continue }
            guard chain.hook == nil else {
                throw .movedOn("cannot delete the chain \(chain.name): packets enter it by themselves")
            }
            present.append(name)
        }
        guard !present.isEmpty else { return .alreadyTrue }
        let batch = Self.batch(deleting: present, jumps: try Self.jumps(to: present, among: rules), at: generation)
        do throws(Errno) {
            try NetlinkRequest.send(protocol: CLINUX_DUMP_NETFILTER, batch)
            return .applied
        } catch {
            switch error.rawValue {
            case ERESTART, ENOENT: throw .movedOn("cannot delete the chains: the packet filter has changed meanwhile")
            case EBUSY: throw .refused("cannot delete the chains: a map of nf_tables refers to one of them")
            default: throw .failed("cannot delete the chains: \(error)")
            }
        }
    }

    /// The rules in other chains that jump to those that are deleted.
    ///
    /// - Throws: when one of them does more than that.
    static func jumps(
        to chains: [ChainName], among rules: [PacketFilterRule]
    ) throws(ChangeError) -> [PacketFilterRule] {
        let deleted = Set(chains)
        var jumps: [PacketFilterRule] = []
        for rule in rules where !deleted.contains(rule.chain) {
            let target = rule.targets.first { target in
                deleted.contains(ChainName(family: rule.chain.family, table: rule.chain.table, name: target))
            }
            guard let target else { continue }
            guard rule.isPlainJump else {
                throw .refused(
                    "cannot delete the chain \(target): a rule of the chain \(rule.chain.name) in the table \(rule.chain.table) jumps to it and does more than that"
                )
            }
            jumps.append(rule)
        }
        return jumps
    }

    /// The messages of the transaction: first the jumps, then what is in the chains, then these.
    ///
    /// The last one asks for an answer; errors are answered unasked.
    static func batch(deleting chains: [ChainName], jumps: [PacketFilterRule], at generation: [UInt8]) -> [UInt8] {
        var sequence: UInt32 = 0
        let message = { (type: UInt16, flags: UInt16, body: [UInt8]) in
            sequence += 1
            return NetlinkMessage.bytes(type, flags: flags, sequence: sequence, body)
        }
        let request = NetlinkMessage.request
        // The number of the subsystem is in network order.
        let subsystem: [UInt8] = [0, 0, 0, 10]
        var bytes = message(Message.begin, request, subsystem + NetlinkMessage.attribute(1, generation))
        for rule in jumps {
            bytes += message(
                Message.deleteRule, request,
                head(rule.chain) + NetlinkMessage.text(1, rule.chain.table) + NetlinkMessage.text(2, rule.chain.name)
                    + NetlinkMessage.attribute(3, rule.handle))
        }
        for chain in chains {
            bytes += message(
                Message.deleteRule, request,
                head(chain) + NetlinkMessage.text(1, chain.table) + NetlinkMessage.text(2, chain.name))
        }
        for (index, chain) in chains.enumerated() {
            bytes += message(
                Message.deleteChain, index == chains.count - 1 ? NetlinkMessage.acknowledged : request,
                head(chain) + NetlinkMessage.text(1, chain.table) + NetlinkMessage.text(3, chain.name))
        }
        return bytes + message(Message.end, request, subsystem)
    }

    private static func head(_ chain: ChainName) -> [UInt8] { [families[chain.family] ?? 0, 0, 0, 0] }

    /// The number of the last change of nf_tables, as the kernel writes it.
    private static func generation() throws(Errno) -> [UInt8] {
        let answers = try NetlinkRequest.send(
            protocol: CLINUX_DUMP_NETFILTER, NetlinkMessage.bytes(Message.getGeneration, [0, 0, 0, 0]))
        guard let answer = answers.first, let attributes = NetlinkDump.attributes(of: answer[...], after: 4),
            let number = attributes[1], number.count == 4
        else { throw .badMessage }
        return Array(number)
    }
}
