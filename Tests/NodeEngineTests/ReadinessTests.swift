import NodeEngine
import NodeState
import Testing

@Suite("Readiness")
struct ReadinessTests {
    private static let error = Finding("bad", expected: "", actual: "")
    private static let warning = Finding("bad", severity: .warning, expected: "", actual: "")
    private static let waiver = Waiver(requirement: "alpha", nodes: [], reason: "", until: "", origin: .builtIn)
    static let verdicts: [Verdict] = [
        .met(observed: ""), .notApplicable(because: ""), .waived(waiver, hiding: [error]),
        .unmet(observed: "", findings: [error]), .unmet(observed: "", findings: [warning]),
        .unmet(observed: "", findings: []), .unknown(ObservationError(reading: "", cause: "")), .blocked(by: ["alpha"]),
    ]

    private func entry(_ now: Verdict, _ nextBoot: Verdict = .met(observed: ""), _ severity: Severity = .error)
        -> ReportEntry
    {
        ReportEntry(
            entry: CatalogEntry("alpha", group: "", title: "", severity: severity, why: "", source: ""), now: now,
            nextBoot: nextBoot)
    }

    @Test("a failure outweighs what is unknown, and that a warning")
    func order() {
        #expect(Readiness.go < .goWithWarnings)
        #expect(Readiness.goWithWarnings < .incomplete)
        #expect(Readiness.incomplete < .noGo)
    }

    @Test("each verdict weighs what it says, by the severity")
    func verdicts() {
        let expected: [Severity: [Readiness]] = [
            .error: [.go, .go, .goWithWarnings, .noGo, .goWithWarnings, .noGo, .incomplete, .incomplete],
            .warning: [
                .go, .go, .goWithWarnings, .noGo, .goWithWarnings, .goWithWarnings, .goWithWarnings, .goWithWarnings,
            ],
            .info: [.go, .go, .goWithWarnings, .noGo, .goWithWarnings, .go, .go, .go],
        ]
        for (severity, answers) in expected {
            for (verdict, answer) in zip(Self.verdicts, answers) {
                #expect(Readiness(of: entry(verdict, .met(observed: ""), severity)) == answer, "\(severity) \(verdict)")
                #expect(Readiness(of: entry(.met(observed: ""), verdict, severity)) == answer, "\(severity) \(verdict)")
            }
        }
    }

    @Test("the worse horizon decides, and a further entry never makes it better")
    func worst() {
        for first in Self.verdicts {
            for second in Self.verdicts {
                let both = Readiness(of: entry(first, second))
                #expect(both == max(Readiness(of: entry(first)), Readiness(of: entry(second))))
                #expect(Readiness(of: [entry(first), entry(second)]) == both)
            }
        }
    }

    @Test("a report of nothing is incomplete")
    func empty() { #expect(Readiness(of: []) == .incomplete) }

    @Test("what is contested is no go although it is met")
    func contested() {
        var contested = entry(.met(observed: ""))
        contested.isContested = true
        #expect(Readiness(of: contested) == .noGo)
    }

    @Test("the worse horizon is the verdict of a requirement")
    func verdict() {
        for first in Self.verdicts {
            for second in Self.verdicts {
                #expect(entry(first, second).verdict.badness == max(first.badness, second.badness))
            }
        }
    }
}
