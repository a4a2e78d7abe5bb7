import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Testing

@testable import NodeEngine

@Suite("Values shared in a look")
struct SharedValuesTests {
    fileprivate final class Counter: Sendable {
        private let count = Mutex(0)
        var value: Int { count.withLock { $0 } }
        func add() { count.withLock { $0 += 1 } }
    }

    private func memory(
        _ host: FakeHost, _ values: SharedValues, _ trace: EvidenceTrace?
    ) -> SharedMemory { SharedMemory(values: values, host: host.view, trace: trace) }

    private func text(_ memory: SharedMemory, _ counter: Counter) async throws(ObservationError) -> String {
        try await memory.value("a text") { (host) async throws(ObservationError) in
            counter.add()
            return try await host.files.text(at: "/a") ?? "absent"
        }
    }

    @Test("are computed once, and what they rest on is evidence of each one that uses them")
    func evidence() async throws {
        let host = FakeHost(["/a": .text("one")])
        let counter = Counter()
        let values = SharedValues()
        let traces = [EvidenceTrace(host), EvidenceTrace(host), EvidenceTrace(host)]
        for trace in traces.prefix(2) { #expect(try await text(memory(host, values, trace), counter) == "one") }
        #expect(counter.value == 1)
        #expect(traces[0].digest == traces[1].digest)
        #expect(traces[0].digest != traces[2].digest, "one that does not use the value does not rest on it")
        // Another look, after the file changed.
        host.set("/a", to: .text("two"))
        let later = EvidenceTrace(host)
        #expect(try await text(memory(host, values, nil), counter) == "one", "within the look it stays")
        #expect(try await text(memory(host, SharedValues(), later), counter) == "two")
        #expect(later.digest != traces[0].digest)
    }

    @Test("that cannot be computed are no more computed again, unless the cause need not last")
    func errors() async throws {
        let host = FakeHost(["/a": .unreadable("it is closed")])
        let counter = Counter()
        let values = SharedValues()
        for _ in 0..<2 {
            await #expect(throws: ObservationError.self) { try await text(memory(host, values, nil), counter) }
        }
        #expect(counter.value == 1)
        for _ in 0..<2 {
            await #expect(throws: ObservationError.self) {
                try await memory(host, values, nil).value("busy") { (_) async throws(ObservationError) -> Int in
                    counter.add()
                    throw ObservationError(reading: "/b", cause: "busy", errno: .resourceBusy)
                }
            }
        }
        #expect(counter.value == 3)
    }

    @Test("within one another keep what they rest on")
    func nested() async throws {
        func digest(_ content: String) async throws -> String {
            let host = FakeHost(["/a": .text(content)])
            let trace = EvidenceTrace(host)
            _ = try await memory(host, SharedValues(), trace).value("outer") { (host) async throws(ObservationError) in
                try await host.shared("inner") { (host) async throws(ObservationError) in
                    try await host.files.text(at: "/a")
                }
            }
            return trace.digest
        }
        let digests = [try await digest("one"), try await digest("one"), try await digest("two")]
        #expect(digests[0] == digests[1])
        #expect(digests[0] != digests[2])
    }

    @Test("are gone with the look, even one that keeps the view it was computed from")
    func forgotten() async throws {
        KeepingView.kept.withLock { $0 = nil }
        _ = await Inspector([KeepingView(Configuration())]).look(at: FakeHost([:]).view)
        #expect(KeepingView.count.value > 0, "nothing was computed")
        #expect(KeepingView.kept.withLock { $0?.value == nil })
    }

    @Test("a waiver answers for what nobody can tell, and not for what cannot be read")
    func waivers() throws {
        let doubt = Finding("swap-command", expected: "no swap", actual: "x may run swapon")
        let id = Alpha.entry.id
        let waiver = Waiver(
            requirement: id, nodes: [], reason: "harmless", until: "2026-12-31",
            origin: .init(file: "nucprep.toml", line: 1))
        func verdict(_ error: ObservationError) -> Verdict? {
            let look = Look(
                entry: Alpha.entry, now: .success(.met(observed: "")), nextBoot: .failure(error), evidence: "")
            return Judgement([look], waivers: [waiver], today: "2026-07-29").entries.first?.nextBoot
        }
        #expect(
            verdict(ObservationError(predicting: "swap", doubt: doubt)) == .waived(waiver, hiding: [doubt]))
        let error = ObservationError(reading: "/etc/fstab", cause: "it is closed")
        #expect(verdict(error) == .unknown(error))
    }
}

/// A requirement whose shared value holds its view, as a reader of units does.
private struct KeepingView: Requirement {
    final class Value: Sendable {
        let host: HostView
        init(_ host: HostView) { self.host = host }
    }

    struct Reference: @unchecked Sendable { weak var value: Value? }
    static let kept = Mutex<Reference?>(nil)
    static let count = SharedValuesTests.Counter()
    static let entry = CatalogEntry("keeping", group: "test", title: "it keeps", why: "a test", source: "a test")
    let inputs: [Input] = []
    init(_ configuration: Configuration) {}

    func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Int {
        let value = try await host.shared("a view") { (view) async throws(ObservationError) in Value(view) }
        Self.kept.withLock { $0 = Reference(value: value) }
        Self.count.add()
        return 1
    }

    func assess(_ value: Int, at horizon: Horizon) -> Assessment { .met(observed: "") }
}
