import NodeEngine
import NodeState
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Deleting a link")
struct LinkActTests {
    private typealias Link = LinkAct.Link

    /// A message of RTM_NEWLINK without its head.
    private static func message(_ link: LinkAct.Link) -> [UInt8] {
        var bytes: [UInt8] =
            [0, 0, 1, 0] + NetlinkMessage.native(Int32(link.index)) + [0, 0, 0, 0, 0, 0, 0, 0]
            + NetlinkMessage.text(3, link.name)
        if let master = link.master { bytes += NetlinkMessage.attribute(10, NetlinkMessage.native(UInt32(master))) }
        if let kind = link.kind { bytes += NetlinkMessage.attribute(18, NetlinkMessage.text(1, kind)) }
        return bytes
    }

    @Test("a link is read with its number, its kind and what it is a port of")
    func links() {
        for link in [
            Link(index: 7, name: "cni0", kind: "bridge"), Link(index: 70_000, name: "veth1", kind: "veth", master: 7),
            Link(index: 1, name: "lo"),
        ] {
            #expect(LinkAct.link(in: Self.message(link)[...]) == link)
        }
    }

    @Test("whatever is cut off a message, it is none or a smaller one")
    func cut() {
        let link = Link(index: 7, name: "veth1", kind: "bridge", master: 9)
        let whole = Self.message(link)
        for length in 0..<whole.count { #expect(LinkAct.link(in: whole[..<length]) != link, "\(length)") }
        for place in 16..<whole.count {
            var wrong = whole
            wrong[place] = 0xFF
            // It may be another link, and nothing is read beyond the end.
            _ = LinkAct.link(in: wrong[...])
        }
    }

    @Test("the message deletes by the number, and asks for an answer")
    func deletion() {
        #expect(
            LinkAct.deletion(of: 0x0107) == [32, 0, 0, 0, 17, 0, 5, 0, 1, 0, 0, 0, 0, 0, 0, 0]
                + [0, 0, 0, 0, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("another number, another kind, a port of it or being one itself is against it")
    func faults() {
        let cni0 = NetworkLink("cni0", index: 7, kind: .bridge)
        let fault = { (all: [LinkAct.Link]) in LinkAct.fault(of: cni0, among: all) != nil }
        let found = Link(index: 7, name: "cni0", kind: "bridge")
        #expect(!fault([]) && !fault([found]))
        #expect(fault([Link(index: 8, name: "cni0", kind: "bridge")]))
        #expect(fault([Link(index: 7, name: "cni0", kind: "openvswitch")]))
        #expect(fault([Link(index: 7, name: "cni0")]))
        #expect(fault([found, Link(index: 9, name: "veth1", kind: "veth", master: 7)]))
        #expect(!fault([found, Link(index: 9, name: "veth1", kind: "veth", master: 8)]))
        #expect(fault([Link(index: 7, name: "cni0", kind: "bridge", master: 8)]))
    }

    @Test("no other link is deleted, whatever is proposed")
    func closed() {
        for link in [
            NetworkLink("eth0", index: 2, kind: .bridge), NetworkLink("cni0", index: 2, kind: .vxlan),
            NetworkLink("cali0", index: 2, kind: .dummy), NetworkLink("lo", index: 1, kind: .dummy),
        ] {
            #expect(
                throws: ChangeError.refused(
                    "cannot delete \(link.name): it is no \(link.kind.rawValue) link that nucprep may delete")
            ) { try LinkAct().remove(link) }
        }
    }

    @Test(
        "the kernel deletes an unused bridge and a vxlan link, once, and no other",
        .enabled(if: OwnNetwork.allows("ip link add cni0 type bridge && ip link add v0 type veth peer name v1")))
    func live() throws {
        try OwnNetwork.run {
            let made = try OwnNetwork.shell(
                """
                ip link add cni0 type bridge && ip link add v0 type veth peer name v1 && ip link set v0 master cni0 &&
                ip link add flannel.1 type vxlan id 1 dstport 8472 dev v1 && cd /proc/self &&
                ip -o link | sed 's/^\\([0-9]*\\): \\([^:@]*\\).*/\\2=\\1/'
                """)
            let index = { (name: String) in
                made.text.split(separator: "\n").first { $0.hasPrefix("\(name)=") }
                    .flatMap { Int($0.dropFirst(name.count + 1)) }
            }
            let cni0 = NetworkLink("cni0", index: try #require(index("cni0")), kind: .bridge)
            let flannel = NetworkLink("flannel.1", index: try #require(index("flannel.1")), kind: .vxlan)
            #expect(throws: ChangeError.movedOn("cannot delete cni0: v0 is connected to it")) {
                try LinkAct().remove(cni0)
            }
            #expect(try OwnNetwork.shell("ip link set v0 nomaster").status == 0)
            #expect(throws: ChangeError.movedOn("cannot delete cni0: it is another link than it was")) {
                try LinkAct().remove(NetworkLink("cni0", index: cni0.index + 90, kind: .bridge))
            }
            #expect(try LinkAct().remove(cni0) == .applied)
            #expect(try LinkAct().remove(cni0) == .alreadyTrue)
            #expect(try LinkAct().remove(flannel) == .applied)
            let left = try OwnNetwork.shell("ip -br link | cut -d' ' -f1 | sed 's/@.*//'").text
            #expect(Set(left.split(separator: "\n")).isSuperset(of: ["lo", "v0", "v1"]))
            #expect(!left.contains("cni0") && !left.contains("flannel"))
            #expect(throws: Errno.self) { try NetlinkRequest.send(protocol: 0, LinkAct.deletion(of: cni0.index)) }
        }
    }
}
