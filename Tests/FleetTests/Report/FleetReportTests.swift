import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Fleet report")
struct FleetReportTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var requirement: RequirementBody
        var verdict: FleetVerdict
    }

    static func unmet(_ severity: WireSeverity, horizon: WireHorizon = "now") -> RequirementBody {
        Samples.requirement(
            "swap-off", now: horizon == "now" ? "unmet" : "met", nextBoot: horizon == "now" ? "met" : "unmet",
            findings: [Samples.finding("seen", horizon: horizon, severity: severity)])
    }

    static let contested: RequirementBody = {
        var body = Samples.requirement("swap-off")
        body.contested = ContestedBody(since: "2026-11-22T10:15:00.000000Z", retryAt: nil)
        return body
    }()

    @Test(
        "weighs what a requirement says",
        arguments: [
            Case(testDescription: "met", requirement: Samples.requirement("swap-off"), verdict: .go),
            Case(
                testDescription: "not applicable",
                requirement: Samples.requirement("swap-off", now: "not_applicable", nextBoot: "not_applicable"),
                verdict: .go),
            Case(testDescription: "an error now", requirement: unmet("error"), verdict: .noGo),
            Case(
                testDescription: "an error at the next boot", requirement: unmet("error", horizon: "next_boot"),
                verdict: .noGo),
            Case(testDescription: "a warning", requirement: unmet("warning"), verdict: .goWithWarnings),
            Case(testDescription: "information", requirement: unmet("info"), verdict: .go),
            Case(testDescription: "a severity of later days", requirement: unmet("fatal"), verdict: .noGo),
            Case(
                testDescription: "unmet without a finding", requirement: Samples.requirement("swap-off", now: "unmet"),
                verdict: .noGo),
            Case(
                testDescription: "unknown", requirement: Samples.requirement("swap-off", nextBoot: "unknown"),
                verdict: .incomplete),
            Case(
                testDescription: "unknown of a warning",
                requirement: Samples.requirement("swap-off", now: "unknown", severity: "warning"),
                verdict: .goWithWarnings),
            Case(
                testDescription: "blocked",
                requirement: Samples.requirement("swap-off", now: "blocked", blockedBy: ["x"]),
                verdict: .incomplete),
            Case(
                testDescription: "a verdict of later days",
                requirement: Samples.requirement("swap-off", now: "perhaps"),
                verdict: .incomplete),
            Case(
                testDescription: "waived",
                requirement: Samples.requirement("swap-off", now: "waived", nextBoot: "waived"),
                verdict: .goWithWarnings),
            Case(testDescription: "contested", requirement: contested, verdict: .noGo),
        ])
    func algebra(_ example: Case) {
        var answers = Samples.fleet
        answers[1].heard?.status.requirements[0] = example.requirement
        let report = Samples.report(answers)
        #expect(report.phases.map(\.verdict) == [.go, example.verdict, .go])
        #expect(report.verdict == example.verdict)
        #expect((report.causes.count > 0) == (example.verdict != .go))
    }

    @Test("selects phases: a worker does not hold init back")
    func phases() {
        var answers = Samples.fleet
        answers[1].heard?.status.requirements[0] = Self.unmet("error")
        #expect(Samples.report(answers, phases: .initialise).verdict == .go)
        #expect(Samples.report(answers, phases: .join).verdict == .noGo)
        #expect(Samples.report(answers).exitStatus == .noGo)
    }

    @Test("takes warnings for failures when it is strict")
    func strict() {
        var answers = Samples.fleet
        answers[1].heard?.status.requirements[0] = Self.unmet("warning")
        #expect(Samples.report(answers).exitStatus == .go)
        #expect(Samples.report(answers, strict: true).verdict == .noGo)
    }

    @Test("makes noise before the banner a warning")
    func noise() {
        var answers = Samples.fleet
        answers[1].noise = Noise(bytes: 20, firstLine: Array("Last login: \u{1B}[31m".utf8))
        let report = Samples.report(answers)
        #expect(report.verdict == .goWithWarnings)
        #expect(report.causes[0].remark.actual.contains("Last login: \\u{1b}[31m"))
    }

    @Test("is incomplete without nodes, and says what is missing")
    func empty() {
        let report = Samples.report([])
        #expect(report.verdict == .incomplete)
        #expect(report.causes.first?.remark.actual == "the configuration names no [[nodes]]")
    }

    @Test("is incomplete when the phase asked for has no node")
    func missingPhase() {
        #expect(Samples.report([Samples.fleet[0]], phases: .join).verdict == .incomplete)
        #expect(Samples.report([Samples.fleet[1]], phases: .initialise).verdict == .noGo)
    }

    @Test("keeps the failures of a stale answer")
    func stale() {
        var answers = Samples.fleet
        answers[1].heard?.status.requirements[0] = Self.unmet("error")
        answers[1].failure = NodeFailure(.stale, "")
        #expect(Samples.report(answers).phases[1].verdict == .noGo)
    }

    @Test("folds equal causes of several nodes into one, and counts what waits behind it")
    func causes() {
        var answers = Samples.fleet
        for index in 1...2 {
            answers[index].heard?.status.requirements = [
                Self.unmet("error"), Samples.requirement("kernel-modules", now: "blocked", blockedBy: ["swap-off"]),
            ]
            answers[index].heard?.status.requirements[0].findings[0].actual = "swap on \(index)"
        }
        answers[0].heard?.status.requirements[0] = Self.unmet("warning")
        answers[0].noise = Noise(bytes: 3)
        let causes = Samples.report(answers).causes
        #expect(causes.map(\.index) == [1, 2])
        #expect(causes[0].remark.nodes == ["nuc01", "nuc02", "nuc03"])
        #expect(causes[0].actuals.map(\.text) == ["bad", "swap on 1", "swap on 2"])
        #expect(causes[0].hides == 2)
        #expect(causes[1].remark.reason == "noise")
    }

    @Test("prints for each node what that node says, and never one node's line for another")
    func advice() {
        var answers = Samples.fleet
        for (index, line) in [(0, 9), (1, 12), (2, 9)] {
            var body = Self.unmet("error")
            body.findings[0].manual = ["edit line \(line)"]
            answers[index].heard?.status.requirements[0] = body
        }
        let report = Samples.report(answers)
        #expect(report.causes.count == 1)
        let advice = report.causes[0].advice
        #expect(advice.map(\.nodes) == [["nuc01", "nuc03"], ["nuc02"]])
        #expect(advice.map(\.manual) == [["edit line 9"], ["edit line 12"]])
        let body = ReportBody(report).causes[0]
        #expect(body.remedy == "nuc01, nuc03: edit line 9; nuc02: edit line 12")
    }

    @Test("is done where the node is what the phase makes of it")
    func done() {
        var answers = Samples.fleet
        answers[0].heard?.status.node.lifecycle = "initialised"
        answers[1].heard?.status.node.lifecycle = "joined"
        var report = Samples.report(answers)
        #expect(report.phases.map(\.wire) == ["done", "done", "go"])
        #expect(report.wire == "go")
        answers[2].heard?.status.node.lifecycle = "joined"
        report = Samples.report(answers)
        #expect(report.wire == "done" && report.word == "DONE" && report.exitStatus == .go)
        answers[0].heard?.status.requirements[0] = Self.unmet("error")
        report = Samples.report(answers)
        #expect(report.phases.map(\.wire) == ["no_go", "done", "done"])
        #expect(report.wire == "no_go")
    }

    @Test("shows what is blocked by nothing that is seen")
    func homeless() {
        var answers = Samples.fleet
        answers[1].heard?.status.requirements[1] = Samples.requirement(
            "kernel-modules", now: "blocked", blockedBy: ["x"])
        let causes = Samples.report(answers).causes
        #expect(causes.map(\.remark.reason) == ["blocked"])
    }

    @Test("says the same of the digest whatever the order of the nodes")
    func digest() {
        let report = Samples.report(Samples.fleet)
        #expect(report.digest == Samples.report(Samples.fleet.reversed()).digest)
        #expect(report.digest.hasPrefix("sha256:") && report.digest.utf8.count == 71)
        var changed = Samples.fleet
        changed[0].heard?.status.generation += 1
        #expect(Samples.report(changed).digest != report.digest)
    }

    @Test("writes a document with every key, and reads it again")
    func document() throws {
        var answers = Samples.fleet
        answers[2] = NodeAnswer(answers[2].node, failure: NodeFailure(.hostKeyUnknown, "no \u{202E}key", sshExit: 255))
        let body = ReportBody(Samples.report(answers))
        let text = String(decoding: body.json, as: UTF8.self)
        #expect(text.utf8.allSatisfy { $0 == 0x0A || (0x20...0x7E).contains($0) })
        #expect(try WireJSON.decode(ReportBody.self, from: body.json) == body)
        for part in [
            #""schema":"nucprep.report/1""#, #""generated_at":"2026-11-22T10:15:02.101233Z""#,
            #""valid_until":"2026-11-22T10:25:02.101233Z""#, #""verdict":"incomplete""#, #""exit_status":3"#,
            #""failure":{"detail":"no \\u{202e}key","kind":"host_key_unknown","ssh_exit":255}"#, #""status":null"#,
            #""requirement":null"#, #""command":["ssh","nuc03"]"#, #""reason":"host-key-unknown""#,
            #""phases":[{"causes":[],"ignore_preflight_errors":[],"node":"nuc01","phase":"init","verdict":"go"}"#,
            #""request":{"allow_held":false,"deadline_ms":15000,"nodes":["nuc01","nuc02","nuc03"],"phase":"all","strict":false}"#,
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }
}
