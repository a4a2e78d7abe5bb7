internal import NodeAPI
internal import NodeState
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("What the daemon is doing")
struct ActivityTests {
    /// Looks at the state while it performs.
    private struct Watched: HostControl {
        let state: DaemonState
        let fails: Bool

        func perform(_ change: Change) async throws(ChangeError) -> Effect {
            #expect(state.value.activity == Activity(change: change, since: 1_000_000))
            if fails { throw .failed("no") }
            return .applied
        }
    }

    @Test("is the change under way, for as long as it is made and no longer", arguments: [false, true])
    func change(_ fails: Bool) async {
        let state = DaemonState()
        let control = ActivityControl(
            control: Watched(state: state, fails: fails), state: state, clock: StandingClock().engine)
        let effect = try? await control.perform(.restartUnit("containerd.service"))
        #expect(effect == (fails ? nil : .applied))
        #expect(state.value.activity == nil)
    }

    @Test("is answered at once, before the first look and during a change")
    func answers() async throws {
        let subject = APIHandlerTests.Subject(nil)
        func answer() async throws -> ActivityBody {
            let answer = await subject.get("/v1/activity", uid: 1000)
            #expect(answer.status == 200)
            return try WireJSON.decode(ActivityBody.self, from: answer.body)
        }
        #expect(try await answer() == ActivityBody(state: "starting"))
        subject.state.update { $0.activity = Activity(change: .restartUnit("containerd.service"), since: 1_000_000) }
        subject.clock.set(5_500_000)
        let step = ActivityBody.StepBody(
            change: "restart-unit", object: "containerd.service", text: "restart containerd.service", elapsedS: 4,
            progress: "43 % downloaded")
        #expect(try await answer() == ActivityBody(state: "starting", step: step))
        subject.cache.publish(Samples.snapshot(7))
        #expect(try await answer() == ActivityBody(state: "working", step: step))
        subject.state.update { $0.activity = nil }
        #expect(try await answer() == ActivityBody(state: "idle"))
    }
}
