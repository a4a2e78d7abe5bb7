package import NodeState

/// The changes that were tried in vain: what each waits for, and when it is tried again.
///
/// None is given up for ever. What waits for a cause is tried at each full look, however often it was refused; where only
/// trying tells whether the cause has gone, with a pause of ten seconds to five minutes in between. What failed is tried
/// three times, and then every five minutes to an hour. An event about its requirement has it tried at once.
package struct Attempts: Equatable, Sendable {
    private struct Record: Equatable {
        var requirement: RequirementID
        var error: ChangeError
        /// How often it ended in this way.
        var count: Int
        /// When it ended last, boottime in microseconds.
        var at: Int
        /// Whether it is to be tried now.
        var isReleased = false
    }

    private static let second = 1_000_000
    private static let freeFailures = 3
    /// Nothing is remembered that nobody has tried for so long.
    private static let memory = 2 * 3600 * second

    private var records: [Change: Record] = [:]

    /// Nothing tried yet.
    package init() {}

    /// Why a change is not tried now; `nil` when it may be.
    package func refusal(of change: Change) -> Refusal? {
        guard let record = records[change.attempt], !record.isReleased else { return nil }
        switch record.error {
        case .movedOn: return nil
        case .waiting(_, let text):
            return Refusal(
                .waiting, text, remedy: "nucprep tries again when this has passed; there is nothing to reset")
        case .refused(let text), .failed(let text):
            return Refusal(
                .failed, text,
                remedy: "nucprep tries again when something about it changes, and at the latest within an hour; "
                    + "at once: systemctl reload nucprepd")
        case .rolledBack(let text, _):
            return Refusal(.failed, text, remedy: "put right what it names, then: systemctl reload nucprepd")
        }
    }

    /// Notes that a change was tried in vain.
    ///
    /// - Returns: whether that is news: a failure always is, a wait only when it is another one.
    package mutating func note(
        _ error: ChangeError, of change: Change, for requirement: RequirementID, now: Int
    ) -> Bool {
        let key = change.attempt
        let former = records[key]
        let isSame = former.map { $0.error.isWait == error.isWait } ?? false
        records[key] = Record(
            requirement: requirement, error: error, count: (isSame ? former?.count ?? 0 : 0) + 1, at: now)
        if case .rolledBack(_, let undone) = error {
            records[undone.attempt] = Record(requirement: requirement, error: error, count: 1, at: now)
        }
        return !(error.isWait && former?.error == error)
    }

    /// Forgets a change that was made.
    package mutating func succeeded(_ change: Change) { records[change.attempt] = nil }

    /// Releases what a full look tries again.
    ///
    /// - Parameters:
    ///   - now: the boottime clock in microseconds.
    ///   - isAsked: whether somebody asked for the look, and does not want to wait as long as a timer would.
    package mutating func release(now: Int, isAsked: Bool) {
        records = records.filter { now - $0.value.at < Self.memory || $0.value.error.isFinal }
        for (change, record) in records where !record.error.isFinal {
            records[change]?.isReleased = now >= Self.due(record, isAsked: isAsked)
        }
    }

    /// Releases what failed for `requirements`, because something about them happened; what waits has its own time.
    package mutating func release(for requirements: Set<RequirementID>, now: Int) {
        for (change, record) in records where requirements.contains(record.requirement) && !record.error.isFinal {
            if record.error.isWait {
                records[change]?.isReleased = now >= Self.due(record, isAsked: true)
            } else {
                records[change] = nil
            }
        }
    }

    /// When the next of `changes` is due by itself, on the boottime clock; `nil` when none is after `now`.
    package func retryAt(of changes: [Change], now: Int) -> Int? {
        changes.compactMap { change in
            guard let record = records[change.attempt], !record.error.isFinal, !record.isReleased else { return nil }
            let due = Self.due(record, isAsked: false)
            return due > now ? due : nil
        }.min()
    }

    private static func due(_ record: Record, isAsked: Bool) -> Int {
        switch record.error {
        case .movedOn, .rolledBack: return record.at
        case .waiting(let cause, _):
            guard !cause.isAskedFirst else { return record.at }
            let pause = min(10 * second << min(record.count - 1, 10), 300 * second)
            return record.at + (isAsked ? min(pause, 10 * second) : pause)
        case .refused, .failed:
            guard record.count >= freeFailures else { return record.at }
            let pause = min(300 * second << min(record.count - freeFailures, 10), 3600 * second)
            return record.at + (isAsked ? min(pause, 60 * second) : pause)
        }
    }
}

extension ChangeError {
    /// Whether it is a wait and no failure.
    fileprivate var isWait: Bool { if case .waiting = self { true } else { false } }
}

extension Change {
    /// The change without what moves by itself: a swap area is the same one however much of it is in use.
    var attempt: Change {
        switch self {
        case .disableSwap(var area):
            area.usedKiB = 0
            return .disableSwap(area)
        default: return self
        }
    }
}
