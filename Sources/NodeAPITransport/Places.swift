/// Who has how many places on the server: connections, and requests that wait.
struct Places: Sendable {
    private let limits: ServerLimits
    private var connections: [UInt32: Int] = [:]
    private var waiters: [UInt32: Int] = [:]

    /// The places within `limits`, all free.
    init(limits: ServerLimits) { self.limits = limits }

    /// How many connections have a place.
    var taken: Int { connections.values.reduce(0, +) }

    /// Takes a place for a connection of `uid`, or answers that there is none.
    mutating func enter(_ uid: UInt32) -> Bool {
        let others = taken - connections[0, default: 0]
        guard taken < limits.connections, connections[uid, default: 0] < limits.connectionsPerUser,
            uid == 0 || others < limits.connections - limits.connectionsForRoot
        else { return false }
        connections[uid, default: 0] += 1
        return true
    }

    /// Gives the place of a connection of `uid` back.
    mutating func leave(_ uid: UInt32) { Self.lower(&connections, uid) }

    /// Takes a place for a request of `uid` that waits, or answers that there is none.
    mutating func beginWait(_ uid: UInt32) -> Bool {
        guard waiters.values.reduce(0, +) < limits.waiters,
            uid == 0 || waiters[uid, default: 0] < limits.waitersPerUser
        else { return false }
        waiters[uid, default: 0] += 1
        return true
    }

    /// Gives the place of a waiting request of `uid` back.
    mutating func endWait(_ uid: UInt32) { Self.lower(&waiters, uid) }

    /// Users without a place leave no entry: the tables are never larger than the limits.
    private static func lower(_ table: inout [UInt32: Int], _ uid: UInt32) {
        guard let count = table[uid] else { return }
        table[uid] = count > 1 ? count - 1 : nil
    }
}

/// How fast requests may come: a bucket that fills in the course of time and from which each request takes one.
struct TokenBucket: Sendable {
    private let capacity: Double
    private let perSecond: Double
    private var tokens: Double
    private var filledAt: ContinuousClock.Instant

    /// A full bucket.
    init(capacity: Double, perSecond: Double, at now: ContinuousClock.Instant) {
        self.capacity = capacity
        self.perSecond = perSecond
        tokens = capacity
        filledAt = now
    }

    /// Takes one, or answers that it is empty.
    mutating func take(at now: ContinuousClock.Instant) -> Bool {
        tokens = min(capacity, tokens + (now - filledAt) / .seconds(1) * perSecond)
        filledAt = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
