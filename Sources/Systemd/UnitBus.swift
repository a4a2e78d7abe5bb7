internal import SystemPackage

/// How a job of systemd ended.
package enum JobResult: Equatable, Sendable {
    case done
    /// Not as ordered, in systemd's word: `failed`, `timeout`, `canceled`, `dependency`, `skipped`, ….
    case ended(String)
}

/// What becomes of other jobs when a new one is ordered.
///
/// - Source: org.freedesktop.systemd1(5), StartUnit().
package enum JobMode: String, Sendable {
    /// They give way to it.
    case replace
    /// The order is refused when it conflicts with one of them.
    case fail
}

/// systemd's manager, asked and ordered over one connection of its own.
///
/// Every call blocks; see ``SystemBus``. Reading has no side effect on the host but that systemd loads the unit asked for.
///
/// - Source: org.freedesktop.systemd1(5).
package struct UnitBus: ~Copyable {
    static let systemd = "org.freedesktop.systemd1"
    private static let managerPath = "/org/freedesktop/systemd1"
    static let manager = "org.freedesktop.systemd1.Manager"

    let bus: SystemBus

    /// Asks over `bus`, which must carry no other signals.
    package init(_ bus: consuming SystemBus) {
        self.bus = bus
    }

    /// Starts a unit and waits until its job has ended.
    ///
    /// - Throws: when systemd refuses the job, or it has not ended within `deadline` or before the task is cancelled; it
    ///   then goes on without us.
    package borrowing func start(
        _ unit: String, mode: JobMode = .replace, deadline: Duration
    ) throws(BusError) -> JobResult {
        try runJob("StartUnit", unit, mode, deadline)
    }

    /// Stops a unit and waits until its job has ended.
    ///
    /// A unit that is loaded and not active is stopped already.
    ///
    /// - Throws: when systemd does not know the unit (``BusError/isNoSuchUnit``) or refuses, or the job has not ended
    ///   within `deadline`; it then goes on without us.
    package borrowing func stop(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try runJob("StopUnit", unit, .replace, deadline)
    }

    /// Stops a unit if it runs, starts it, and waits until that job has ended.
    ///
    /// - Throws: as ``start(_:mode:deadline:)``.
    package borrowing func restart(
        _ unit: String, mode: JobMode = .replace, deadline: Duration
    ) throws(BusError) -> JobResult {
        try runJob("RestartUnit", unit, mode, deadline)
    }

    /// Has a unit that runs read its configuration again, as `systemctl reload` does, and waits until that job has ended.
    ///
    /// - Throws: as ``start(_:mode:deadline:)``; also for a unit that is not active, or has no `ExecReload=`.
    package borrowing func reload(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try runJob("ReloadUnit", unit, .replace, deadline)
    }

    /// Makes the links by which a unit starts at boot, and has systemd read its units again when there are new ones.
    ///
    /// - Returns: whether any link was made.
    /// - Throws: also when the unit is masked, or has no `[Install]` section to tell of links.
    package borrowing func enable(_ unit: String) throws(BusError) -> Bool {
        let message = try managerCall("EnableUnitFiles")
        try message.append([unit])
        // For good, and never over a link that is there.
        try message.append(false)
        try message.append(false)
        let reply = try bus.call(message)
        let hasInstall = try reply.readBool()
        let changes = try reply.readRows(of: "sss") { (row) throws(BusError) in
            _ = try row.readString()
            _ = try row.readString()
            return try row.readString()
        }
        guard hasInstall || !changes.isEmpty else {
            throw BusError(
                "enable \(unit)", name: "\(Self.systemd).NoInstall", message: "it is not meant to be enabled",
                errno: .invalidArgument)
        }
        if !changes.isEmpty { try reload() }
        return !changes.isEmpty
    }

    /// Has systemd run its generators and read all unit files again; returns when it has.
    package borrowing func reload(deadline: Duration = SystemBus.longestCall) throws(BusError) {
        _ = try bus.call(try managerCall("Reload"), deadline: deadline)
    }

    borrowing func managerCall(_ member: String) throws(BusError) -> BusMessage {
        try bus.message(to: Self.systemd, path: Self.managerPath, interface: Self.manager, member: member)
    }

    // MARK: Jobs

    /// The signal of an ended job; only asked for while a job is waited for, so that no queue fills in between.
    private static let jobEnds =
        "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
        + "interface='org.freedesktop.systemd1.Manager',member='JobRemoved'"

    private struct Job {
        let path: String
        /// The connection that answered, which is systemd's.
        let owner: String
    }

    private borrowing func runJob(
        _ member: String, _ unit: String, _ mode: JobMode, _ deadline: Duration
    ) throws(BusError) -> JobResult {
        let end = ContinuousClock.now + deadline
        try bus.subscribe()
        try bus.addMatch(Self.jobEnds)
        let result: Result<JobResult, BusError>
        do throws(BusError) {
            let message = try managerCall(member)
            try message.append(unit)
            try message.append(mode.rawValue)
            let reply = try bus.call(message, deadline: min(deadline, SystemBus.longestCall))
            let job = Job(path: try reply.readObjectPath(), owner: reply.sender)
            result = .success(try waitForEnd(of: job, "\(member) \(unit)", until: end))
        } catch {
            result = .failure(error)
        }
        // What comes of the match after this is read and dropped. A failure here is told by the next call.
        try? bus.removeMatch(Self.jobEnds)
        while (try? bus.advance { _ in }) == true {}
        return try result.get()
    }

    private borrowing func waitForEnd(
        of job: Job, _ operation: String, until end: ContinuousClock.Instant
    ) throws(BusError) -> JobResult {
        var outcome: JobResult?
        while true {
            let advanced = try bus.advance { (message) throws(BusError) in
                // Any user may send us a signal that looks like systemd's.
                guard message.isSignal(Self.manager, "JobRemoved"), message.sender == job.owner else { return }
                _ = try message.readUInt32()
                guard try message.readObjectPath() == job.path else { return }
                _ = try message.readString()
                let word = try message.readString()
                outcome = word == "done" ? .done : .ended(word)
            }
            if let outcome { return outcome }
            guard !advanced else { continue }
            let left = end - ContinuousClock.now
            guard left > .zero else { throw BusError("wait for \(operation)", errno: .timedOut) }
            // The job goes on without us, too, when whoever ordered it is to end.
            guard !Task.isCancelled else { throw BusError("wait for \(operation)", errno: .canceled) }
            try bus.wait(min(left, .seconds(1)))
        }
    }
}
