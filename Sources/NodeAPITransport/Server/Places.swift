/// Who has how many places on the server: connections, requests that are being answered, and requests that wait.
///
/// A request keeps its places until its handler has ended, even when its connection is gone before: so what all callers
/// together can have the daemon hold is bounded, however fast they come and go.
struct Places: Sendable {
    private let limits: ServerLimits
    private var connections: [UInt32: Int] = [:]
    private var requests: [UInt32: Int] = [:]
    private var waiters: [UInt32: Int] = [:]

    /// The places within `limits`, all free.
    init(limits: ServerLimits) { self.limits = limits }

    /// How many connections have a place.
    var taken: Int { Self.sum(connections) }

    /// Takes a place for a connection of `uid`, or answers that there is none.
    mutating func enter(_ uid: UInt32) -> Bool {
        guard Self.hasRoom(connections, uid, limits.connections, limits.connectionsForRoot),
            connections[uid, default: 0] < limits.connectionsPerUser
        else { return false }
        connections[uid, default: 0] += 1
        return true
    }

    /// Gives the place of a connection of `uid` back.
    mutating func leave(_ uid: UInt32) { Self.lower(&connections, uid) }

    /// Takes the places of a request of `uid`, or answers that there are none; one that `waits` needs a place for waiting
    /// as well.
    mutating func begin(_ uid: UInt32, waits: Bool) -> Bool {
        guard Self.hasRoom(requests, uid, limits.connections, limits.connectionsForRoot),
            requests[uid, default: 0] < limits.connectionsPerUser
        else { return false }
        if waits {
            guard Self.hasRoom(waiters, uid, limits.waiters, limits.waitersForRoot),
                uid == 0 || waiters[uid, default: 0] < limits.waitersPerUser
            else { return false }
            waiters[uid, default: 0] += 1
        }
        requests[uid, default: 0] += 1
        return true
    }

    /// Gives the places of a request of `uid` back, which has ended.
    mutating func end(_ uid: UInt32, waits: Bool) {
        Self.lower(&requests, uid)
        if waits { Self.lower(&waiters, uid) }
    }

    /// Whether `uid` may have one more of `limit` places, of which some are kept for uid 0.
    private static func hasRoom(_ table: [UInt32: Int], _ uid: UInt32, _ limit: Int, _ forRoot: Int) -> Bool {
        let taken = sum(table)
        return taken < limit && (uid == 0 || taken - table[0, default: 0] < limit - forRoot)
    }

    private static func sum(_ table: [UInt32: Int]) -> Int { table.values.reduce(0, +) }

    /// Users without a place leave no entry: the tables are never larger than the limits.
    private static func lower(_ table: inout [UInt32: Int], _ uid: UInt32) {
        guard let count = table[uid] else { return }
        table[uid] = count > 1 ? count - 1 : nil
    }
}
