import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("What convergence tells")
struct ConvergenceReportTests {
    private func observing(_ host: FakeHost) -> TestNode {
        var configuration = Configuration()
        configuration.mode = .observe
        return TestNode(view: host.view, control: FakeControl(), requirements: samples, configuration: configuration)
    }

    private func drifts(_ node: TestNode) -> [Occurrence] {
        node.told.values.filter { if case .drift = $0 { true } else { false } }
    }

    @Test("a drift is told once, with its cause and the time since the event")
    func drift() async {
        let host = sampleHost()
        let node = observing(host)
        await node.convergence.pass(.boot)
        #expect(drifts(node) == [])
        host.set("/etc/alpha", to: .text("bad"))
        let eventAt = node.clock.engine.boottime() - 1500
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: eventAt)
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: eventAt)
        await node.convergence.pass(.backstop)
        #expect(
            drifts(node) == [
                .drift("alpha", .now, expected: "good", actual: "bad", detectedBy: .event, latencyMicroseconds: 1500)
            ])
        let history = node.published.values.last?.histories["alpha"]
        #expect(history?.drifts == 1)
        #expect(history?.latency == 1500)
        #expect(history?.detectedBy == .event)
    }

    @Test("a drift that only a backstop finds is told as missed")
    func missed() async {
        let host = sampleHost()
        let node = observing(host)
        await node.convergence.pass(.boot)
        host.set("/etc/alpha", to: .text("bad"))
        await node.convergence.pass(.backstop)
        #expect(node.told.values.contains(.missed("alpha")))
    }

    @Test("what becomes unreadable is told, and is no drift")
    func unreadable() async throws {
        let host = sampleHost()
        let node = observing(host)
        await node.convergence.pass(.boot)
        host.set("/etc/alpha", to: .unreadable("Input/output error"))
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        let error = ObservationError(reading: "/etc/alpha", cause: "Input/output error")
        #expect(node.told.values == [.unreadable("alpha", .now, error)])
        #expect(try #require(node.published.values.last).readiness == .incomplete)
    }

    @Test("the generation grows with a change of verdict and with a full look, and else stays")
    func generation() async throws {
        let host = sampleHost()
        let node = observing(host)
        await node.convergence.pass(.boot)
        let first = try #require(node.published.values.last).generation
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(try #require(node.published.values.last).generation == first)
        await node.convergence.pass(.backstop)
        #expect(try #require(node.published.values.last).generation == first + 1)
        host.set("/etc/alpha", to: .text("bad"))
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(try #require(node.published.values.last).generation == first + 2)
        let generations = node.published.values.map(\.generation)
        #expect(generations == generations.sorted())
    }

    @Test("only a full look moves the instant of the last one, to when it began")
    func observedAt() async throws {
        let host = sampleHost()
        let node = observing(host)
        await node.convergence.pass(.boot)
        let begun = try #require(node.published.values.last)
        #expect(begun.observedAt == node.clock.engine.realtime())
        node.clock.advance(seconds: 5)
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(try #require(node.published.values.last).observedAt == begun.observedAt)
        await node.convergence.pass(.request)
        #expect(try #require(node.published.values.last).observedAt == begun.observedAt + 5_000_000)
        #expect(try #require(node.published.values.last).observedAtBoottime == begun.observedAtBoottime + 5_000_000)
    }

    @Test("five repairs in a minute are contested: told once, slowed, never given up, and calm after ten minutes")
    func contested() async throws {
        let host = sampleHost()
        let control = obeying(host)
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        for _ in 0..<5 {
            host.set("/etc/alpha", to: .text("bad"))
            await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        }
        #expect(control.asked.count == 5)
        #expect(node.told.values.count { $0 == .contested("alpha") } == 1)
        host.set("/etc/alpha", to: .text("bad"))
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(control.asked.count == 5, "the sixth repair waits")
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.refused.map(\.refusal.reason) == [.contested])
        #expect(snapshot.entries.first?.isContested == true)
        #expect(snapshot.dueAtBoottime == node.clock.engine.boottime() + 1_000_000)
        node.clock.advance(seconds: 1)
        await node.convergence.pass(.request)
        #expect(control.asked.count == 6)
        #expect(try #require(node.published.values.last).readiness == .noGo, "contested is no go")
        node.clock.advance(seconds: 600)
        await node.convergence.pass(.backstop)
        #expect(node.told.values.last == .calm("alpha"))
        #expect(try #require(node.published.values.last).readiness == .go)
    }

    @Test("rules that are adopted work from the next pass on, and what they leave out is forgotten")
    func adopting() async throws {
        let host = sampleHost(alpha: "bad")
        let node = observing(host)
        await node.convergence.pass(.boot)
        var rules = Convergence.Rules(
            configuration: Configuration(), requirements: [Beta(Configuration())], waivers: [],
            lifecycle: { (_) async throws(ObservationError) in .fresh }, lifecycleInputs: [],
            isMember: { (_) async throws(ObservationError) in false },
            kubeadm: { (_) async throws(ObservationError) in KubeadmSighting(process: nil) })
        rules.configuration.mode = .observe
        await node.convergence.adopt(rules)
        await node.convergence.pass(.request)
        #expect(try #require(node.published.values.last).entries.map(\.entry.id) == ["beta"])
        #expect(await node.convergence.inputs == [.path("/etc/beta")])
    }

    @Test("a change of the lifecycle is told")
    func lifecycle() async {
        let host = sampleHost()
        let joined = Recorder<Bool>()
        let node = TestNode(
            view: host.view, control: FakeControl(), requirements: samples,
            lifecycle: { (_) async throws(ObservationError) in joined.values.isEmpty ? .fresh : .joined })
        await node.convergence.pass(.boot)
        joined.note(true)
        await node.convergence.pass(.backstop)
        #expect(node.told.values == [.lifecycle(from: .fresh, to: .joined)])
    }
}

@Suite("Proof of a boot")
struct BootProofTests {
    private let host = sampleHost()

    private func boot(_ letter: Character, _ memory: MemoryRecord) -> TestNode {
        TestNode(
            view: host.view, control: obeying(host), requirements: [Alpha(Configuration())],
            bootID: String(repeating: letter, count: 32), memory: memory)
    }

    private func proof(_ node: TestNode) -> BootProof? { node.published.values.last?.entries.first?.proof }

    @Test("what is met at the first look after a reboot was predicted, and is proven then")
    func proven() async {
        let memory = MemoryRecord()
        let first = boot("a", memory)
        await first.convergence.pass(.boot)
        #expect(proof(first) == .predicted, "installed in the middle of a boot: nothing is proven")
        await boot("a", memory).convergence.pass(.boot)
        #expect(memory.record.proofs == [:], "the same boot proves nothing")
        let second = boot("b", memory)
        await second.convergence.pass(.boot)
        #expect(proof(second) == .proven)
        let restarted = boot("b", memory)
        await restarted.convergence.pass(.boot)
        #expect(proof(restarted) == .proven, "a restart of the daemon keeps it")
        host.set("/etc/alpha.boot", to: .text("good otherwise"))
        await second.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(proof(second) == .predicted, "the file says something else since")
    }

    @Test("what had to be repaired after a reboot is not proven, and the prediction is told as failed")
    func failed() async {
        let memory = MemoryRecord()
        await boot("a", memory).convergence.pass(.boot)
        host.set("/etc/alpha", to: .text("bad"))
        let second = boot("b", memory)
        await second.convergence.pass(.boot)
        #expect(second.told.values.first == .predictionFailed("alpha", actual: "bad"))
        #expect(proof(second) == .predicted)
        #expect(second.published.values.last?.readiness == .go)
    }
}
