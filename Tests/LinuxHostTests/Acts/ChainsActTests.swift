import NodeEngine
import NodeState
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Deleting chains of the packet filter")
struct ChainsActTests {
    private static func nested(_ number: UInt16, _ bytes: [UInt8]) -> [UInt8] {
        NetlinkMessage.attribute(number, bytes, isNested: true)
    }

    /// An element of the list of expressions.
    private static func expression(_ name: String, _ data: [UInt8] = []) -> [UInt8] {
        nested(1, NetlinkMessage.text(1, name) + nested(2, data))
    }

    /// A verdict: -3 jumps, -4 goes, 1 accepts.
    private static func verdict(_ code: Int8, to chain: String? = nil) -> [UInt8] {
        let number: [UInt8] = code < 0 ? [0xFF, 0xFF, 0xFF, UInt8(bitPattern: code)] : [0, 0, 0, UInt8(code)]
        let parts = NetlinkMessage.attribute(1, number) + (chain.map { NetlinkMessage.text(2, $0) } ?? [])
        return expression("immediate", NetlinkMessage.attribute(1, [0, 0, 0, 0]) + nested(2, nested(2, parts)))
    }

    private static func message(_ expressions: [UInt8], chain: String = "INPUT") -> [UInt8] {
        [2, 0, 0, 7] + NetlinkMessage.text(1, "filter") + NetlinkMessage.text(2, chain)
            + NetlinkMessage.attribute(3, [0, 0, 0, 0, 0, 0, 0, 9]) + nested(4, expressions)
    }

    private static let compared =
        expression("meta", NetlinkMessage.attribute(1, [0, 0, 0, 1])) + expression("cmp") + expression("match")
        + expression("counter")

    @Test("a jump with comparisons is a plain one; with anything else it is none")
    func plain() throws {
        let rule = { (bytes: [UInt8]) in try #require(PacketFilterRule(message: Self.message(bytes)[...])) }
        for code: Int8 in [-3, -4] {
            let jump = try rule(Self.compared + Self.verdict(code, to: "KUBE-X"))
            #expect(jump.targets == ["KUBE-X"] && jump.isPlainJump && jump.handle == [0, 0, 0, 0, 0, 0, 0, 9])
            #expect(jump.chain == ChainName(family: "ip", table: "filter", name: "INPUT"))
        }
        for more in [
            Self.expression("log"), Self.expression("target"), Self.expression("limit"), Self.expression("lookup"),
            Self.expression("meta", NetlinkMessage.attribute(3, [0, 0, 0, 1])),
            Self.expression("ct", NetlinkMessage.attribute(4, [0, 0, 0, 1])),
            Self.expression("payload", NetlinkMessage.attribute(5, [0, 0, 0, 1])),
            Self.verdict(1), Self.verdict(-3, to: "MINE"),
        ] {
            #expect(try !rule(more + Self.verdict(-3, to: "KUBE-X")).isPlainJump)
        }
        #expect(try rule(Self.verdict(1)).targets == [])
        #expect(try !rule([]).isPlainJump)
    }

    @Test("whatever is cut off a rule or wrong in it, nothing is read beyond it, and no other jump is made of it")
    func hostile() {
        let whole = Self.message(Self.compared + Self.verdict(-3, to: "KUBE-X"))
        for length in 0..<whole.count {
            #expect(PacketFilterRule(message: whole[..<length])?.isPlainJump != true, "\(length) of \(whole.count)")
        }
        for place in 0..<whole.count {
            for byte: UInt8 in [0, 1, 0x7F, 0xFF] {
                var wrong = whole
                wrong[place] = byte
                _ = PacketFilterRule(message: wrong[...])
            }
        }
    }

    private static func rule(
        _ chain: String, to target: String, table: String = "filter", isPlain: Bool = true
    ) -> PacketFilterRule? {
        let more = isPlain ? [] : expression("log")
        var rule = PacketFilterRule(message: message(more + verdict(-3, to: target), chain: chain)[...])
        rule?.chain.table = table
        return rule
    }

    @Test("jumps from other chains of the same table are deleted, and one that does more is against it")
    func jumps() throws {
        let kube = ChainName(family: "ip", table: "filter", name: "KUBE-X")
        let rules = [
            Self.rule("INPUT", to: "KUBE-X"), Self.rule("KUBE-X", to: "KUBE-Y"), Self.rule("INPUT", to: "MINE"),
            Self.rule("INPUT", to: "KUBE-X", table: "nat"),
        ].compactMap(\.self)
        #expect(try ChainsAct.jumps(to: [kube], among: rules) == [rules[0]])
        let more = try #require(Self.rule("MINE", to: "KUBE-X", isPlain: false))
        #expect(throws: ChangeError.self) { try ChainsAct.jumps(to: [kube], among: rules + [more]) }
    }

    @Test("the transaction has the bytes that the kernel takes")
    func bytes() throws {
        let kube = ChainName(family: "ip6", table: "nat", name: "KUBE-X")
        var rule = try #require(Self.rule("PREROUTING", to: "KUBE-X", table: "nat"))
        rule.chain.family = "ip6"
        let table: [UInt8] = [8, 0, 1, 0] + Array("nat\0".utf8)
        let chain: [UInt8] = Array("KUBE-X\0\0".utf8)
        #expect(
            ChainsAct.batch(deleting: [kube], jumps: [rule], at: [0, 0, 1, 7])
                == [28, 0, 0, 0, 16, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10, 8, 0, 1, 0, 0, 0, 1, 7]
                + ([56, 0, 0, 0, 8, 10, 1, 0, 2, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0] + table + [15, 0, 2, 0]
                    + Array("PREROUTING\0\0".utf8) + [12, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 9])
                + ([40, 0, 0, 0, 8, 10, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0] + table + [11, 0, 2, 0] + chain)
                + ([40, 0, 0, 0, 5, 10, 5, 0, 4, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0] + table + [11, 0, 3, 0] + chain)
                + [20, 0, 0, 0, 17, 0, 1, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10])
    }

