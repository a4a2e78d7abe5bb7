internal import CommandProcess
internal import Fleet
internal import NodeAPI
internal import NodeAPITransport
internal import Synchronization

/// Watches all nodes until nothing more will change by itself: in place on a terminal, a line for each change elsewhere.
struct ReportWatch: Sendable {
    let fleet: FleetOptions
    let question: DaemonQuestion
    let terminal: Terminal
    /// Whether a block is drawn again in place.
    let isInPlace: Bool
    let write: @Sendable (String) throws -> Void
    /// Between two rounds.
    var pause = Duration.seconds(2)

    /// Returns when nothing moves any more; the verdict is a fresh report's to speak.
    ///
    /// A node that has just been told something may not have begun: two rounds must agree.
    func run() async throws {
        var screen = Screen()
        var former: WatchView?
        var still = 0
        while true {
            let activities = Activities()
            let report = try await fleet.report(from: question, oldest: .seconds(31_622_400)) { node, activity in
                activities.note(node, activity)
            }
            let view = WatchView(report, activities: activities.value)
            let text = WatchText(view, for: terminal)
            if isInPlace {
                try write(screen.redraw(text.block))
            } else {
                try write(text.changes(since: former).map { $0 + "\n" }.joined())
            }
            still = view.isMoving ? 0 : still + 1
            former = view
            if still >= 2 { break }
            try await Interruption.cancelling { [pause] in try await ContinuousClock().sleep(for: pause) }
        }
        if isInPlace { try write(screen.end()) }
    }

    /// What the nodes said of one round.
    private final class Activities: Sendable {
        private let said = Mutex<[String: ActivityBody]>([:])
        var value: [String: ActivityBody] { said.withLock { $0 } }
        func note(_ node: String, _ activity: ActivityBody) { said.withLock { $0[node] = activity } }
    }
}
