import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Dumps over netlink")
struct NetlinkDumpTests {
    /// An attribute, padded to four bytes.
    private static func attribute(_ number: UInt8, _ bytes: [UInt8], nested: Bool = false) -> [UInt8] {
        let padding = [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
        return [UInt8(bytes.count + 4), 0, number, nested ? 0x80 : 0] + bytes + padding
    }

    private static func chain(policy: UInt8, hook: UInt8?) -> [UInt8] {
        var message: [UInt8] =
            [2, 0, 0, 7] + attribute(1, Array("filter\0".utf8)) + attribute(3, Array("FORWARD\0".utf8))
        if let hook {
            message += attribute(4, attribute(1, [0, 0, 0, hook]) + attribute(2, [0, 0, 0, 0]), nested: true)
            message += attribute(5, [0, 0, 0, policy])
        }
        return message + attribute(6, [0, 0, 1, 3])
    }

    @Test("a chain is read with its hook, its policy and its uses")
    func chains() {
        let name = (family: "ip", table: "filter", name: "FORWARD")
        let expected = PacketFilterChain(family: name.family, table: name.table, name: name.name, uses: 259)
        #expect(LivePacketFilter.chain(in: Self.chain(policy: 0, hook: nil)[...]) == expected)
        var base = expected
        (base.hook, base.drops) = ("forward", true)
        #expect(LivePacketFilter.chain(in: Self.chain(policy: 0, hook: 2)[...]) == base)
        base.drops = false
        #expect(LivePacketFilter.chain(in: Self.chain(policy: 1, hook: 2)[...]) == base)
    }

    @Test("whatever is cut off a message, it is no chain or a smaller one, and nothing is read beyond it")
    func cut() {
        let whole = Self.chain(policy: 0, hook: 2)
        for length in 0..<whole.count {
            let part = LivePacketFilter.chain(in: whole[..<length])
            #expect(part?.uses != 259, "\(length) of \(whole.count) bytes")
        }
        var wrong = whole
        wrong[4] = 0xFF
        #expect(LivePacketFilter.chain(in: wrong[...]) == nil)
        wrong[4] = 3
        #expect(LivePacketFilter.chain(in: wrong[...]) == nil)
    }

    @Test("an address without an end is no lease")
    func leases() {
        let message = { (valid: [UInt8]) in
            // The interface 1 is the loopback of every network.
            [2, 24, 0, 0, 1, 0, 0, 0] + Self.attribute(1, [192, 168, 50, 1]) + Self.attribute(2, [192, 168, 50, 11])
                + Self.attribute(6, [0xFF, 0xFF, 0xFF, 0xFF] + valid + [0, 0, 0, 0, 0, 0, 0, 0])
        }
        #expect(LiveNetwork.lease(in: message([0xFF, 0xFF, 0xFF, 0xFF])[...]) == nil)
        #expect(LiveNetwork.lease(in: message([0x10, 0x0E, 0, 0])[...]) == LeasedAddress("192.168.50.11", on: "lo"))
        #expect(LiveNetwork.lease(in: [2, 24, 0, 0]) == nil)
    }

    @Test("the running kernel answers, and each of its leases is an address of the machine")
    func live() async throws {
        let network = try LinuxMachine(root: "/").view.network
        let addresses = try await network.addresses()
        for lease in try await network.leasedAddresses() { #expect(addresses.contains(lease.address)) }
        // Every network has its loopback, so an empty answer would be a wrong one.
        #expect(try NetlinkDump.messages(protocol: 0, type: 22).contains { $0.first == 2 })
    }

    @Test("a request that the kernel does not know is its error, not an empty answer")
    func unknownRequest() {
        #expect(throws: Errno.self) { try NetlinkDump.messages(protocol: 0, type: 4095) }
    }

    @Test("the room is that of the file system that a path leads to")
    func room() throws {
        let tree = try ScratchTree()
        try tree.write("", to: "/a/file")
        try tree.link("/link", to: "/a")
        let files = try RootedOpen(root: tree.path)
        let room = try #require(try files.room(at: "/link/file"))
        #expect(room.mebibytes > 0 && room.availableMebibytes <= room.mebibytes)
        #expect(try files.room(at: "/none") == nil)
    }
}
