internal import NodeEngine
internal import NodeState
internal import Synchronization

/// The last snapshot with its encoded status, and whoever waits for the next one.
///
/// A mutex and no actor: a caller that hangs up is let go at once, wherever it waits.
final class SnapshotCache: Sendable {
    /// A snapshot with the answer of the node, and its status, encoded once for each generation that somebody asks for.
    struct Published: Sendable {
        var snapshot: Snapshot
        /// The node's answer, what the daemon knows beside the requirements included: whoever tells it takes it from here.
        var readiness: Readiness
        var cursor: String
        fileprivate var body: Body

        /// A snapshot with its body, which `encode` makes when the first one asks for it.
        init(snapshot: Snapshot, readiness: Readiness, cursor: String, encode: @escaping @Sendable () -> [UInt8]) {
            self.snapshot = snapshot
            self.readiness = readiness
            self.cursor = cursor
            body = Body(encode)
        }

        /// The body of `GET /v1/status`.
        var status: [UInt8] { body.bytes }
    }

    /// Bytes that are made when they are first asked for.
    fileprivate final class Body: Sendable {
        private let encode: @Sendable () -> [UInt8]
        private let made = Mutex<[UInt8]?>(nil)

        init(_ encode: @escaping @Sendable () -> [UInt8]) { self.encode = encode }

        var bytes: [UInt8] {
            made.withLock { made in
                let bytes = made ?? encode()
                made = bytes
                return bytes
            }
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
    /// - Returns: what is current then.
    @discardableResult
    func publish(_ snapshot: Snapshot) -> Published {
        let published = encode(snapshot)
        let woken = state.withLock { state in
            if var current = state.current, current.cursor == published.cursor {
                current.snapshot = snapshot
                current.readiness = published.readiness
                state.current = current
                return [CheckedContinuation<Void, Never>]()
            }
            state.current = published
            let waiters = state.waiters.values.map(\.self)
            state.waiters = [:]
            return waiters
        }
        for waiter in woken { waiter.resume() }
        return published
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
