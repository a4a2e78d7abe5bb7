internal import LinuxHost
internal import NodeState
internal import Synchronization
internal import SystemPackage

@testable internal import NodeEngine
@testable internal import NucprepDaemon

/// Values that the suites are made from.
enum Samples {
    static let bootID = "5f1d0c7a9e3b4f62b1a4d8c05e7f9a13"
    static let instance = "3f0c9a2e5b7d4c61a8e2f09d1b6c7e55"
    static let edit = FileEdit(
        path: "/etc/fstab", before: Array("/swap.img none swap sw 0 0\n".utf8),
        after: Array("#/swap.img none swap sw 0 0\n".utf8))
    static let met = Verdict.met(observed: "no swap")
    static let unmet = Verdict.unmet(
        observed: "/etc/fstab:1 activates /swap.img",
        findings: [
            Finding(
                "fstab-entry", expected: "no swap area is activated at boot",
                actual: "/etc/fstab:1 activates /swap.img")
        ])

    /// One entry of a report.
    static func entry(
        _ id: RequirementID = "swap-off", now: Verdict = met, nextBoot: Verdict = met, isContested: Bool = false
    ) -> ReportEntry {
        let catalog = CatalogEntry(id, group: "swap", title: "It is good", why: "it matters", source: "somewhere")
        return ReportEntry(entry: catalog, now: now, nextBoot: nextBoot, isContested: isContested)
    }

    /// A snapshot, made whole.
    static func snapshot(
        _ generation: Int = 1, observedAtBoottime: Int = 1_000_000, lifecycle: Lifecycle? = .fresh,
        entries: [ReportEntry] = [entry()], steps: [Plan.Step] = [], refused: [Snapshot.Refused] = [],
        histories: [RequirementID: History] = [:], dueAtBoottime: Int? = nil, hasTransientError: Bool = false
    ) -> Snapshot {
        let plan = Plan(steps: steps)
        return Snapshot(
            generation: generation, observedAt: 1_795_342_500_412_906, observedAtBoottime: observedAtBoottime,
            lifecycle: lifecycle, entries: entries, histories: histories, plan: plan, refused: refused,
            dueAtBoottime: dueAtBoottime, configuration: Configuration(), planID: plan.id,
            hasTransientError: hasTransientError)
    }

    /// A snapshot as it is published.
    static func published(_ snapshot: Snapshot, status: [UInt8] = []) -> SnapshotCache.Published {
        SnapshotCache.Published(
            snapshot: snapshot, readiness: snapshot.readiness, cursor: "c.\(snapshot.generation)"
        ) { status }
    }

    static let step = Plan.Step(
        requirement: "swap-off", horizon: .nextBoot, proposal: Proposal(.editFstab(edit), .always))

    /// A node of an inventory.
    static func node(_ name: String, _ address: String, line: Int = 1) -> Configuration.Node {
        let origin = Origin(file: "/etc/nucprep/nucprep.toml", line: line)
        return Configuration.Node(name: name, address: address, role: .worker, origin: origin)
    }

    /// A builder over `state`.
    static func builder(_ state: DaemonState = DaemonState()) -> StatusBuilder {
        StatusBuilder(
            state: state, instance: instance, bootID: bootID, startedAt: "2026-11-22T07:02:11.000412Z")
    }
}

/// A clock that stands still until it is set.
final class StandingClock: Sendable {
    private let microseconds = Mutex(1_000_000)

    var engine: EngineClock {
        EngineClock(realtime: { 1_795_342_500_412_906 }, boottime: { [self] in microseconds.withLock { $0 } })
    }

    /// Sets the time since the boot.
    func set(_ value: Int) { microseconds.withLock { $0 = value } }
}

/// A folder that is removed at the end, with what `names` name in it.
func withStateFolder<Value>(_ body: (FilePath) async throws -> Value) async throws -> Value {
    let folder = FilePath("/tmp").appending("nucprep-daemon-\(UInt64.random(in: 0 ... .max))")
    let value: Value
    do {
        value = try await body(folder)
    } catch {
        try? folder.removeAll()
        throw error
    }
    try folder.removeAll()
    return value
}
