internal import NodeAPI
internal import NodeEngine
internal import NodeState

/// A change that is being made, and since when on the boottime clock, in microseconds.
struct Activity: Equatable, Sendable {
    var change: Change
    var since: Int

    /// The change as the API tells it.
    func body(now: Int, progress: String?) -> ActivityBody.StepBody {
        .init(
            change: change.kind, object: Text.cut(change.object), text: Text.cut(change.text),
            elapsedS: max(0, (now - since) / 1_000_000), progress: progress.map { Text.cut($0) })
    }
}

/// Notes each change for as long as it is made, so that whoever waits can see what for.
struct ActivityControl: HostControl {
    let control: any HostControl
    let state: DaemonState
    let clock: EngineClock

    func perform(_ change: Change) async throws(ChangeError) -> Effect {
        let activity = Activity(change: change, since: clock.boottime())
        state.update { $0.activity = activity }
        defer { state.update { $0.activity = nil } }
        return try await control.perform(change)
    }
}
