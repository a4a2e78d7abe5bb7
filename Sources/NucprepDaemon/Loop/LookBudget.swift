internal import NodeAPITransport
internal import NodeEngine
internal import Synchronization

/// How many full looks each user may cause, so that nobody keeps the daemon looking for the fun of it; root is not limited.
///
/// Who has none left is not refused: the look of another, or an earlier one of his own, is shared, and `Age` tells how old
/// it is.
final class LookBudget: Sendable {
    /// How old a look may be that is shared by those who may cause another one.
    static let sharedMicroseconds = 2_000_000
    /// How old a look may be that is shared by those who have caused too many; by then each may cause one again.
    static let longSharedMicroseconds = 10_000_000

    private static let rate = Rate(burst: 5, perSecond: 0.1)

    private let clock: EngineClock
    private let origin = ContinuousClock.now
    private let buckets = Mutex(UserBuckets(LookBudget.rate))

    /// A budget that nothing was taken from, on the clock that no one sets.
    init(clock: EngineClock) { self.clock = clock }

    /// Takes a look from what `uid` has left, or answers that there is none.
    func takeLook(for uid: UInt32) -> Bool {
        let now = origin + .microseconds(clock.boottime())
        return buckets.withLock { $0.take(uid, at: now) }
    }
}
