internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The units that a boot may touch, by number, with what each of them draws in, keeps out and waits for.
///
/// - Source: systemd `src/core/unit-dependency-atom.c`, versions 249 to 257.
struct BootGraph: Sendable {
    /// A boot with more is not computed: PID 1 follows units by recursion, and so does this.
    private static let mostUnits = 2000

    private(set) var units: [LoadedUnit] = []
    private var numbers: [String: Int] = [:]
    private var aliases: [String: Int] = [:]
    /// `Requires=` and `BindsTo=`.
    private(set) var requires: [[Int]] = []
    private(set) var wants: [[Int]] = []
    private(set) var requisites: [[Int]] = []
    private(set) var conflicts: [[Int]] = []
    private(set) var conflictedBy: [[Int]] = []
    /// What is stopped together with it.
    private(set) var stops: [[Int]] = []
    /// What it comes before.
    private(set) var before: [[Int]] = []
    /// Whether there were more units than are looked at.
    private(set) var isCut = false

    /// The number of a unit by any of the names that were met.
    func number(named name: String) -> Int? { numbers[name] ?? aliases[name] }

    /// Whether a job to start it can be made at all.
    func isLoaded(_ unit: Int) -> Bool { units[unit].state == .loaded }

    /// Whether it can never be stopped.
    func isPerpetual(_ unit: Int) -> Bool { BootUnitReader.perpetual.contains(units[unit].id.name) }

    /// Loads all that the target may draw in; the target is number 0.
    init(_ reader: inout BootUnitReader, target: String) async throws(ObservationError) {
        _ = try await number(loading: target, &reader)
        var isVisited: [Bool] = []
        var queue = [0]
        var index = 0
        while index < queue.count {
            let unit = queue[index]
            index += 1
            while isVisited.count < units.count { isVisited.append(false) }
            guard !isVisited[unit], isLoaded(unit) else { continue }
            isVisited[unit] = true
            for dependency in units[unit].dependencies {
                guard units.count < Self.mostUnits else {
                    isCut = true
                    return
                }
                switch dependency.relation {
                case .wants, .requires, .bindsTo:
                    if let other = try await number(loading: dependency.name, &reader) { queue.append(other) }
                case .requisite, .conflicts, .partOf, .stops:
                    _ = try await number(loading: dependency.name, &reader)
                case .after, .before: continue
                }
            }
        }
        let none = [[Int]](repeating: [], count: units.count)
        (requires, wants, requisites, conflicts) = (none, none, none, none)
        (conflictedBy, stops, before) = (none, none, none)
        for unit in units.indices where isLoaded(unit) { try await connect(unit, &reader) }
        orderTargets()
        for keyPath in [\Self.requires, \.wants, \.requisites, \.conflicts, \.conflictedBy, \.stops, \.before] {
            for unit in units.indices where self[keyPath: keyPath][unit].count > 1 {
                self[keyPath: keyPath][unit] = Set(self[keyPath: keyPath][unit]).sorted()
            }
        }
    }

    private mutating func number(loading name: String, _ reader: inout BootUnitReader) async throws(ObservationError)
        -> Int?
    {
        guard let unit = try await reader.load(name) else { return nil }
        if let number = numbers[unit.id.name] { return number }
        units.append(unit)
        numbers[unit.id.name] = units.count - 1
        return units.count - 1
    }

    /// Turns the names of a unit into numbers; a unit has no relation to itself.
    private mutating func connect(_ unit: Int, _ reader: inout BootUnitReader) async throws(ObservationError) {
        for dependency in units[unit].dependencies {
            var other = number(named: dependency.name)
            if other == nil {
                other = numbers[try await reader.fullName(dependency.name)]
                aliases[dependency.name] = other
            }
            guard let other, other != unit else { continue }
            switch dependency.relation {
            case .wants: wants[unit].append(other)
            case .requires, .bindsTo:
                requires[unit].append(other)
                stops[other].append(unit)
            case .requisite:
                requisites[unit].append(other)
                stops[other].append(unit)
            case .conflicts:
                conflicts[unit].append(other)
                conflictedBy[other].append(unit)
            case .partOf: stops[other].append(unit)
            case .stops: stops[unit].append(other)
            case .before: before[unit].append(other)
            case .after: before[other].append(unit)
            }
        }
    }

    /// A target comes behind what it draws in, unless one of the two wants no such rule or says the opposite.
    ///
    /// - Source: systemd `src/core/unit.c` (`unit_add_default_target_dependency`).
    private mutating func orderTargets() {
        let takesRule = units.map { $0.boolean("DefaultDependencies", in: "Unit") ?? true }
        for target in units.indices where units[target].id.type == "target" && takesRule[target] {
            for other in requires[target] + wants[target] + requisites[target]
            where takesRule[other] && isLoaded(other) && !before[target].contains(other) {
                before[other].append(target)
            }
        }
    }
}
