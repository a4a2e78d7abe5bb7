import CLinux
import Glibc
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("News of the kernel's values and of its network")
struct KernelNewsTests {
    private let tree: ScratchTree
    private static let bridge: FilePath = "/proc/sys/net/bridge/bridge-nf-call-iptables"
    private static let forward: FilePath = "/proc/sys/net/ipv4/ip_forward"

    init() throws { tree = try ScratchTree() }

    private func watches(_ inputs: Set<Input>) throws -> ValueWatches {
        let inotify = SharedDescriptor(try Descriptor(taking: clinux_inotify_create()))
        return ValueWatches(inotify: inotify, files: try RootedOpen(root: tree.path), inputs: inputs)
    }

    @Test("a value that is written is heard, and another is not")
    func written() throws {
        try tree.write("1\n", to: Self.bridge)
        try tree.write("1\n", to: Self.forward)
        let watches = try watches([.sysctl(Self.bridge), .sysctl("/proc/sys/net/ipv4/none")])
        #expect(watches.drain() == [])
        try tree.write("0\n", to: Self.forward)
        #expect(watches.drain() == [])
        try tree.write("0\n", to: Self.bridge)
        #expect(watches.drain() == [.sysctl(Self.bridge)])
        #expect(watches.drain() == [])
    }

    @Test("a value that comes later is heard once it was looked for")
    func later() throws {
        let watches = try watches([.sysctl(Self.bridge)])
        try tree.write("1\n", to: Self.bridge)
        watches.arm()
        _ = watches.drain()
        try tree.write("0\n", to: Self.bridge)
        #expect(watches.drain() == [.sysctl(Self.bridge)])
    }

    @Test("a value that changes without an event is found by reading it, and only those of the bridge are read")
    func sampled() throws {
        try tree.write("1\n", to: Self.bridge)
        let watches = try watches([.sysctl(Self.bridge), .sysctl(Self.forward)])
        #expect(watches.sample() == [])
        try tree.write("0\n", to: Self.bridge)
        try tree.write("0\n", to: Self.forward)
        #expect(watches.sample() == [.sysctl(Self.bridge)])
        #expect(watches.sample() == [])
        tree.remove(Self.bridge)
        #expect(watches.sample() == [.sysctl(Self.bridge)])
    }

    @Test(
        "values of the bridge are read more often on a node that belongs to a cluster, and nothing is where there are none"
    )
    func period() throws {
        #expect(try watches([.sysctl(Self.forward)]).period == nil)
        let watches = try watches([.sysctl(Self.bridge)])
        #expect(watches.period == .seconds(30))
        try tree.write("x", to: "/etc/kubernetes/kubelet.conf")
        #expect(watches.period == .seconds(5))
    }

    /// A netlink message of a type with four bytes of body.
    private static func message(_ type: UInt16, length: UInt32 = 20) -> [UInt8] {
        unsafe withUnsafeBytes(of: length) { unsafe Array($0) } + withUnsafeBytes(of: type) { unsafe Array($0) }
            + [UInt8](repeating: 0, count: 14)
    }

    @Test("messages are told apart by what they are about, and a malformed one ends the reading")
    func routes() throws {
        let socket = SharedDescriptor(try Descriptor(taking: clinux_route_open()))
        let news = RouteNews(socket, inputs: [.sysctl(Self.forward), .sysctl(Self.bridge), .addresses])
        // RTM_NEWADDR, RTM_NEWROUTE, RTM_DELLINK, RTM_NEWNETCONF, RTM_NEWNEIGH.
        #expect(news.inputs(in: Self.message(20)) == [.addresses])
        #expect(news.inputs(in: Self.message(24)) == [.addresses])
        #expect(news.inputs(in: Self.message(17)) == [.addresses])
        #expect(news.inputs(in: Self.message(80)) == [.sysctl(Self.forward)])
        #expect(news.inputs(in: Self.message(28)) == [])
        #expect(news.inputs(in: Self.message(28) + Self.message(80)) == [.sysctl(Self.forward)])
        #expect(news.inputs(in: Self.message(20, length: 4) + Self.message(80)) == [])
        #expect(news.inputs(in: Self.message(20, length: 4000)) == [])
        #expect(news.inputs(in: [1, 2, 3]) == [])
        // What this machine's own network does meanwhile may be heard too, and of other values nothing ever is.
        #expect(news.drain().isSubset(of: [.sysctl(Self.forward), .addresses]))
    }
}
