import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Testing

@testable import NodeEngine

/// A gate that a test disturbs.
private final class TestGate: GateWatching {
    private let number = Mutex(0)
    func begin() -> Int? { number.withLock { $0 } }
    func isQuiet(since former: Int) -> Bool { number.withLock { $0 == former } }
    /// Something happened that decides about acting.
    func disturb() { number.withLock { $0 += 1 } }
}

/// A fact that a test changes.
private final class Fact: Sendable {
    private let value = Mutex(false)
    var isSo: Bool { value.withLock { $0 } }
    func set(_ isSo: Bool) { value.withLock { $0 = isSo } }
}

@Suite("What decides about each act")
struct GateTests {
    private let host = sampleHost()
    private let gate = TestGate()
    private let asked = Recorder<String>()
    private let running = Fact()
    private let member = Fact()

    private func node(_ control: FakeControl) -> TestNode {
        TestNode(
            view: host.view, control: control, requirements: samples,
            lifecycle: { [asked, member] (_) async throws(ObservationError) in
                asked.note("cluster")
                return member.isSo ? .joined : .fresh
            }, gate: gate,
            kubeadm: { [asked, running] (_) async throws(ObservationError) in
                asked.note("kubeadm")
                return running.isSo ? KubeadmProcess(pid: 7) : nil
            })
    }

    private func drift(_ node: TestNode, _ path: FilePath = "/etc/alpha") async {
        host.set(path, to: .text("bad"))
        await node.convergence.drifted([.path(path)], eventAt: 0)
    }

    @Test("is not asked again as long as the gate is quiet")
    func quiet() async {
        let control = obeying(host)
        let node = node(control)
        await node.convergence.pass(.boot)
        let before = asked.values.count
        for _ in 0..<3 { await drift(node) }
        #expect(control.asked.count == 3)
        #expect(asked.values.count == before)
    }

    @Test("a kubeadm that was started right before an event stops its repair, and its end is noticed")
    func started() async throws {
        let control = obeying(host)
        let node = node(control)
        await node.convergence.pass(.boot)
        running.set(true)
        gate.disturb()
        await drift(node)
        #expect(control.asked == [])
        #expect(try #require(node.published.values.last).stop == .kubeadm(KubeadmProcess(pid: 7)))
        // Nothing tells of its end: while it runs it is asked for each time.
        running.set(false)
        await drift(node)
        #expect(control.asked.count == 1)
    }

    @Test("a kubeadm that is started while one step is carried out stops the next one")
    func between() async {
        let host = sampleHost(alpha: "bad", beta: "bad")
        let (running, gate) = (Recorder<Bool>(), gate)
        let control = FakeControl { (change) throws(ChangeError) in
            guard case .writeFile(let edit) = change else { throw .failed("what?") }
            host.set(edit.path, to: .text("good"))
            running.note(true)
            gate.disturb()
            return .applied
        }
        let node = TestNode(
            view: host.view, control: control, requirements: samples, gate: gate,
            kubeadm: { (_) async throws(ObservationError) in running.values.isEmpty ? nil : KubeadmProcess(pid: 7) })
        await node.convergence.pass(.boot)
        #expect(control.asked.map(\.object) == ["/etc/alpha"])
    }

    @Test("a join that began right before an event keeps the member from being changed, and A1 goes on")
    func joined() async throws {
        let control = obeying(host)
        let node = node(control)
        await node.convergence.pass(.boot)
        member.set(true)
        gate.disturb()
        await drift(node, "/etc/beta")
        #expect(control.asked == [], "A2 on a member")
        #expect(try #require(node.published.values.last).lifecycle == .joined)
        await drift(node)
        #expect(control.asked.map(\.object) == ["/etc/alpha"])
    }

    @Test("what cannot be told is asked again before each act, and so is what goes by kubeadm's name")
    func doubts() async {
        let control = obeying(host)
        let namesake = Convergence.Rules(
            configuration: Configuration(), requirements: samples, waivers: [],
            lifecycle: { (_) async throws(ObservationError) in .fresh }, lifecycleInputs: [],
            isMember: { (_) async throws(ObservationError) in false },
            kubeadm: { [asked] (_) async throws(ObservationError) in
                asked.note("kubeadm")
                var sighting = KubeadmSighting(process: nil)
                sighting.hasNamesakes = true
                return sighting
            })
        let node = node(control)
        await node.convergence.adopt(namesake)
        await node.convergence.pass(.boot)
        let before = asked.values.count
        for _ in 0..<3 { await drift(node) }
        #expect(control.asked.count == 3)
        #expect(asked.values.count == before + 3)
    }
}
