import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Cluster rules")
struct ClusterRulesTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var spoil: @Sendable (inout [NodeAnswer]) -> Void
        /// `requirement reason nodes contribution`.
        var remarks: [String]
        var initialise = FleetVerdict.go
        var joins = [FleetVerdict.go, .go]
    }

    static func words(_ remark: Remark) -> String {
        "\(remark.requirement ?? "-") \(remark.reason) \(remark.nodes.joined(separator: ",")) \(remark.contribution.wire)"
    }

    static let cases: [Case] = [
        Case(testDescription: "nothing wrong", spoil: { _ in }, remarks: []),
        Case(
            testDescription: "one configuration differs",
            spoil: { $0[2].heard?.status.facts.configurationSha256 = "two" },
            remarks: ["configuration-agrees configuration-differs nuc03 no_go"], initialise: .noGo, joins: [.go, .noGo]),
        Case(
            testDescription: "no majority of configurations",
            spoil: {
                $0[1].heard?.status.facts.configurationSha256 = "two"
                $0[2].heard?.status.facts.configurationSha256 = "three"
            }, remarks: ["configuration-agrees configuration-differs nuc01,nuc02,nuc03 no_go"], initialise: .noGo,
            joins: [.noGo, .noGo]),
        Case(
            testDescription: "a configuration is not said",
            spoil: { $0[1].heard?.status.facts.configurationSha256 = nil },
            remarks: ["configuration-agrees not-said nuc02 incomplete"], joins: [.incomplete, .go]),
        Case(
            testDescription: "the control plane does not say its configuration",
            spoil: { $0[0].heard?.status.facts.configurationSha256 = nil },
            remarks: ["configuration-agrees not-said nuc01 incomplete"], initialise: .incomplete,
            joins: [.incomplete, .incomplete]),
        Case(
            testDescription: "a copied disk", spoil: { $0[2].heard?.status.facts.machineIdHash = "id of nuc02" },
            remarks: ["machine-ids-unique shared-machine-id nuc02,nuc03 no_go"], initialise: .noGo,
            joins: [.noGo, .noGo]),
        Case(
            testDescription: "a machine id is not said", spoil: { $0[2].heard?.status.facts.machineIdHash = nil },
            remarks: ["machine-ids-unique not-said nuc03 incomplete"], joins: [.go, .incomplete]),
        Case(
            testDescription: "a shared MAC, in other letters",
            spoil: { $0[2].heard?.status.facts.macs = ["MAC of nuc02"] },
            remarks: ["macs-unique shared-mac nuc02,nuc03 no_go"], initialise: .noGo, joins: [.noGo, .noGo]),
        Case(
            testDescription: "two short names alike", spoil: { $0[2].heard?.status.node.name = "NUC02.example.org" },
            remarks: ["hostnames-unique shared-name nuc02,nuc03 no_go"], initialise: .noGo, joins: [.noGo, .noGo]),
        Case(
            testDescription: "a node has another's address",
            spoil: { $0[2].heard?.status.node.addresses = ["address of nuc03", "address of nuc02", "172.17.0.1"] },
            remarks: ["addresses-unique shared-address nuc02,nuc03 no_go"], initialise: .noGo, joins: [.noGo, .noGo]),
        Case(
            testDescription: "two control planes are planned",
            spoil: {
                $0[1].node.role = "control_plane"
                $0[1].heard?.status.node.role = "control_plane"
            },
            remarks: ["control-plane-single several-planned nuc01,nuc02 no_go"], initialise: .noGo, joins: [.go]),
        Case(
            testDescription: "a node has another role than planned",
            spoil: { $0[1].heard?.status.node.role = "control_plane" },
            remarks: ["configuration-agrees role-differs nuc02 no_go"], initialise: .noGo, joins: [.noGo, .go]),
        Case(
            testDescription: "a node does not know that it is planned", spoil: { $0[1].heard?.status.node.role = nil },
            remarks: ["configuration-agrees role-differs nuc02 no_go"], initialise: .noGo, joins: [.noGo, .go]),
        Case(
            testDescription: "another version", spoil: { $0[1].heard?.status.node.nucprepVersion = "9.9.9" },
            remarks: ["reports-complete versions-differ nuc02 go_with_warnings"], joins: [.goWithWarnings, .go]),
        Case(
            testDescription: "a worker runs a control plane",
            spoil: { $0[1].heard?.status.node.lifecycle = "initialised" },
            remarks: ["control-plane-single stray-control-plane nuc02 no_go"], initialise: .noGo, joins: [.noGo, .go]),
        Case(
            testDescription: "the control plane runs already",
            spoil: { $0[0].heard?.status.node.lifecycle = "initialised" },
            remarks: []),
        Case(
            testDescription: "a lifecycle is unknown", spoil: { $0[1].heard?.status.node.lifecycle = nil },
            remarks: ["reports-complete lifecycle-unknown nuc02 incomplete"], joins: [.incomplete, .go]),
        Case(
            testDescription: "a node judges nothing", spoil: { $0[1].heard?.status.requirements = [] },
            remarks: [
                "reports-complete no-requirements nuc02 incomplete",
                "reports-complete catalogues-differ nuc02 incomplete",
            ], joins: [.incomplete, .go]),
        Case(
            testDescription: "a clock is 3 s off", spoil: { $0[1].heard?.clock.offsetUs = 3_000_000 },
            remarks: ["clocks-agree clock-off nuc02 go_with_warnings"], joins: [.goWithWarnings, .go]),
        Case(
            testDescription: "a worker's clock is 9 s off: init stands",
            spoil: { $0[1].heard?.clock.offsetUs = -9_000_000 },
            remarks: ["clocks-agree clock-off nuc02 no_go"], joins: [.noGo, .go]),
        Case(
            testDescription: "the control plane's clock is 9 s off", spoil: { $0[0].heard?.clock.offsetUs = 9_000_000 },
            remarks: ["clocks-agree clock-off nuc01 no_go"], initialise: .noGo),
        Case(
            testDescription: "a clock behind a slow way",
            spoil: { $0[1].heard?.clock = ClockReading(offsetUs: 9_000_000, errorUs: 1_500_000) },
            remarks: ["clocks-agree clock-unknown nuc02 incomplete"], joins: [.incomplete, .go]),
        Case(
            testDescription: "an offset within its error bar",
            spoil: { $0[1].heard?.clock = ClockReading(offsetUs: 1_400_000, errorUs: 600_000) }, remarks: []),
    ]

    @Test("names the odd one out and the phases it bears on", arguments: cases)
    func rules(_ example: Case) {
        var answers = Samples.fleet
        example.spoil(&answers)
        let remarks = ClusterRules(inventory: Samples.inventory(of: answers), answers: answers).remarks()
        #expect(remarks.map(Self.words) == example.remarks)
        let verdicts = Samples.report(answers).phases.map(\.verdict)
        #expect(verdicts == [example.initialise] + example.joins)
    }

    @Test("takes a silent pair for no agreement")
    func silentPair() {
        var answers = Samples.fleet
        for index in 1...2 { answers[index] = NodeAnswer(answers[index].node, failure: NodeFailure(.timeout, "")) }
        #expect(Samples.report(answers).phases.map(\.verdict) == [.go, .incomplete, .incomplete])
    }

    @Test("takes no join for compared while the control plane is silent")
    func silentControlPlane() {
        var answers = Samples.fleet
        answers[0] = NodeAnswer(answers[0].node, failure: NodeFailure(.timeout, ""))
        #expect(Samples.report(answers).phases.map(\.verdict) == [.incomplete, .incomplete, .incomplete])
    }

    @Test("blames both of two clocks, since nobody can say which is wrong")
    func twoClocks() {
        let readings = [0, 7_000_000].map { ClockReading(offsetUs: $0, errorUs: 0) }
        let deviations = ClockComparison([("a", readings[0]), ("b", readings[1])]).deviations
        #expect(deviations.map(\.offsetUs) == [-7_000_000, 7_000_000])
    }

    @Test(
        "writes offsets shortly",
        arguments: [
            (0, "+0.0 ms"), (-3100, "-3.1 ms"), (12_400, "+12 ms"), (1_500_000, "+1.5 s"), (-40_000_000, "-40 s"),
        ])
    func offsets(_ microseconds: Int, _ text: String) { #expect(ClockComparison.text(microseconds) == text) }
}
