package import NodeState

/// Slows the repairs of what is undone again and again, and says so: never silent, never at full rate, never off.
///
/// Five repairs in a minute are free; each further one waits 1, 2, 4 … 300 seconds. Ten minutes without a repair end it.
package struct FlapBreaker: Equatable, Sendable {
    fileprivate struct Key: Hashable {
        var requirement: RequirementID
        var object: String
    }

    private struct Record: Equatable {
        /// When the last repairs were made, boottime in microseconds.
        var repairs: [Int] = []
        var since: Int?
        var delay = 0
    }

    private static let second = 1_000_000
    private static let free = 5
    private static let calmAfter = 600 * second
    private static let longest = 300 * second

    private var records: [Key: Record] = [:]

    /// A breaker that has seen nothing.
    package init() {}

    /// When a step may be carried out: `nil` for at once, else the instant on the boottime clock.
    package func retryAt(_ step: Plan.Step, now: Int) -> Int? {
        guard let record = records[Key(step)], record.since != nil, let last = record.repairs.last else { return nil }
        let next = last + record.delay
        return next > now ? next : nil
    }

    /// Notes a repair.
    ///
    /// - Returns: whether the requirement became contested by it.
    package mutating func note(_ step: Plan.Step, now: Int) -> Bool {
        var record = records[Key(step)] ?? Record()
        record.repairs = record.repairs.filter { now - $0 < 60 * Self.second } + [now]
        defer { records[Key(step)] = record }
        if record.since != nil {
            record.delay = min(record.delay * 2, Self.longest)
            return false
        }
        guard record.repairs.count >= Self.free else { return false }
        record.since = now
        record.delay = Self.second
        return true
    }

    /// Forgets what has been quiet for ten minutes.
    ///
    /// - Returns: the requirements that are contested no longer.
    package mutating func calm(now: Int) -> Set<RequirementID> {
        let before = contested
        records = records.filter { now - ($0.value.repairs.last ?? 0) < Self.calmAfter }
        return before.subtracting(contested)
    }

    /// The requirements that are contested.
    package var contested: Set<RequirementID> {
        Set(records.filter { $0.value.since != nil }.keys.map(\.requirement))
    }

    /// Since when a requirement is contested and when it is tried again, on the boottime clock; `nil` when it is not.
    package func state(of requirement: RequirementID) -> (since: Int, retryAt: Int)? {
        let found = records.filter { $0.key.requirement == requirement && $0.value.since != nil }.values
        guard let since = found.compactMap(\.since).min() else { return nil }
        return (since, found.compactMap { record in record.repairs.last.map { $0 + record.delay } }.min() ?? since)
    }
}

extension FlapBreaker.Key {
    fileprivate init(_ step: Plan.Step) {
        requirement = step.requirement
        object = step.proposal.change.object
    }
}
