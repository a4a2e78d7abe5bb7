internal import NodeState
internal import Testing

@testable internal import NucprepDaemon

@Suite("Who this machine is")
struct NodeIdentityTests {
    private func configuration(_ nodes: [Configuration.Node], local: String = "") -> Configuration {
        var configuration = Configuration()
        configuration.nodes = nodes
        configuration.localNode = local
        return configuration
    }

    private let nodes = [Samples.node("nuc01", "192.0.2.1", line: 3), Samples.node("nuc02", "192.0.2.2", line: 8)]

    @Test("is nobody in particular when no nodes are named")
    func alone() {
        let identity = NodeIdentity(configuration([]), addresses: ["192.0.2.1"])
        #expect(identity == .alone)
        #expect(identity.node == nil)
    }

    @Test("is told by one of its addresses")
    func one() {
        let identity = NodeIdentity(configuration(nodes), addresses: ["10.0.0.1", "192.0.2.2"])
        #expect(identity.node?.name == "nuc02")
    }

    @Test("is not known when no address fits, and the addresses are said")
    func none() {
        let identity = NodeIdentity(configuration(nodes), addresses: ["10.0.0.1"])
        guard case .unknown(let text) = identity else {
            Issue.record("\(identity)")
            return
        }
        #expect(text.contains("10.0.0.1"))
        #expect(identity.node == nil)
    }

    @Test("is not known when two fit, and both are said with their places")
    func two() {
        let identity = NodeIdentity(configuration(nodes), addresses: ["192.0.2.1", "192.0.2.2"])
        guard case .unknown(let text) = identity else {
            Issue.record("\(identity)")
            return
        }
        #expect(text.contains("nuc01 (/etc/nucprep/nucprep.toml:3)"))
        #expect(text.contains("nuc02 (/etc/nucprep/nucprep.toml:8)"))
    }

    @Test("is what the local configuration says, whatever the addresses")
    func local() {
        #expect(NodeIdentity(configuration(nodes, local: "nuc01"), addresses: ["192.0.2.2"]).node?.name == "nuc01")
        let stranger = NodeIdentity(configuration(nodes, local: "nuc09"), addresses: ["192.0.2.2"])
        #expect(stranger == .unknown("no node is called nuc09"))
    }

    @Test("decides which waivers hold here")
    func waivers() {
        var configuration = configuration(nodes, local: "nuc01")
        let waiver = { (nodes: [String]) in
            Waiver(requirement: "swap-off", nodes: nodes, reason: "r", until: "2026-12-31", origin: .builtIn)
        }
        configuration.waivers = [waiver([]), waiver(["nuc01"]), waiver(["nuc02"])]
        let known = NodeIdentity(configuration, addresses: []).waivers(of: configuration)
        #expect(known.map(\.nodes) == [[], ["nuc01"]])
        #expect(NodeIdentity.unknown("who?").waivers(of: configuration).map(\.nodes) == [[]])
    }
}
