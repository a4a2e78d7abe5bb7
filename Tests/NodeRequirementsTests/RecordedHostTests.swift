import NodeEngine
import NodeRequirements
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("Recorded hosts")
struct RecordedHostTests {
    @Test("there are records of every requirement", .enabled(if: Record.isWhole), arguments: Catalog.ids)
    func records(_ id: RequirementID) {
        #expect(Record.all.count { $0.id == id } >= 3)
    }

    @Test("a host is judged as its report says", arguments: Record.all)
    func report(_ record: Record) async throws {
        let host = try record.host
        let judged = try await host.judged(by: [record.requirement(host.configuration)])
        let text = InspectionText.text(of: judged)
        guard case .different(let recorded) = try Golden.compare(text, with: host.report) else { return }
        Issue.record("\(record.testDescription) is judged:\n\(text)\nand its report says:\n\(recorded ?? "nothing")")
    }
}
