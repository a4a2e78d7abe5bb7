import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Matrix of a report")
struct MatrixTests {
    @Test(
        "the cell of the next boot says the worst of it, and nothing of what only informs",
        arguments: [
            ("met", "error", "predicted"), ("not_applicable", "error", "predicted"), ("waived", "error", "predicted"),
            ("unmet", "info", "predicted"), ("unmet", "warning", "warn 1"), ("unmet", "error", "FAIL 1"),
            ("unmet", "fatal", "FAIL 1"), ("unknown", "error", "unkn 1"), ("blocked", "error", "unkn 1"),
            ("perhaps", "error", "unkn 1"),
        ] as [(WireVerdict, WireSeverity, String)])
    func afterReboot(nextBoot: WireVerdict, severity: WireSeverity, cell: String) {
        let finding = Samples.finding("seen", horizon: "next_boot", severity: severity)
        var answers = Samples.fleet
        answers[1].heard?.status.requirements[0] = Samples.requirement(
            "swap-off", nextBoot: nextBoot, findings: nextBoot == "unmet" ? [finding] : [])
        let matrix = Matrix(Samples.report(answers))
        #expect(matrix.nodes.map(\.afterReboot) == ["predicted", cell, "predicted"])
    }
}