    @Test("no other chain is deleted, whatever is proposed")
    func closed() {
        for chain in [
            ChainName(family: "ip", table: "filter", name: "DOCKER"),
            ChainName(family: "inet", table: "filter", name: "KUBE-X"),
            ChainName(family: "ip", table: "kube-proxy", name: "KUBE-X"),
            ChainName(family: "ip", table: "nat", name: "KUBE-X\0Y"),
        ] {
            #expect(
                throws: ChangeError.refused(
                    "cannot delete the chain \(chain.name): it is not one of those that nucprep may delete")
            ) { try ChainsAct().delete([chain]) }
        }
    }

    private static let setup = """
        set -e
        for t in iptables-nft ip6tables-nft; do
          $t -t nat -N KUBE-SERVICES; $t -t nat -N KUBE-SVC-A; $t -t nat -N MINE
          $t -t nat -A PREROUTING -m comment --comment 'service portals' -j KUBE-SERVICES
          $t -t nat -A OUTPUT -p tcp --dport 80 -j KUBE-SERVICES
          $t -t nat -A KUBE-SERVICES -p udp -j KUBE-SVC-A
          $t -t nat -A KUBE-SERVICES -j MINE
          $t -t nat -A KUBE-SVC-A -j KUBE-SERVICES 2>/dev/null || true
          $t -t nat -A MINE -p tcp --dport 22 -j RETURN
          $t -t nat -A PREROUTING -j MINE
          $t -N KUBE-FORWARD; $t -A FORWARD -j KUBE-FORWARD; $t -A KUBE-FORWARD -m mark --mark 1 -j ACCEPT
          $t -A INPUT -p tcp --dport 22 -j ACCEPT
        done
        """

    @Test(
        "the kernel deletes them with all jumps, and leaves the rest; or nothing",
        .enabled(if: OwnNetwork.allows("iptables-nft -t nat -N A && ip6tables-nft -t nat -N A")))
    func live() throws {
        try OwnNetwork.run {
            let made = try OwnNetwork.shell(Self.setup)
            #expect(made.status == 0, "\(made.text)")
            let saved = {
                try OwnNetwork.shell("(iptables-nft-save; ip6tables-nft-save) | grep -v '^#' | sed 's/\\[.*//'").text
                    .split(separator: "\n")
            }
            let before = try saved()
            let chains = ["ip", "ip6"].flatMap { family in
                [("nat", "KUBE-SERVICES"), ("nat", "KUBE-SVC-A"), ("filter", "KUBE-FORWARD")].map {
                    ChainName(family: family, table: $0, name: $1)
                }
            }
            // A rule that does more, then a map that jumps: nothing is deleted.
            for (add, delete) in [
                ("iptables-nft -t nat -A MINE -m limit --limit 1/s -j KUBE-SVC-A", "iptables-nft -t nat -D MINE 2"),
                (
                    "nft add rule ip nat MINE tcp dport vmap { 1 : jump KUBE-SVC-A }",
                    "nft delete rule ip nat MINE handle $(nft -a list chain ip nat MINE | sed -n 's/.*vmap.*handle //p')"
                ),
            ] where try OwnNetwork.shell(add).status == 0 {
                let full = try saved()
                #expect(throws: ChangeError.self) { try ChainsAct().delete(chains) }
                #expect(try saved() == full)
                #expect(try OwnNetwork.shell(delete).status == 0)
            }
            #expect(try saved() == before)

            #expect(
                try ChainsAct().delete(chains + [ChainName(family: "ip", table: "nat", name: "KUBE-GONE")]) == .applied)
            #expect(try ChainsAct().delete(chains) == .alreadyTrue)
            #expect(try saved() == before.filter { !$0.contains("KUBE-") })
            #expect(try saved().contains("-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT"))
        }
    }

    @Test(
        "a packet filter that has changed meanwhile is not touched, and many chains go at once",
        .enabled(if: OwnNetwork.allows("iptables-nft -t nat -N A")))
    func generations() throws {
        try OwnNetwork.run {
            let names = (0..<3000).map { "KUBE-SVC-\($0)" }
            let made = try OwnNetwork.shell(
                "(echo '*nat'; for i in $(seq 0 2999); do echo \":KUBE-SVC-$i -\"; echo \"-A PREROUTING -j KUBE-SVC-$i\"; done; echo COMMIT) | iptables-nft-restore"
            )
            #expect(made.status == 0, "\(made.text)")
            let chains = names.map { ChainName(family: "ip", table: "nat", name: $0) }
            let old = ChainsAct.batch(deleting: chains, jumps: [], at: [0, 0, 0, 0x7F])
            #expect(throws: Errno(rawValue: 85)) { try NetlinkRequest.send(protocol: 12, old) }
            #expect(try ChainsAct().delete(chains) == .applied)
            #expect(try !OwnNetwork.shell("iptables-nft-save -t nat").text.contains("KUBE-"))
        }
    }
}
