/// Draws up the jobs of a boot in each order that PID 1 may go through them.
///
/// PID 1 follows the dependencies of a unit in the order of a hash with a key that is new at each boot. That order counts
/// only where a requirement cannot be met: what was drawn up before stays, and what comes behind is never looked at.
/// - Source: systemd `src/core/transaction.c` (`transaction_add_job_and_dependencies`) and `src/basic/hashmap.c`
///   (`get_hash_key`), versions 249 to 257.
struct BootJobBuilder {
    /// More orders than these are not tried.
    static let mostOrders = 1500

    private let graph: BootGraph
    /// Whether a job is taken out again when its unit requires what cannot be started.
    private let dropsFailed: Bool
    /// Units that may fail for what they require.
    private let mayFail: [Bool]
    /// Units from which the way may lead to one that fails.
    private let isTouched: [Bool]
    private var jobs = BootJobs()
    private var choices = Choices()

    /// What came of it.
    struct Answer {
        var drafts: Set<BootJobs> = []
        /// Whether PID 1 gives up in some order.
        var mayGiveUp = false
        /// Whether all orders were tried.
        var isComplete = true
    }

    /// Tries every order that makes a difference.
    static func drafts(_ graph: BootGraph, dropsFailed: Bool) -> Answer {
        var builder = BootJobBuilder(graph, dropsFailed)
        var answer = Answer()
        for _ in 0..<mostOrders {
            builder.jobs = BootJobs()
            if builder.add(.start, 0, for: nil) {
                answer.drafts.insert(builder.jobs)
            } else {
                answer.mayGiveUp = true
            }
            guard builder.choices.advance() else { return answer }
        }
        answer.isComplete = false
        return answer
    }

    private init(_ graph: BootGraph, _ dropsFailed: Bool) {
        self.graph = graph
        self.dropsFailed = dropsFailed
        let count = graph.units.count
        func spread(_ seeds: [Bool], _ edges: [[Int]]) -> [Bool] {
            var back = [[Int]](repeating: [], count: count)
            for unit in 0..<count { for other in edges[unit] { back[other].append(unit) } }
            var marks = seeds
            var open = (0..<count).filter { seeds[$0] }
            while let next = open.popLast() {
                for unit in back[next] where !marks[unit] {
                    marks[unit] = true
                    open.append(unit)
                }
            }
            return marks
        }
        let failing = (0..<count).map { unit in
            graph.isLoaded(unit) && (graph.requires[unit] + graph.requisites[unit]).contains { !graph.isLoaded($0) }
        }
        mayFail = spread(failing, graph.requires)
        isTouched = spread(mayFail, (0..<count).map { graph.requires[$0] + graph.wants[$0] })
    }

    private mutating func add(
        _ kind: BootJobs.Kind, _ unit: Int, for subject: Int?, matters: Bool = false, conflicts: Bool = false
    ) -> Bool {
        if kind == .stop, graph.isPerpetual(unit) { return true }
        guard kind == .stop || graph.isLoaded(unit) else { return false }
        let job = BootJobs.job(kind, unit)
        guard jobs.add(job, for: subject, matters: matters, conflicts: conflicts) else { return true }
        switch kind {
        case .verify: return true
        case .stop:
            for other in graph.stops[unit] { _ = add(.stop, other, for: job, matters: true) }
            return true
        case .start:
            if addDependencies(unit, job) { return true }
            if dropsFailed { jobs.delete(job, withSubjects: false) }
            return false
        }
    }

    private mutating func addDependencies(_ unit: Int, _ job: Int) -> Bool {
        var open = graph.requires[unit]
        while !open.isEmpty {
            let next = open.remove(at: mayFail[unit] ? choices.next(open.count) : 0)
            guard add(.start, next, for: job, matters: true) else { return false }
        }
        for other in graph.wants[unit] where !isTouched[other] { _ = add(.start, other, for: job) }
        open = graph.wants[unit].filter { isTouched[$0] }
        while !open.isEmpty { _ = add(.start, open.remove(at: choices.next(open.count)), for: job) }
        for other in graph.requisites[unit] {
            guard add(.verify, other, for: job, matters: true) else { return false }
        }
        for other in graph.conflicts[unit] { _ = add(.stop, other, for: job, matters: true, conflicts: true) }
        for other in graph.conflictedBy[unit] { _ = add(.stop, other, for: job) }
        return true
    }

    /// One way through all choices after the other.
    private struct Choices {
        private var made: [(taken: Int, count: Int)] = []
        private var index = 0

        mutating func next(_ count: Int) -> Int {
            guard count > 1 else { return 0 }
            if index == made.count { made.append((0, count)) }
            index += 1
            return made[index - 1].taken
        }

        /// Turns to the next way; whether there is one.
        mutating func advance() -> Bool {
            index = 0
            while let last = made.popLast() {
                guard last.taken + 1 < last.count else { continue }
                made.append((last.taken + 1, last.count))
                return true
            }
            return false
        }
    }
}
