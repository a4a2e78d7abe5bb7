/// Sorts the jobs of a boot out as PID 1 does: breaks circles of order, then drops what excludes something else.
///
/// Which circle and which unit comes first is the order of a hash with a key that is new at each boot, so each of them is
/// tried.
/// - Source: systemd `src/core/transaction.c` (`transaction_activate`, `transaction_verify_order_one`,
///   `delete_one_unmergeable_job`), versions 249 to 257.
struct BootJobSorter {
    /// More states than these are not looked at.
    private static let mostStates = 400

    private let graph: BootGraph
    /// Whether the target is isolated, as systemd's own targets allow: what nothing wants any more then stays.
    private let isolates: Bool
    private var mattering: Set<Int> = []
    private var seen: Set<State> = []
    private var isOrdered = false

    private struct State: Hashable {
        var jobs: BootJobs
        var isOrdered: Bool
    }

    /// What may be started, one set for each way that it may come.
    private(set) var results: Set<Set<Int>> = []
    /// Whether PID 1 may give up.
    private(set) var mayGiveUp = false
    /// Whether every way was looked at.
    private(set) var isComplete = true

    init(_ graph: BootGraph, isolates: Bool) {
        self.graph = graph
        self.isolates = isolates
    }

    /// Looks at every way from one draft.
    mutating func sort(_ draft: BootJobs) {
        mattering = draft.mattering
        var jobs = draft
        jobs.dropRedundant()
        seen = []
        var open = [State(jobs: jobs, isOrdered: false)]
        while let state = open.popLast() {
            var state = state
            if !isolates { state.jobs.collectGarbage() }
            guard seen.insert(state).inserted else { continue }
            guard seen.count <= Self.mostStates else {
                isComplete = false
                return
            }
            if !state.isOrdered {
                let circle = circle(of: Set(state.jobs.jobs.map(BootJobs.unit)))
                if !circle.isEmpty {
                    open += breaking(circle, state.jobs)
                    continue
                }
                state.isOrdered = true
            }
            let pairs = excluding(state.jobs)
            if pairs.isEmpty { results.insert(state.jobs.started) }
            for (one, other) in pairs {
                guard let loser = loser(one, stop: other, state.jobs) else {
                    mayGiveUp = true
                    continue
                }
                var next = state
                next.jobs.delete(loser)
                open.append(next)
            }
        }
    }

    /// Units that wait for each other: what is left when nobody waits or is waited for.
    private func circle(of units: Set<Int>) -> Set<Int> {
        var left = units
        var isSettled = false
        while !isSettled, !left.isEmpty {
            var waited: Set<Int> = []
            let waiting = left.filter { unit in
                let others = graph.before[unit].filter { left.contains($0) }
                waited.formUnion(others)
                return !others.isEmpty
            }
            let rest = waiting.intersection(waited)
            isSettled = rest.count == left.count
            left = rest
        }
        return left
    }

    /// The circle without each of its units that the target can be without; PID 1 takes one of them out.
    private mutating func breaking(_ circle: Set<Int>, _ jobs: BootJobs) -> [State] {
        func matters(_ unit: Int) -> Bool {
            [BootJobs.Kind.start, .stop, .verify].contains { kind in
                jobs.has(kind, unit) && mattering.contains(BootJobs.job(kind, unit))
            }
        }
        let needed = circle.filter(matters)
        if !self.circle(of: needed).isEmpty {
            mayGiveUp = true
            // With a job to stop in it the circle may be none.
            if needed.contains(where: { jobs.has(.stop, $0) }) { isComplete = false }
            return []
        }
        return circle.subtracting(needed).sorted().map { unit in
            var next = jobs
            next.delete(unit: unit)
            return State(jobs: next, isOrdered: false)
        }
    }

    /// Jobs to start or verify beside a job to stop the same unit.
    private func excluding(_ jobs: BootJobs) -> [(Int, Int)] {
        jobs.jobs.filter { $0 % 3 == BootJobs.Kind.stop.rawValue }.sorted().flatMap { stop in
            [BootJobs.Kind.start, .verify].map { (BootJobs.job($0, BootJobs.unit(stop)), stop) }
                .filter { jobs.jobs.contains($0.0) }
        }
    }

    /// Which of the two goes; `nil` when the target can be without neither.
    private func loser(_ job: Int, stop: Int, _ jobs: BootJobs) -> Int? {
        switch (mattering.contains(job), mattering.contains(stop)) {
        case (true, true): nil
        case (true, false): stop
        case (false, true): job
        case (false, false): jobs.isConflictedBy(stop) ? job : stop
        }
    }
}
