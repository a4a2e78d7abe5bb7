import LinuxHost
import NodeEngine
import NodeRequirements
import NodeState
import NodeTesting
import Testing

@Suite("Questions to the CRI")
struct CRIQuestionTests {
    private static let asking = [
        Record(id: "images-available", name: "good"), Record(id: "containerd-systemd-cgroup", name: "good-2.1"),
        Record(id: "pod-sandbox-starts", name: "no-image"),
    ]

    /// The verdict for now on a record whose container runtime answers no question about images and cgroups.
    private func verdict(_ record: Record, _ answer: RuntimeAnswer) async throws -> Verdict {
        var host = try record.host
        host.record.runtime = answer
        host.record.images = nil
        host.record.cgroupDriver = nil
        let judged = try await host.judged(by: [
            ContainerdCRIEnabled(host.configuration), record.requirement(host.configuration),
        ])
        return try #require(judged.entries.last).now
    }

    @Test("what asks a CRI that is off waits for it, and is not unknown", arguments: asking)
    func off(_ record: Record) async throws {
        #expect(try await verdict(record, .withoutCRI) == .blocked(by: ["containerd-cri-enabled"]))
    }

    @Test("what gets no answer of a CRI that is on is unknown", arguments: asking)
    func on(_ record: Record) async throws {
        guard case .unknown = try await verdict(record, .serving(name: "containerd", version: "v2.1.4")) else {
            Issue.record("it is known")
            return
        }
    }
}
