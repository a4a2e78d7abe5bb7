internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What the next boot starts: all that default.target draws in, without what is dropped again.
///
/// Left out: what generators write, what is started later by timers, sockets and buses, and what mounts and devices bring.
/// - Source: systemd `src/core/main.c` (`do_queue_default_job`) and `src/core/transaction.c`, versions 249 to 257.
struct BootTransaction: Sendable {
    /// The unit that the boot aims at.
    private(set) var target = ""
    /// What names that target: a link, or the command line.
    private(set) var targetEvidence = Evidence("/etc/systemd/system/default.target")
    /// Why the wanted target is not the one; `nil` when it is.
    private(set) var failure: String?
    /// What starts each unit that starts for certain, by the unit's full name; the target is started by itself.
    private(set) var started: [String: LoadedUnit.Dependency] = [:]
    /// The units that start or not, as it happens.
    private(set) var undecided: Set<String> = []
    /// What each unit that is drawn in and does not start gives way to, or lacks.
    private(set) var dropped: [String: LoadedUnit.Dependency] = [:]

    /// Computes it.
    init(_ reader: inout BootUnitReader) async throws(ObservationError) {
        let wanted = try await BootTarget.wanted(reader.host)
        targetEvidence = wanted.evidence
        var isFound = false
        // A target that does not load is replaced by rescue.target; with one that lacks what it requires PID 1 stops.
        for name in [wanted.name, "rescue.target"] where !isFound {
            let unit = try await reader.load(name)
            if let unit, unit.state == .loaded {
                target = unit.id.name
                isFound = true
            } else if failure == nil {
                failure = "\(name) \((unit?.state ?? .missing).text)"
            }
        }
        guard isFound, let unit = try await reader.load(target) else { return }
        let graph = try await BootGraph(&reader, target: target)
        let isolates = reader.isExcerpt || unit.boolean("AllowIsolate", in: "Unit") ?? false
        var sorter = BootJobSorter(graph, isolates: isolates)
        var isComplete = !graph.isCut
        var mayGiveUp = false
        let rules = try await Self.dropsFailed(reader.host)
        for dropsFailed in isComplete ? rules : [] {
            let answer = BootJobBuilder.drafts(graph, dropsFailed: dropsFailed)
            isComplete = isComplete && answer.isComplete
            mayGiveUp = mayGiveUp || answer.mayGiveUp
            for draft in answer.drafts where isComplete {
                sorter.sort(draft)
                isComplete = isComplete && sorter.isComplete
            }
        }
        mayGiveUp = mayGiveUp || sorter.mayGiveUp
        if isComplete, mayGiveUp, sorter.results.isEmpty {
            failure = failure ?? Self.firstFailure(graph)
            target = ""
            return
        }
        let isCertain = isComplete && !mayGiveUp
        let sets = sorter.results
        let every = isCertain ? sets.dropFirst().reduce(sets.first ?? []) { $0.intersection($1) } : []
        let some = isComplete ? sets.reduce(into: Set<Int>()) { $0.formUnion($1) } : Set(graph.units.indices)
        undecided = Set(some.subtracting(every).map { graph.units[$0].id.name })
        explain(graph, every, some)
    }

    /// Whether PID 1 takes a job out again when its unit requires what cannot be started.
    ///
    /// Version 252 does not, by its own `--test`; the change was proposed in May 2023, between 253 and 254. From 253 to 255,
    /// and where the version is not known, both rules are followed.
    ///
    /// - Source: https://github.com/systemd/systemd/pull/27852
    private static func dropsFailed(_ host: HostView) async throws(ObservationError) -> [Bool] {
        switch try await SystemdVersion.installed(host) {
        case let version? where version < 253: [false]
        case let version? where version > 255: [true]
        default: [false, true]
        }
    }

    /// Why the target cannot be started for what it requires.
    private static func firstFailure(_ graph: BootGraph) -> String {
        var queue = [0]
        var seen: Set<Int> = []
        while let next = queue.popLast() {
            guard seen.insert(next).inserted else { continue }
            guard graph.isLoaded(next) else { return "\(graph.units[next].id.name) \(graph.units[next].state.text)" }
            queue += graph.requires[next] + graph.requisites[next]
        }
        return "what it requires is at odds with itself"
    }

    /// Finds what starts each unit and what keeps each of the others out.
    private mutating func explain(_ graph: BootGraph, _ every: Set<Int>, _ some: Set<Int>) {
        var queue: [(unit: Int, by: LoadedUnit.Dependency)] = [
            (0, LoadedUnit.Dependency(name: target, relation: .requires, evidence: targetEvidence))
        ]
        var index = 0
        while index < queue.count {
            let (unit, dependency) = queue[index]
            index += 1
            let name = graph.units[unit].id.name
            guard every.contains(unit), started[name] == nil else { continue }
            started[name] = dependency
            for next in graph.units[unit].dependencies where next.relation.isStart {
                if let other = graph.number(named: next.name) { queue.append((other, next)) }
            }
        }
        // What a unit that is gone again had drawn in stays.
        for unit in every where started[graph.units[unit].id.name] == nil {
            started[graph.units[unit].id.name] = LoadedUnit.Dependency(
                name: graph.units[unit].id.name, relation: .wants, evidence: targetEvidence)
        }
        for unit in graph.units.indices where graph.isLoaded(unit) && !some.contains(unit) {
            let name = graph.units[unit].id.name
            for dependency in graph.units[unit].dependencies where dropped[name] == nil {
                guard let other = graph.number(named: dependency.name) else { continue }
                let isLacking = dependency.relation.isRequirement && !some.contains(other)
                if isLacking || (dependency.relation == .conflicts && every.contains(other)) {
                    dropped[name] = dependency
                }
            }
            for other in graph.conflictedBy[unit] where every.contains(other) {
                for dependency in graph.units[other].dependencies where dependency.relation == .conflicts {
                    guard graph.number(named: dependency.name) == unit else { continue }
                    dropped[name] = LoadedUnit.Dependency(
                        name: graph.units[other].id.name, relation: .conflicts, evidence: dependency.evidence)
                }
            }
        }
    }
}

extension LoadedUnit.Relation {
    /// Whether the other unit is started along.
    var isStart: Bool { self == .wants || isRequirement }

    /// Whether the unit does without the other no better than without itself.
    var isRequirement: Bool { self == .requires || self == .bindsTo }
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
