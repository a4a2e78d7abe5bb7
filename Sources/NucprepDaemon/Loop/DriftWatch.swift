internal import LinuxHost
internal import NodeEngine
internal import NodeState
internal import Systemd
internal import TextForms

/// The one loop that looks and acts: at the start, after events, on request, and every five minutes anyway.
struct DriftWatch: Sendable {
    let convergence: Convergence
    let board: WakeBoard
    let clock: EngineClock
    /// Reads anew what is known of the machine beside the requirements; before each full look.
    let refresh: @Sendable () async -> Void
    /// The rules in force; with the consent to try pod sandboxes, whatever the configuration agrees to.
    let rules: @Sendable (_ isTrial: Bool) -> Convergence.Rules
    /// Called when the first full look and what it led to are over.
    let ready: @Sendable () -> Void

    /// How long events are gathered after a look before the next one.
    private static let window = Duration.milliseconds(50)

    /// Runs until the task is cancelled; the change under way is finished first.
    func run() async {
        await refresh()
        await convergence.pass(.boot)
        // A pass that was broken off is no reason to be called ready.
        if Task.isCancelled { return }
        ready()
        for await _ in board.bell {
            if Task.isCancelled { return }
            await look(board.take())
            await TimerQueue.shared.sleep(for: Self.window)
        }
    }

    private func look(_ wish: WakeBoard.Wish) async {
        if let rules = wish.rules { await convergence.adopt(rules) }
        if let cause = wish.pass {
            await refresh()
            if wish.isTrial { await convergence.adopt(rules(true)) }
            await convergence.pass(cause, heard: wish.inputs, eventAt: boottime(of: wish.eventAt))
            guard wish.isTrial else { return }
            // What was agreed to for once is over; the outcome stays.
            await convergence.adopt(rules(false))
            await convergence.pass(cause)
        } else if let eventAt = boottime(of: wish.eventAt) {
            await convergence.drifted(wish.inputs, eventAt: eventAt)
        }
    }

    /// When an event was ready, on the boottime clock.
    private func boottime(of instant: SuspendingClock.Instant?) -> Int? {
        instant.map { clock.boottime() - (SuspendingClock.now - $0).microseconds }
    }
}

/// Asks for a full look every five minutes, give or take a tenth so that a fleet does not beat in time.
struct Backstop: Sendable {
    let board: WakeBoard

    /// Runs until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            let period = Duration.seconds(Int.random(in: 270...330))
            guard await TimerQueue.shared.sleep(for: period) else { return }
            board.requestPass(.backstop)
        }
    }
}

/// Keeps systemd patient while the first changes take long, as the end of a large swap area does.
struct Patience: Sendable {
    /// Whether the daemon has told systemd that it is up.
    let isReady: @Sendable () -> Bool
    /// Tells systemd so.
    let ready: @Sendable () -> Void

    /// Five minutes in all; then the daemon is up all the same, with what is still to do in its status line.
    func run() async {
        for _ in 0..<30 {
            guard await TimerQueue.shared.sleep(for: .seconds(10)), !isReady() else { return }
            _ = try? Notify.extendTimeout(by: .seconds(30))
        }
        ready()
    }
}

/// Asks for a look when a contested requirement, or a change that waits or failed, is due again, and soon after one that
/// something short or busy cut short.
struct Retry: Sendable {
    let board: WakeBoard
    let cache: SnapshotCache
    let clock: EngineClock

    /// Runs until the task is cancelled.
    func run() async {
        var cursor = ""
        var again = Again()
        while !Task.isCancelled, let published = await cache.next(after: cursor) {
            cursor = published.cursor
            // By the clock that nobody sets: when the wall clock is put back an hour, a repair must not wait for it.
            again.note(published.snapshot.hasTransientError, now: clock.boottime())
            guard let due = [published.snapshot.dueAtBoottime, again.due].compactMap(\.self).min() else { continue }
            let wait = Duration.microseconds(max(0, due - clock.boottime()))
            // A later snapshot may have an earlier due.
            let isNews = await within(wait) { [cache, cursor] in _ = await cache.next(after: cursor) }
            guard !isNews, !Task.isCancelled else { continue }
            again.tried()
            board.requestPass(.retry)
        }
    }

    /// When to look again after an error that need not last: after 1, 2, 4 … 300 seconds, for as long as there is one.
    struct Again {
        /// On the boottime clock in microseconds; `nil` when there is no such error, or it is being looked at.
        private(set) var due: Int?
        private var pause = 1

        mutating func note(_ hasError: Bool, now: Int) {
            guard hasError else {
                self = Again()
                return
            }
            due = due ?? now + pause * 1_000_000
        }

        mutating func tried() {
            guard due != nil else { return }
            due = nil
            pause = min(pause * 2, 300)
        }
    }
}
