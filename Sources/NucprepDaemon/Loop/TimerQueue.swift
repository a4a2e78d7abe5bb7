internal import Dispatch
internal import Synchronization
internal import TextForms

/// Sleeps that leave nothing behind when they are cancelled.
///
/// A cancelled `Task.sleep` stays in the queue of the runtime until its time comes: what a caller makes the daemon begin and
/// gives up at once would stay for as long as it might have lasted. Here one timer waits for the earliest instant of all,
/// and a cancelled sleep is removed at once.
final class TimerQueue: Sendable {
    private struct Sleeper: Sendable {
        var until: ContinuousClock.Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var sleepers: [Int: Sleeper] = [:]
        var nextNumber = 0
        /// The instant that the timer is set to; `nil` when it is not.
        var setTo: ContinuousClock.Instant?
        var timer: (any DispatchSourceTimer)?
    }

    /// The queue of the process.
    static let shared = TimerQueue()

    private let state = Mutex(State())

    /// An empty queue.
    init() {
        state.withLock { state in
            let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "nucprep.timer"))
            timer.setEventHandler { [weak self] in self?.wakeDue() }
            timer.activate()
            state.timer = timer
        }
    }

    deinit { state.withLock { $0.timer?.cancel() } }

    /// How many sleep now.
    var count: Int { state.withLock(\.sleepers.count) }

    /// Sleeps for `duration`, or until the task is cancelled.
    ///
    /// - Returns: whether the time has passed; `false` when the task was cancelled.
    @discardableResult
    func sleep(for duration: Duration) async -> Bool {
        let until = ContinuousClock.now + duration
        let number = state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isSleeping = state.withLock { state in
                    // A task that was cancelled before it got here has no one else to wake it.
                    guard !Task.isCancelled else { return false }
                    state.sleepers[number] = Sleeper(until: until, continuation: continuation)
                    setTimer(&state)
                    return true
                }
                if !isSleeping { continuation.resume(returning: false) }
            }
        } onCancel: {
            let sleeper = state.withLock { $0.sleepers.removeValue(forKey: number) }
            // The timer stays as it is set: it fires once for nobody, and is set anew then.
            sleeper?.continuation.resume(returning: false)
        }
    }

    private func wakeDue() {
        let due = state.withLock { state in
            let now = ContinuousClock.now
            let due = state.sleepers.filter { $0.value.until <= now }
            for number in due.keys { state.sleepers[number] = nil }
            state.setTo = nil
            setTimer(&state)
            return due.values.map(\.continuation)
        }
        for continuation in due { continuation.resume(returning: true) }
    }

    /// Sets the timer to the earliest instant, if that is earlier than what it is set to.
    private func setTimer(_ state: inout State) {
        guard let earliest = state.sleepers.values.map(\.until).min() else { return }
        if let setTo = state.setTo, setTo <= earliest { return }
        state.setTo = earliest
        let wait = max(.zero, earliest - .now).microseconds + 1
        state.timer?.schedule(deadline: .now() + .microseconds(wait))
    }
}

/// Runs `body`, which ends soon after it is cancelled, for `duration` at the most.
///
/// - Returns: whether it ended by itself.
func within(
    _ duration: Duration, timers: TimerQueue = .shared, _ body: @escaping @Sendable () async -> Void
) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
        group.addTask {
            await body()
            return !Task.isCancelled
        }
        group.addTask {
            await timers.sleep(for: duration)
            return false
        }
        let isDone = await group.next() ?? false
        group.cancelAll()
        return isDone
    }
}
