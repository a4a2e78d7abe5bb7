/// How often something may be done: so many times at once, and so many in a second in the long run.
package struct Rate: Equatable, Sendable {
    /// How many times at once.
    package var burst: Double
    /// How many times in a second, in the long run.
    package var perSecond: Double

    /// The rate of `perSecond`, with a first burst.
    package init(burst: Double, perSecond: Double) {
        self.burst = burst
        self.perSecond = perSecond
    }
}

/// How fast something may come: a bucket that fills in the course of time and from which each one takes a token.
struct TokenBucket: Sendable {
    private let rate: Rate
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// A full bucket.
    init(_ rate: Rate, at now: ContinuousClock.Instant) {
        self.rate = rate
        tokens = rate.burst
        filledAt = now
    }

    /// Takes a token, or answers that the bucket is empty.
    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        tokens = level(at: now)
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Whether the bucket is full, as one that was never used.
    func isFull(at now: ContinuousClock.Instant) -> Bool { level(at: now) >= rate.burst }

    private func level(at now: ContinuousClock.Instant) -> Double {
        min(rate.burst, tokens + (now - filledAt) / .seconds(1) * rate.perSecond)
    }
}

/// A bucket for each user, whatever connections the user comes by; uid 0 is not limited.
package struct UserBuckets: Sendable {
    /// A user of this machine may appear under as many uids as /etc/subuid gives, which are 65536 by default.
    private static let mostUsers = 256

    private let rate: Rate
    private var buckets: [UInt32: TokenBucket] = [:]
    /// For all those who come when the table has no room.
    private var shared: TokenBucket?

    /// Full buckets.
    package init(_ rate: Rate) { self.rate = rate }

    /// How many users have a bucket of their own.
    var count: Int { buckets.count }

    /// Takes a token of `uid`, or answers that there is none.
    package mutating func take(_ uid: UInt32, at now: ContinuousClock.Instant) -> Bool {
        guard uid != 0 else { return true }
        if buckets[uid] == nil, buckets.count >= Self.mostUsers {
            buckets = buckets.filter { !$0.value.isFull(at: now) }
            guard buckets.count < Self.mostUsers else {
                shared = shared ?? TokenBucket(rate, at: now)
                return shared?.take(at: now) ?? false
            }
        }
        var bucket = buckets[uid] ?? TokenBucket(rate, at: now)
        defer { buckets[uid] = bucket }
        return bucket.take(at: now)
    }
}
