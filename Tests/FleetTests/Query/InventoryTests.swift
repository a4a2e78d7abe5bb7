import NodeAPI
import NodeTesting
import Testing

@testable import Fleet

@Suite("Inventory")
struct InventoryTests {
    static let body = Samples.inventory(of: Samples.fleet).cluster

    @Test("takes the entry of the configuration for a name it has, else a target for ssh")
    func naming() throws {
        let inventory = try Inventory(naming: ["nuc02", "ops@192.0.2.7"], in: Self.body)
        #expect(inventory.nodes.map(\.name) == ["nuc02", "ops@192.0.2.7"])
        #expect(inventory.nodes.map(\.isListed) == [true, false])
        #expect(inventory.nodes.map(\.role) == ["worker", nil])
        #expect(inventory.isNarrowed)
    }

    @Test("refuses what cannot be asked", arguments: [[], ["nuc02", "nuc02"], ["-oProxyCommand=id"], ["a b"], [""]])
    func refuses(_ names: [String]) {
        #expect(throws: InventoryError.self) { try Inventory(naming: names, in: Self.body) }
    }

    @Test(
        "takes the configured deadline, else one by the number of nodes",
        arguments: [(15, 32, 15), (0, 32, 15), (0, 1, 20), (3, 1, 3)])
    func deadlines(_ configured: Int, _ fanout: Int, _ seconds: Int) {
        var inventory = Samples.inventory(of: Samples.fleet)
        inventory.cluster?.deadlineS = configured
        inventory.nodes = (0..<10).map { Samples.node("nuc\($0)") }
        #expect(inventory.deadlineSeconds(fanout: fanout) == seconds)
    }

    @Test("picked workers have joins and no init")
    func workers() throws {
        let answers = Array(Samples.fleet.dropFirst())
        let inventory = try Inventory(naming: ["nuc02", "nuc03"], in: Self.body)
        let report = FleetReport(
            inventory: inventory, answers: answers, request: .init(deadlineMs: 15000), generatedAtUs: 0)
        #expect(report.phases.map(\.phase) == [.join("nuc02"), .join("nuc03")])
        #expect(report.verdict == .go)
    }

    @Test("init without a control plane among the picked nodes is incomplete")
    func initWithoutPlane() throws {
        let inventory = try Inventory(naming: ["nuc02"], in: Self.body)
        let report = FleetReport(
            inventory: inventory, answers: [Samples.fleet[1]], request: .init(phases: .initialise, deadlineMs: 15000),
            generatedAtUs: 0)
        #expect(report.verdict == .incomplete)
    }
}
