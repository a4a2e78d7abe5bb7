internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What the next boot starts: all that default.target pulls in.
///
/// Left out: which job systemd drops to break a circle of `After=`, and what is started later by timers, sockets and buses.
/// - Source: systemd `src/core/transaction.c` (`transaction_add_job_and_dependencies`), `src/core/main.c`
///   (`do_queue_default_job`), versions 249 to 257.
struct BootTransaction: Sendable {
    /// The unit that the boot aims at.
    private(set) var target = ""
    /// What names that target: a link, or the command line.
    private(set) var targetEvidence = Evidence("/etc/systemd/system/default.target")
    /// Why the wanted target is not the one; `nil` when it is.
    private(set) var failure: String?
    /// What starts each unit, by the unit's full name; the target is started by itself.
    private(set) var started: [String: LoadedUnit.Dependency] = [:]
    /// Which unit each dropped one conflicts with.
    private(set) var dropped: [String: LoadedUnit.Dependency] = [:]

    /// Computes it.
    ///
    /// - Parameters:
    ///   - reader: loads the units.
    ///   - asked: where the answer for these names is enough; `nil` computes all, and looks for conflicts too.
    init(_ reader: inout BootUnitReader, for asked: Set<String>? = nil) async throws(ObservationError) {
        let wanted = try await BootTarget.wanted(reader.host)
        targetEvidence = wanted.evidence
        for name in [wanted.name, "rescue.target"] {
            // A target that does not load is replaced by rescue.target; with one that lacks what it requires PID 1 stops.
            guard let unit = try await reader.load(name), unit.state == .loaded else {
                let state = try await reader.load(name)?.state ?? .missing
                if failure == nil { failure = "\(name) \(state.text)" }
                continue
            }
            if let missing = try await Self.firstFailure(of: name, &reader) {
                if failure == nil { failure = missing }
            } else {
                target = unit.id.name
            }
            break
        }
        guard !target.isEmpty else { return }
        var isSettled = false
        while !isSettled {
            try await reach(&reader, asked)
            isSettled = asked != nil ? true : try await !dropConflicts(&reader)
        }
    }

    /// Why a unit cannot be started for what it requires; `nil` when it can.
    private static func firstFailure(of name: String, _ reader: inout BootUnitReader) async throws(ObservationError)
        -> String?
    {
        var queue = [name]
        var seen: Set<String> = []
        while let next = queue.popLast() {
            guard let unit = try await reader.load(next) else { continue }
            guard seen.insert(unit.id.name).inserted else { continue }
            guard unit.state == .loaded else { return "\(next) \(unit.state.text)" }
            queue += unit.dependencies.filter { $0.relation == .requires }.map(\.name)
        }
        return nil
    }

    /// Follows all that is pulled in from the target.
    private mutating func reach(_ reader: inout BootUnitReader, _ asked: Set<String>?) async throws(ObservationError) {
        started = [:]
        var open = asked ?? []
        var queue = [LoadedUnit.Dependency(name: target, relation: .requires, evidence: targetEvidence)]
        var index = 0
        while index < queue.count {
            let next = queue[index]
            index += 1
            guard let unit = try await reader.load(next.name), unit.state == .loaded else { continue }
            let name = unit.id.name
            guard started[name] == nil, dropped[name] == nil else { continue }
            started[name] = next
            open.remove(name)
            open.remove(next.name)
            if asked != nil, open.isEmpty { return }
            let pulled = unit.dependencies.filter { $0.relation == .wants || $0.relation == .requires }
            // What is asked for comes first, so that no more is read than is needed.
            queue.insert(contentsOf: pulled.filter { open.contains($0.name) }, at: index)
            queue += pulled.filter { !open.contains($0.name) }
        }
    }

    /// Drops what another started unit conflicts with.
    ///
    /// Of two the one that the target requires stays; else the one that names the other.
    /// - Returns: whether something was dropped.
    /// - Source: systemd `src/core/transaction.c` (`delete_one_unmergeable_job`).
    private mutating func dropConflicts(_ reader: inout BootUnitReader) async throws(ObservationError) -> Bool {
        let anchored = try await anchored(&reader)
        for name in started.keys.sorted() {
            guard let unit = try await reader.load(name) else { continue }
            for conflict in unit.dependencies where conflict.relation == .conflicts {
                guard let other = try await reader.load(conflict.name)?.id.name, other != name, started[other] != nil
                else { continue }
                let loser = anchored.contains(other) && !anchored.contains(name) ? name : other
                dropped[loser] = LoadedUnit.Dependency(
                    name: loser == other ? name : other, relation: .conflicts, evidence: conflict.evidence)
                return true
            }
        }
        return false
    }

    /// What the target requires, and what that requires in turn.
    private func anchored(_ reader: inout BootUnitReader) async throws(ObservationError) -> Set<String> {
        var queue = [target]
        var seen: Set<String> = []
        while let next = queue.popLast() {
            guard let unit = try await reader.load(next), seen.insert(unit.id.name).inserted else { continue }
            queue += unit.dependencies.filter { $0.relation == .requires }.map(\.name)
        }
        return seen
    }
}

extension LoadedUnit.State {
    /// What is wrong, in words behind the unit's name.
    var text: String {
        switch self {
        case .loaded: "is loaded"
        case .missing: "has no unit file"
        case .masked: "is masked"
        case .broken(let cause), .refused(_, let cause): "is refused: \(cause)"
        }
    }
}
