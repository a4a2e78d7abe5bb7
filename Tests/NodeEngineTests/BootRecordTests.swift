import NodeEngine
import NodeState
import Testing

@Suite("Boot record")
struct BootRecordTests {
    private let boot = String(repeating: "b", count: 32)

    private func record(predicting evidence: String) -> BootRecord {
        var record = BootRecord(bootID: String(repeating: "a", count: 32))
        record.predictions["alpha"] = evidence
        return record
    }

    private func expectFailed(
        _ expected: [RequirementID], of failed: [RequirementID], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(failed == expected, sourceLocation: sourceLocation)
    }

    @Test("a prediction comes true when the first look of another boot is met under the same evidence")
    func proven() {
        var record = record(predicting: "e1")
        expectFailed([], of: record.begin(bootID: boot, [look()]))
        #expect(record.proof(of: look()) == .proven)
        #expect(record.proof(of: look(evidence: "e2")) == .predicted)
    }

    @Test("other evidence proves nothing, and is no failure")
    func otherEvidence() {
        var record = record(predicting: "e0")
        expectFailed([], of: record.begin(bootID: boot, [look()]))
        #expect(record.proof(of: look()) == .predicted)
    }

    @Test("what was predicted and is not met is a failed prediction", arguments: [unmet, unreadable])
    func failed(_ now: Result<Assessment, ObservationError>) {
        var record = record(predicting: "e1")
        expectFailed(["alpha"], of: record.begin(bootID: boot, [look(now: now)]))
        #expect(record.proof(of: look()) == .predicted)
    }

    @Test("without a prediction there is no proof and no failure")
    func unpredicted() {
        var record = BootRecord(bootID: String(repeating: "a", count: 32))
        expectFailed([], of: record.begin(bootID: boot, [look(now: unmet)]))
        expectFailed([], of: record.begin(bootID: "c", [look()]))
        #expect(record.proof(of: look()) == .predicted)
    }

    @Test("a second look under the same boot decides nothing")
    func sameBoot() {
        var record = record(predicting: "e1")
        _ = record.begin(bootID: boot, [look(now: unmet)])
        expectFailed([], of: record.begin(bootID: boot, [look()]))
        #expect(record.proofs == [:])
    }

    @Test("a new boot forgets the proofs of the one before")
    func forgetting() {
        var record = record(predicting: "e1")
        _ = record.begin(bootID: boot, [look()])
        record.predictions = [:]
        _ = record.begin(bootID: "c", [look()])
        #expect(record.proof(of: look()) == .predicted)
    }

    @Test("a later look predicts what is met at the next boot, and takes back what is not")
    func update() {
        var record = BootRecord(bootID: boot)
        record.update([look("alpha"), look("beta", now: unmet, evidence: "e2")])
        #expect(record.predictions == ["alpha": "e1", "beta": "e2"])
        record.update([look("alpha", nextBoot: unreadable)])
        #expect(record.predictions == ["beta": "e2"])
    }

    @Test("there is nothing to prove of what is not met at the next boot", arguments: [unmet, unreadable])
    func nothing(_ nextBoot: Result<Assessment, ObservationError>) {
        var record = record(predicting: "e1")
        _ = record.begin(bootID: boot, [look()])
        #expect(record.proof(of: look(nextBoot: nextBoot)) == .none)
    }
}
