internal import NodeEngine
internal import Synchronization

/// The last snapshot with its encoded status, and whoever waits for the next one.
///
/// A mutex and no actor: a caller that hangs up is let go at once, wherever it waits.
final class SnapshotCache: Sendable {
    /// A snapshot with its encoded status, made once for each generation.
    struct Published: Sendable {
        var snapshot: Snapshot
        /// The body of `GET /v1/status`.
        var status: [UInt8]
        var cursor: String

        /// A snapshot with its body.
        init(snapshot: Snapshot, status: [UInt8], cursor: String) {
            self.snapshot = snapshot
            self.status = status
            self.cursor = cursor
        }
    }

    private struct State {
        var current: Published?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    private let encode: @Sendable (Snapshot) -> Published
    private let state = Mutex(State())

    /// A cache that encodes with `encode`.
    init(encode: @escaping @Sendable (Snapshot) -> Published) { self.encode = encode }

    /// The last snapshot; `nil` before the first look is over.
    var latest: Published? { state.withLock(\.current) }

    /// Takes in a snapshot and wakes whoever waits for another cursor.
    ///
    /// The body stays as it was encoded while the generation does: a cursor stands for these bytes.
    func publish(_ snapshot: Snapshot) {
        let published = encode(snapshot)
        let woken = state.withLock { state in
            if var current = state.current, current.cursor == published.cursor {
                current.snapshot = snapshot
                state.current = current
                return [CheckedContinuation<Void, Never>]()
            }
            state.current = published
            let waiters = state.waiters.values.map(\.self)
            state.waiters = [:]
            return waiters
        }
        for waiter in woken { waiter.resume() }
    }

    /// Waits for a cursor other than `after`, or for the end of the task.
    ///
    /// - Returns: what is current then.
    func next(after cursor: String) async -> Published? {
        while !Task.isCancelled {
            if let current = latest, current.cursor != cursor { return current }
            let number = state.withLock { state in
                state.nextWaiter += 1
                return state.nextWaiter
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isWaiting = state.withLock { state in
                        // What came between the look and here, or the end of the task, must not be slept through.
                        guard (state.current?.cursor ?? cursor) == cursor, !Task.isCancelled else { return false }
                        state.waiters[number] = continuation
                        return true
                    }
                    if !isWaiting { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
            }
        }
        return latest
    }
}
