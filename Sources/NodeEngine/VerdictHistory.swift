internal import NodeState

/// Since when each verdict is as it is, how that was found, and what is told of it.
struct VerdictHistory: Sendable {
    /// Why a look was made.
    struct Occasion: Sendable {
        var cause: Cause
        /// When its event was ready, on the boottime clock; `nil` without one.
        var eventAt: Int?
        /// The requirements that the event bears on; a full look asks the others as well.
        var concerned: Set<RequirementID> = []

        /// Why this requirement was looked at: for the event where it bears on it.
        func cause(of id: RequirementID) -> Cause { eventAt != nil && concerned.contains(id) ? .event : cause }

        /// From the event to now, where that is known.
        func latency(of id: RequirementID, now: Int) -> Int? {
            guard let eventAt, cause == .event || concerned.contains(id) else { return nil }
            return max(0, now - eventAt)
        }
    }

    /// The histories by requirement.
    private(set) var histories: [RequirementID: History] = [:]

    /// Takes in what a look made of verdicts.
    ///
    /// - Parameters:
    ///   - before: the verdicts before it.
    ///   - after: those after it.
    ///   - looked: the requirements that were looked at.
    ///   - occasion: why.
    ///   - breaker: what is contested.
    ///   - now: the clocks, in microseconds.
    /// - Returns: what is to be told.
    mutating func note(
        before: [ReportEntry], after: [ReportEntry], looked: Set<RequirementID>, _ occasion: Occasion,
        _ breaker: FlapBreaker, now: (realtime: Int, boottime: Int)
    ) -> [Occurrence] {
        let former = Dictionary(before.map { ($0.entry.id, $0) }) { $1 }
        var told: [Occurrence] = []
        for entry in after where looked.contains(entry.entry.id) {
            let id = entry.entry.id
            let (cause, latency) = (occasion.cause(of: id), occasion.latency(of: id, now: now.boottime))
            var history =
                histories[id]
                ?? History(since: now.realtime, observedAt: now.realtime, detectedBy: cause, latency: latency)
            if let former = former[id], former.verdict != entry.verdict {
                history.since = now.realtime
                history.detectedBy = cause
                history.latency = latency
            }
            history.observedAt = now.realtime
            if let former = former[id] {
                let drifts = Self.drifts(former, entry, cause, latency)
                if !drifts.isEmpty { history.drifts += 1 }
                told += drifts
            }
            if former[id]?.now != entry.now { told += Self.unreadable(entry, .now) }
            if former[id]?.nextBoot != entry.nextBoot { told += Self.unreadable(entry, .nextBoot) }
            history.contested = breaker.state(of: id).map { state in
                let shift = now.realtime - now.boottime
                return (state.since + shift, state.retryAt + shift)
            }
            histories[id] = history
        }
        return told
    }

    /// Each horizon that went away from met.
    private static func drifts(
        _ before: ReportEntry, _ after: ReportEntry, _ cause: Cause, _ latency: Int?
    ) -> [Occurrence] {
        var told: [Occurrence] = []
        for horizon in Horizon.allCases {
            let (old, new) = horizon == .now ? (before.now, after.now) : (before.nextBoot, after.nextBoot)
            guard case .met = old, case .unmet(let observed, let findings) = new else { continue }
            told.append(
                .drift(
                    after.entry.id, horizon, expected: findings.first?.expected ?? after.entry.title, actual: observed,
                    detectedBy: cause, latencyMicroseconds: latency))
            if cause == .backstop { told.append(.missed(after.entry.id)) }
        }
        return told
    }

    private static func unreadable(_ entry: ReportEntry, _ horizon: Horizon) -> [Occurrence] {
        let verdict = horizon == .now ? entry.now : entry.nextBoot
        if case .unknown(let error) = verdict { return [.unreadable(entry.entry.id, horizon, error)] }
        return []
    }
}
