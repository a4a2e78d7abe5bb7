import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

/// Laws over random reports; the seed is the test's argument, so a failure comes again.
@Suite("Laws of a report")
struct ReportLawTests {
    private static let verdicts: [WireVerdict] = [
        "met", "met", "met", "not_applicable", "unmet", "unknown", "blocked", "waived", "perhaps",
    ]

    private static func requirement(_ id: String, _ random: inout SeededGenerator) -> RequirementBody {
        let now = verdicts.randomElement(using: &random) ?? "met"
        let nextBoot = verdicts.randomElement(using: &random) ?? "met"
        var findings: [FindingBody] = []
        for (horizon, verdict) in [(WireHorizon.now, now), (.nextBoot, nextBoot)] where verdict == "unmet" {
            let severity = WireSeverity.known.randomElement(using: &random) ?? .error
            findings.append(Samples.finding("seen", horizon: horizon, severity: severity))
        }
        return Samples.requirement(
            id, now: now, nextBoot: nextBoot,
            severity: WireSeverity.known.randomElement(using: &random) ?? .error,
            findings: findings, blockedBy: ["swap-off"])
    }

    static func answers(_ random: inout SeededGenerator) -> [NodeAnswer] {
        let isCalm = Bool.random(using: &random)
        return (0..<Int.random(in: 1...7, using: &random)).map { index in
            let name = "nuc\(index)"
            var answer = Samples.answer(name, role: index == 0 ? "control_plane" : "worker")
            if !isCalm {
                answer.heard?.status.requirements = ["swap-off", "kernel-modules"].map { requirement($0, &random) }
            }
            switch Int.random(in: 0...11, using: &random) {
            case 0:
                let kind = NodeFailure.Kind.allCases.randomElement(using: &random) ?? .timeout
                answer = NodeAnswer(answer.node, failure: NodeFailure(kind, "it failed"))
            case 1: answer.failure = NodeFailure(.stale, "old")
            case 2: answer.noise = Noise(bytes: 9)
            case 3: answer.heard?.status.facts.configurationSha256 = "other"
            case 4: answer.heard?.status.facts.machineIdHash = nil
            case 5: answer.heard?.clock.offsetUs = Int.random(in: -9_000_000...9_000_000, using: &random)
            case 6:
                answer.heard?.status.node.lifecycle =
                    [WireLifecycle.initialised, nil, .joined].randomElement(using: &random) ?? nil
            default: break
            }
            return answer
        }
    }

    private static func verdicts(_ report: FleetReport) -> [FleetPhase: FleetVerdict] {
        Dictionary(uniqueKeysWithValues: report.phases.map { ($0.phase, $0.verdict) })
    }

    /// Whether no phase of `worse` is better than in `report`.
    private static func isNoBetter(_ worse: FleetReport, than report: FleetReport) -> Bool {
        let old = verdicts(report)
        return worse.verdict >= report.verdict
            && verdicts(worse).allSatisfy { phase, verdict in old[phase].map { verdict >= $0 } ?? true }
    }

    @Test("one finding, failure or delay more never makes a verdict better", arguments: 0..<400)
    func neverBetter(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let answers = Self.answers(&random)
        let report = Samples.report(answers)
        let index = Int.random(in: answers.indices, using: &random)

        var found = answers
        if var requirement = found[index].heard?.status.requirements.first, requirement.now != "unknown",
            requirement.now != "perhaps", requirement.now != "blocked", requirement.now != "waived"
        {
            requirement.now = "unmet"
            let severity = WireSeverity.known.randomElement(using: &random) ?? .error
            requirement.findings.append(Samples.finding("more", severity: severity))
            found[index].heard?.status.requirements[0] = requirement
        }
        #expect(Self.isNoBetter(Samples.report(found), than: report))

        let failing = NodeAnswer(Samples.node("nuc99"), failure: NodeFailure(.timeout, "silent"))
        #expect(Self.isNoBetter(Samples.report(answers + [failing]), than: report))
        #expect(Samples.report(answers + [failing]).verdict >= .incomplete)

        var delayed = answers
        if delayed[index].failure == nil { delayed[index].failure = NodeFailure(.stale, "late") }
        #expect(Self.isNoBetter(Samples.report(delayed), than: report))
        #expect(Samples.report(delayed).verdict >= .incomplete)
    }

    @Test("the order of the nodes does not matter to a verdict", arguments: 0..<200)
    func order(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 1_000_000)
        let answers = Self.answers(&random)
        let report = Samples.report(answers)
        let other = Samples.report(answers.shuffled(using: &random))
        #expect(other.verdict == report.verdict)
        #expect(Self.verdicts(other) == Self.verdicts(report))
        #expect(other.digest == report.digest)
        #expect(Set(other.causes.map { Set($0.remark.nodes) }) == Set(report.causes.map { Set($0.remark.nodes) }))
    }

    @Test("nothing silent or unknown is ever go", arguments: 0..<300)
    func neverGo(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed) + 2_000_000)
        let answers = Self.answers(&random)
        let report = Samples.report(answers)
        let isSilent = answers.contains { $0.failure != nil }
        let isUnknown = answers.contains { answer in
            (answer.heard?.status.requirements ?? []).contains { body in
                body.severity == "error"
                    && [body.now, body.nextBoot].contains { [WireVerdict.unknown, .blocked, "perhaps"].contains($0) }
            }
        }
        if isSilent || isUnknown { #expect(!report.verdict.isGo) }
        #expect(report.answers.map(\.node.name) == answers.map(\.node.name))
        #expect(report.verdict == report.phases.map(\.verdict).max())
        // What is not go has a cause that says why.
        if report.verdict != .go { #expect(!report.causes.isEmpty) }
        #expect(report.causes.map(\.index) == Array(1..<(report.causes.count + 1)))
    }
}
