/// The jobs of a transaction and the links between them, as PID 1 draws them up before it sorts them out.
///
/// - Source: systemd `src/core/transaction.c` (`transaction_add_job_and_dependencies`, `transaction_unlink_job`,
///   `transaction_collect_garbage`, `transaction_drop_redundant`), versions 249 to 257.
struct BootJobs: Hashable, Sendable {
    /// What is to become of a unit.
    enum Kind: Int, Sendable {
        case start, stop, verify
    }

    /// One job's reason: the job that wants it there.
    struct Link: Hashable, Sendable {
        var subject: Int
        var object: Int
        /// Whether the subject cannot be without it.
        var matters: Bool
        /// Whether it is there by `Conflicts=`.
        var conflicts: Bool
    }

    private(set) var jobs: Set<Int> = []
    private(set) var links: Set<Link> = []

    /// The job of a kind for a unit.
    static func job(_ kind: Kind, _ unit: Int) -> Int { unit * 3 + kind.rawValue }

    /// The unit of a job.
    static func unit(_ job: Int) -> Int { job / 3 }

    /// The job to start the target.
    static let anchor = job(.start, 0)

    func has(_ kind: Kind, _ unit: Int) -> Bool { jobs.contains(Self.job(kind, unit)) }

    /// The units that are started.
    var started: Set<Int> { Set(jobs.filter { $0 % 3 == Kind.start.rawValue }.map(Self.unit)) }

    /// Adds a job.
    ///
    /// - Returns: whether it was not there before.
    mutating func add(_ job: Int, for subject: Int?, matters: Bool, conflicts: Bool) -> Bool {
        if let subject {
            links.insert(Link(subject: subject, object: job, matters: matters, conflicts: conflicts))
        }
        return jobs.insert(job).inserted
    }

    /// Takes a job out, and those that cannot be without it.
    mutating func delete(_ job: Int, withSubjects: Bool = true) {
        var open = [job]
        while let next = open.popLast() {
            guard jobs.remove(next) != nil else { continue }
            if withSubjects { open += links.filter { $0.object == next && $0.matters }.map(\.subject) }
            links = links.filter { $0.subject != next && $0.object != next }
        }
    }

    /// Takes every job of a unit out.
    mutating func delete(unit: Int) {
        for kind in [Kind.start, .stop, .verify] { delete(Self.job(kind, unit)) }
    }

    /// Takes out what stops units that do not run, as none does at boot.
    mutating func dropRedundant() {
        let stopped = jobs.filter { job in
            let unit = Self.unit(job)
            return job % 3 == Kind.stop.rawValue && !has(.start, unit) && !has(.verify, unit)
        }
        guard !stopped.isEmpty else { return }
        jobs.subtract(stopped)
        links = links.filter { !stopped.contains($0.subject) && !stopped.contains($0.object) }
    }

    /// Takes out what no job wants there any more.
    mutating func collectGarbage() {
        while true {
            let wanted = Set(links.map(\.object))
            let idle = jobs.filter { $0 != Self.anchor && !wanted.contains($0) }
            guard !idle.isEmpty else { return }
            jobs.subtract(idle)
            links = links.filter { !idle.contains($0.subject) }
        }
    }

    /// What the target cannot be without.
    var mattering: Set<Int> {
        let needs = Dictionary(grouping: links.filter(\.matters), by: \.subject)
        var open = [Self.anchor]
        var seen: Set<Int> = [Self.anchor]
        while let next = open.popLast() {
            for link in needs[next] ?? [] where seen.insert(link.object).inserted { open.append(link.object) }
        }
        return seen
    }

    /// Whether a job to stop is there by some `Conflicts=`.
    func isConflictedBy(_ job: Int) -> Bool { links.contains { $0.object == job && $0.conflicts } }
}
