package import SystemPackage

/// One unit that systemd has loaded, as `ListUnits` tells it.
package struct UnitStatus: Equatable, Sendable {
    package let name: String
    package let description: String
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`, ….
    package let loadState: String
    /// `active`, `inactive`, `activating`, `deactivating`, `failed`, ….
    package let activeState: String
    /// The state of the unit's own type, such as `activating-done` of a swap.
    package let subState: String
}

/// One unit file on disk, as `ListUnitFiles` tells it.
package struct UnitFileStatus: Equatable, Sendable {
    package let path: FilePath
    /// `enabled`, `disabled`, `static`, `masked`, `masked-runtime`, `generated`, `transient`, ….
    package let state: String

    /// The unit's name.
    package var name: String { path.lastComponent?.string ?? "" }
}

/// How a job of systemd ended.
package enum JobResult: Equatable, Sendable {
    case done
    /// Not as ordered, in systemd's word: `failed`, `timeout`, `canceled`, `dependency`, `skipped`, ….
    case ended(String)
}

/// systemd's manager, asked and ordered over one connection of its own.
///
/// Every call blocks; see ``SystemBus``. Reading has no side effect on the host but that systemd loads the unit asked for.
///
/// - Source: org.freedesktop.systemd1(5).
package struct UnitBus: ~Copyable {
    private static let systemd = "org.freedesktop.systemd1"
    private static let managerPath = "/org/freedesktop/systemd1"
    private static let manager = "org.freedesktop.systemd1.Manager"

    private let bus: SystemBus

    /// Asks over `bus`, which must carry no other signals.
    package init(_ bus: consuming SystemBus) {
        self.bus = bus
    }

    /// systemd's version as it says it, such as `252.39-1~deb12u2`.
    package borrowing func version() throws(BusError) -> String {
        try property("Version", at: Self.managerPath, interface: Self.manager)
    }

    /// The loaded units whose names match one of `patterns` of fnmatch(3); with `states`, those in one of these states
    /// (load, active or sub state).
    package borrowing func units(
        matching patterns: [String], in states: [String] = []
    ) throws(BusError) -> [UnitStatus] {
        let message = try managerCall("ListUnitsByPatterns")
        try message.append(states)
        try message.append(patterns)
        return try bus.call(message).readRows(of: "ssssssouso") { (row) throws(BusError) in
            let status = UnitStatus(
                name: try row.readString(), description: try row.readString(), loadState: try row.readString(),
                activeState: try row.readString(), subState: try row.readString())
            // The unit it follows, its object, and the job it waits for: number, type, object.
            _ = try row.readString()
            _ = try row.readObjectPath()
            _ = try row.readUInt32()
            _ = try row.readString()
            _ = try row.readObjectPath()
            return status
        }
    }

    /// The unit files whose names match one of `patterns`, generated ones included; with `states`, those in one of them.
    package borrowing func unitFiles(
        matching patterns: [String], in states: [String] = []
    ) throws(BusError) -> [UnitFileStatus] {
        let message = try managerCall("ListUnitFilesByPatterns")
        try message.append(states)
        try message.append(patterns)
        return try bus.call(message).readRows(of: "ss") { (row) throws(BusError) in
            UnitFileStatus(path: FilePath(try row.readString()), state: try row.readString())
        }
    }

    /// The state of a unit's file, such as `masked`; `nil` when there is no such file.
    package borrowing func fileState(of unit: String) throws(BusError) -> String? {
        let message = try managerCall("GetUnitFileState")
        try message.append(unit)
        do throws(BusError) {
            return try bus.call(message).readString()
        } catch  where error.name != nil && error.errno == .noSuchFileOrDirectory {
            return nil
        }
    }

    /// A unit as systemd sees it now, loaded for the question if need be; one that is nowhere has the load state
    /// `not-found`.
    package borrowing func status(of unit: String) throws(BusError) -> UnitStatus {
        let path = try loaded(unit)
        return UnitStatus(
            name: unit, description: try property("Description", at: path),
            loadState: try property("LoadState", at: path),
            activeState: try property("ActiveState", at: path), subState: try property("SubState", at: path))
    }

    /// The file a unit was loaded from; `nil` when it has none.
    package borrowing func fragment(of unit: String) throws(BusError) -> FilePath? {
        let path = try property("FragmentPath", at: try loaded(unit))
        return path.isEmpty ? nil : FilePath(path)
    }

    /// Starts a unit and waits until its job has ended.
    ///
    /// - Throws: when systemd refuses the job, or it has not ended within `deadline`; it then goes on without us.
    package borrowing func start(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try runJob("StartUnit", unit, deadline)
    }

    /// Stops a unit and waits until its job has ended.
    ///
    /// A unit that is loaded and not active is stopped already.
    ///
    /// - Throws: when systemd does not know the unit (``BusError/isNoSuchUnit``) or refuses, or the job has not ended
    ///   within `deadline`; it then goes on without us.
    package borrowing func stop(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try runJob("StopUnit", unit, deadline)
    }

    /// Has systemd run its generators and read all unit files again; returns when it has.
    package borrowing func reload(deadline: Duration = SystemBus.longestCall) throws(BusError) {
        _ = try bus.call(try managerCall("Reload"), deadline: deadline)
    }

    // MARK: Calls

    private borrowing func managerCall(_ member: String) throws(BusError) -> BusMessage {
        try bus.message(to: Self.systemd, path: Self.managerPath, interface: Self.manager, member: member)
    }

    private borrowing func loaded(_ unit: String) throws(BusError) -> String {
        let message = try managerCall("LoadUnit")
        try message.append(unit)
        return try bus.call(message).readObjectPath()
    }

    private borrowing func property(
        _ name: String, at path: String, interface: String = "org.freedesktop.systemd1.Unit"
    ) throws(BusError) -> String {
        let message = try bus.message(
            to: Self.systemd, path: path, interface: "org.freedesktop.DBus.Properties", member: "Get")
        try message.append(interface)
        try message.append(name)
        return try bus.call(message).readVariant(of: "s") { (value) throws(BusError) in try value.readString() }
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
        _ member: String, _ unit: String, _ deadline: Duration
    ) throws(BusError) -> JobResult {
        let end = ContinuousClock.now + deadline
        try bus.subscribe()
        try bus.addMatch(Self.jobEnds)
        let result: Result<JobResult, BusError>
        do throws(BusError) {
            let message = try managerCall(member)
            try message.append(unit)
            try message.append("replace")
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
            try bus.wait(left)
        }
    }
}
