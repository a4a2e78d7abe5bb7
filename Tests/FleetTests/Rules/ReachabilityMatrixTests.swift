import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Who reaches whom")
struct ReachabilityMatrixTests {
    private func causes(_ said: [String?]) -> [Remark] {
        var answers = Samples.fleet
        for (index, text) in said.enumerated() { answers[index].heard?.status.facts.traits["reach"] = text }
        return Samples.report(answers).causes.map(\.remark).filter { $0.requirement == "reachability-matrix" }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var said: [String?]
        /// What is found, as `reason: nodes`.
        var found: [String]
    }

    private static let cases = [
        Case(testDescription: "all reach all", said: ["all", "all", "all"], found: []),
        Case(testDescription: "nobody says", said: [nil, nil, nil], found: []),
        Case(
            testDescription: "nobody reaches one, and it reaches all",
            said: ["nuc03=timeout", "nuc03=timeout", "all"], found: ["unreached: nuc03"]),
        Case(
            testDescription: "one is cut off in both directions",
            said: ["nuc03=timeout", "nuc03=no-route", "nuc01=timeout nuc02=timeout"], found: ["unreached: nuc03"]),
        Case(
            testDescription: "one reaches nobody", said: ["all", "nuc01=timeout nuc03=timeout", "all"],
            found: ["reaches-none: nuc02"]),
        Case(
            testDescription: "one way is closed in one direction", said: ["all", "nuc03=timeout", "all"],
            found: ["one-way: nuc02 nuc03"]),
        Case(
            testDescription: "one way is closed in both directions",
            said: ["all", "nuc03=timeout", "nuc02=timeout"], found: []),
        Case(
            testDescription: "the other end does not tell of all", said: ["all", "nuc03=timeout", "..."], found: []),
        Case(
            testDescription: "the other end tells of some", said: ["all", "nuc03=timeout", "nuc01=timeout ..."],
            found: ["one-way: nuc03 nuc01"]),
        Case(testDescription: "one word of a single node", said: ["nuc03=timeout", nil, nil], found: []),
        Case(
            testDescription: "names that are no nodes, and itself",
            said: ["nuc01=timeout evil=timeout ==", "=", "nuc03"], found: []),
    ]

    @Test("who is to be looked at is named", arguments: cases)
    func named(_ example: Case) {
        let found = causes(example.said).map { "\($0.reason): \($0.nodes.joined(separator: " "))" }
        #expect(found == example.found)
    }

    @Test("what is waived there is no fault")
    func waived() {
        var answers = Samples.fleet
        answers[1].heard?.status.facts.traits["reach"] = "nuc03=timeout"
        answers[2].heard?.status.facts.traits["reach"] = "all"
        let matrix = { ReachabilityMatrix(answers, among: ["nuc01", "nuc02", "nuc03"]) }
        #expect(matrix().faults().count == 1)
        answers[1].heard?.status.requirements.append(Samples.requirement("peer-reachability", now: "waived"))
        #expect(matrix().faults().isEmpty)
    }

    @Test("a range that is only warned of on a worker leaves init alone")
    func warning() {
        var answers = Samples.fleet
        answers[2].heard?.status.requirements.append(
            Samples.requirement(
                "pod-cidr-free", now: "unmet", findings: [Samples.finding("close", severity: "warning")]))
        let report = Samples.report(answers)
        #expect(!report.causes.contains { $0.remark.requirement == "cidrs-free-everywhere" })
    }

    @Test("a range that is taken on a worker keeps init back", arguments: ["pod", "service"])
    func ranges(_ range: String) {
        var answers = Samples.fleet
        answers[2].heard?.status.requirements.append(Samples.requirement("\(range)-cidr-free", now: "unmet"))
        let report = Samples.report(answers)
        #expect(report.phases.first?.verdict == .noGo)
        let cause = report.causes.map(\.remark).first { $0.requirement == "cidrs-free-everywhere" }
        #expect(cause?.nodes == ["nuc03"] && cause?.reason == range)
    }
}
