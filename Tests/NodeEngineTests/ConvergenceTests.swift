import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("Convergence")
struct ConvergenceTests {
    private let host = sampleHost(alpha: "bad", beta: "bad")

    @Test("what one round puts right unblocks what the next one does, and then it ends")
    func rounds() async throws {
        let control = obeying(host)
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        #expect(control.asked.map(\.object) == ["/etc/alpha", "/etc/beta"])
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.readiness == .go)
        #expect(snapshot.plan.steps == [])
        let fixed = node.told.values.compactMap { if case .fixed(let id, _, _) = $0 { id } else { nil } }
        #expect(fixed == ["alpha", "beta"])
    }

    @Test("a second pass asks for nothing")
    func twice() async {
        let control = obeying(host)
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        let count = control.asked.count
        await node.convergence.pass(.backstop)
        #expect(control.asked.count == count)
    }

    @Test("a control that claims to have acted and did not is not believed, nor asked without end")
    func liar() async throws {
        let control = FakeControl { (_) throws(ChangeError) in .applied }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        #expect(control.asked.count == 1)
        #expect(node.told.values.contains { if case .fixFailed("alpha", _, _) = $0 { true } else { false } })
        #expect(try #require(node.published.values.last).readiness == .noGo)
    }

    @Test("what is so already and does not help is told as failed, and left alone")
    func idle() async throws {
        let control = FakeControl { (_) throws(ChangeError) in .alreadyTrue }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<5 { await node.convergence.pass(.backstop) }
        #expect(control.asked.count == 3)
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.plan.steps == [])
        #expect(
            snapshot.refused.map(\.refusal.text) == ["already in the desired state, but the requirement is still unmet"]
        )
    }

    @Test("whoever makes a new plan necessary each time cannot hold a pass for ever")
    func endless() async {
        let host = host
        let control = FakeControl { (change) throws(ChangeError) in
            host.set("/etc/alpha", to: .text("bad \(UInt64.random(in: 0 ... .max))"))
            throw .movedOn("it has changed")
        }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        #expect((2...8).contains(control.asked.count))
    }

    @Test("a failed change is not tried again in the same pass, and stops its own requirement only")
    func failure() async throws {
        let host = sampleHost(alpha: "good", beta: "bad")
        host.set("/etc/alpha.boot", to: .text("bad"))
        let control = FakeControl { (change) throws(ChangeError) in
            guard change.object == "/etc/alpha.boot" else {
                host.set("/etc/beta", to: .text("good"))
                return .applied
            }
            throw .failed("the disk is full")
        }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        #expect(control.asked.map(\.object) == ["/etc/alpha.boot", "/etc/beta"])
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.refused.map(\.refusal.text) == ["the disk is full"])
        #expect(snapshot.refused.map(\.refusal.reason) == [.failed])
        #expect(snapshot.plan.steps == [])
    }

    @Test("full looks try a failed change three times at once, and an event tries it again")
    func retries() async {
        let control = failing()
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<6 { await node.convergence.pass(.backstop) }
        #expect(control.asked.count == 3)
        await node.convergence.drifted([.path("/etc/else")], eventAt: 0)
        #expect(control.asked.count == 3, "an event of no concern")
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(control.asked.count == 4)
    }

    @Test("a failed change is never given up: it is tried again after five minutes, at the latest after an hour")
    func neverGivenUp() async throws {
        let control = failing()
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<3 { await node.convergence.pass(.backstop) }
        let due = try #require(node.published.values.last?.retryAt)
        #expect(due == node.clock.engine.realtime() + 300_000_000)
        node.clock.advance(seconds: 299)
        await node.convergence.pass(.backstop)
        #expect(control.asked.count == 3)
        node.clock.advance(seconds: 1)
        await node.convergence.pass(.backstop)
        #expect(control.asked.count == 4)
        for _ in 0..<24 {
            node.clock.advance(seconds: 3600)
            await node.convergence.pass(.backstop)
        }
        #expect(control.asked.count == 28, "once an hour for a day")
    }

    @Test("whoever asks for a look after a failure does not wait for the timer")
    func asked() async {
        let control = failing()
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<8 { await node.convergence.pass(.request) }
        #expect(control.asked.count == 3, "but a crowd that asks has nothing tried at its own rate")
        node.clock.advance(seconds: 60)
        await node.convergence.pass(.request)
        #expect(control.asked.count == 4)
    }

    @Test("what waits for a lock is no failure: it is tried in every full look, told once, and done when it is free")
    func locked() async throws {
        let (host, isFree) = (host, Recorder<Bool>())
        let control = FakeControl { (change) throws(ChangeError) in
            guard isFree.values.isEmpty else {
                guard case .writeFile(let edit) = change else { throw .failed("what?") }
                host.set(edit.path, to: .text("good"))
                return .applied
            }
            throw .waiting(.packageLock, "process 7 (apt-get) holds dpkg's lock")
        }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<20 { await node.convergence.pass(.request) }
        #expect(control.asked.count == 20)
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.refused.map(\.refusal.reason) == [.waiting])
        #expect(snapshot.refused.first?.refusal.text == "process 7 (apt-get) holds dpkg's lock")
        #expect(
            node.told.values.count { if case .waiting("alpha", _, _) = $0 { true } else { false } } == 1
                && node.told.values.count == 1, "told once, and as no failure")
        isFree.note(true)
        await node.convergence.pass(.backstop)
        #expect(try #require(node.published.values.last).readiness == .go)
    }

    @Test("what only trying can tell is tried with growing pauses of five minutes at the most")
    func paced() async {
        let control = FakeControl { (_) throws(ChangeError) in throw .waiting(.network, "no way there") }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<5 { await node.convergence.pass(.request) }
        #expect(control.asked.count == 1)
        for wait in [10, 20, 40, 80, 160, 300, 300, 300] {
            let before = control.asked.count
            node.clock.advance(seconds: wait - 1)
            await node.convergence.pass(.backstop)
            #expect(control.asked.count == before)
            #expect(node.published.values.last?.retryAt == node.clock.engine.realtime() + 1_000_000)
            node.clock.advance(seconds: 1)
            await node.convergence.pass(.backstop)
            #expect(control.asked.count == before + 1)
        }
        node.clock.advance(seconds: 10)
        await node.convergence.pass(.request)
        #expect(control.asked.count == 10, "whoever asks waits ten seconds at the most")
    }

    @Test("an event of another requirement does not try a failed change again")
    func othersEvent() async {
        let host = sampleHost(alpha: "bad")
        let control = failing()
        let node = TestNode(view: host.view, control: control, requirements: samples)
        for _ in 0..<4 { await node.convergence.pass(.backstop) }
        await node.convergence.drifted([.path("/etc/beta")], eventAt: 0)
        #expect(control.asked.count == 3)
    }

    @Test("when kubeadm exits, what was held back is done and the end is told")
    func kubeadmEnds() async throws {
        let runs = Recorder<Bool>()
        let control = obeying(host)
        let node = TestNode(
            view: host.view, control: control, requirements: samples,
            kubeadm: { (_) async throws(ObservationError) in
                runs.values.isEmpty ? KubeadmProcess(pid: 7) : nil
            })
        await node.convergence.pass(.boot)
        let stopped = try #require(node.published.values.last)
        #expect(stopped.stop == .kubeadm(KubeadmProcess(pid: 7)))
        runs.note(true)
        await node.convergence.pass(.request)
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.stop == nil && snapshot.readiness == .go)
        #expect(snapshot.generation > stopped.generation)
        let told = node.told.values.filter { if case .stopped = $0 { true } else { false } }
        #expect(told == [.stopped(.kubeadm(KubeadmProcess(pid: 7))), .stopped(nil)])
    }

    @Test("why something is not done is part of the answer: another reason is another generation")
    func reasons() async throws {
        let causes = Recorder<Int>()
        let control = FakeControl { (_) throws(ChangeError) in
            causes.note(1)
            throw .waiting(.packageLock, "process \(causes.values.count)")
        }
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        let first = try #require(node.published.values.last)
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        let second = try #require(node.published.values.last)
        #expect(first.refused != second.refused)
        #expect(second.generation > first.generation)
    }

    @Test("lost events stand for everything")
    func overflow() async {
        let control = failing()
        let node = TestNode(view: host.view, control: control, requirements: samples)
        await node.convergence.pass(.boot)
        await node.convergence.drifted([.overflow], eventAt: 0)
        #expect(control.asked.count == 2)
    }

    @Test("the mode observe plans and changes nothing")
    func observing() async throws {
        var configuration = Configuration()
        configuration.mode = .observe
        let control = FakeControl()
        let node = TestNode(view: host.view, control: control, requirements: samples, configuration: configuration)
        await node.convergence.pass(.boot)
        await node.convergence.drifted([.path("/etc/alpha")], eventAt: 0)
        #expect(control.asked == [])
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.plan.steps.count == 1)
        #expect(snapshot.refused == [])
        #expect(snapshot.readiness == .noGo)
    }

    @Test("while kubeadm runs nothing is changed, nor when that cannot be told", arguments: [true, false])
    func kubeadm(_ isKnown: Bool) async throws {
        let control = FakeControl()
        let node = TestNode(
            view: host.view, control: control, requirements: samples,
            kubeadm: { (_) async throws(ObservationError) in
                guard isKnown else { throw ObservationError(reading: "/proc", cause: "no") }
                return KubeadmProcess(pid: 4711, startedAt: 5)
            })
        await node.convergence.pass(.boot)
        #expect(control.asked == [])
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.refused.map(\.refusal.reason) == [.kubeadmRunning])
        let stop: EnforcementStop =
            isKnown
            ? .kubeadm(KubeadmProcess(pid: 4711, startedAt: 5))
            : .unknown(ObservationError(reading: "/proc", cause: "no"))
        #expect(snapshot.stop == stop, "what stops it is shown")
        #expect(node.told.values == [.stopped(stop)], "and told, once")
    }

    @Test("with an unknown lifecycle only what is always allowed is done, and the answer is no go-ahead")
    func unknownLifecycle() async throws {
        let control = obeying(host)
        let node = TestNode(
            view: host.view, control: control, requirements: samples,
            lifecycle: { (_) async throws(ObservationError) in
                throw ObservationError(reading: "/etc/kubernetes", cause: "no")
            })
        await node.convergence.pass(.boot)
        #expect(control.asked.map(\.object) == ["/etc/alpha"])
        let snapshot = try #require(node.published.values.last)
        #expect(snapshot.refused.map(\.refusal.reason) == [.lifecycle])
        host.set("/etc/beta", to: .text("good"))
        await node.convergence.pass(.request)
        #expect(try #require(node.published.values.last).readiness == .incomplete)
    }

    @Test("a join that begins after the plan was made stops what a member may not have done to it")
    func joining() async {
        let host = sampleHost(beta: "bad")
        let questions = Recorder<Int>()
        let control = obeying(host)
        let node = TestNode(
            view: host.view, control: control, requirements: samples,
            lifecycle: { (_) async throws(ObservationError) in questions.values.count < 2 ? .fresh : .joined },
            kubeadm: { (_) async throws(ObservationError) in
                // Asked when the pass begins, and right before the act.
                questions.note(1)
                return nil
            })
        await node.convergence.pass(.boot)
        #expect(questions.values.count == 2)
        #expect(control.asked == [])
    }

    @Test(
        "what could not be read for a cause that need not last wants another look, and what lasts does not",
        arguments: [(Errno.tooManyOpenFiles, true), (.noMemory, true), (.ioError, true), (.permissionDenied, false)])
    func transient(_ error: Errno, _ isTransient: Bool) async throws {
        let host = sampleHost(alpha: "bad")
        let passed = Recorder<Int>()
        let control = obeying(host)
        let node = TestNode(
            view: host.view, control: control, requirements: samples,
            kubeadm: { (_) async throws(ObservationError) in
                // All of the first pass.
                if passed.values.isEmpty { throw ObservationError(reading: "/proc", cause: "no", errno: error) }
                return nil
            })
        await node.convergence.pass(.boot)
        #expect(control.asked == [])
        #expect(node.published.values.last?.hasTransientError == isTransient)
        passed.note(1)
        await node.convergence.pass(.request)
        #expect(control.asked.map(\.object) == ["/etc/alpha"])
        #expect(node.published.values.last?.hasTransientError == false)
    }

    @Test("a swap area that could not be ended is the same one when more of it is in use")
    func swapUse() async {
        let control = failing()
        let host = FakeHost(["/swap": .text("1")])
        let node = TestNode(view: host.view, control: control, requirements: [GrowingSwap(Configuration())])
        for used in 1...10 {
            host.set("/swap", to: .text("\(used)"))
            await node.convergence.pass(.backstop)
        }
        #expect(control.asked.count == 3)
    }
}

/// A swap area whose use changes with every look.
private struct GrowingSwap: Requirement {
    static let entry = CatalogEntry("growing-swap", group: "test", title: "no swap", why: "a test", source: "a test")
    let inputs: [Input] = [.swaps]
    init(_ configuration: Configuration) {}
    func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Int {
        Int(try await host.files.text(at: "/swap") ?? "") ?? 0
    }
    func assess(_ used: Int, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .met(observed: "none") }
        let area = SwapArea(path: "/dev/sda2", kind: "partition", sizeKiB: 100, usedKiB: used, isDeleted: false)
        return .unmet(
            observed: "\(used)", findings: [Finding("active-area", expected: "none", actual: "\(used)")],
            proposals: [Proposal(.disableSwap(area), .always)])
    }
}
