internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// A unit as PID 1 would load it: its file, its drop-ins, and what it pulls in.
struct LoadedUnit: Equatable, Sendable {
    /// What became of loading it.
    enum State: Equatable, Sendable {
        /// It can be started.
        case loaded
        /// It has no file.
        case missing
        /// Its file is empty, or a link to /dev/null.
        case masked
        /// Its file leads nowhere or is none.
        case broken(String)
        /// It is refused for what it says, or does not say.
        case refused(reason: String, String)
    }

    /// One setting, and the file that has it.
    struct Setting: Equatable, Sendable {
        var key: String
        var value: String
        var section: String
        var evidence: Evidence
    }

    /// How one unit draws on another.
    enum Relation: Equatable, Sendable {
        case wants, requires, bindsTo, requisite, conflicts, after, before
        /// It is stopped together with the other.
        case partOf
        /// The other is stopped together with it.
        case stops
    }

    /// One unit that this one names.
    struct Dependency: Equatable, Sendable {
        var name: String
        var relation: Relation
        /// The link or the line that says so.
        var evidence: Evidence
    }

    var id: UnitIdentifier
    /// The unit's file; `nil` when there is none.
    var file: FilePath?
    var state = State.loaded
    var settings: [Setting] = []
    /// The units that it names, in the order of reading.
    var dependencies: [Dependency] = []

    /// The settings of a key since the last one that is empty.
    func list(_ key: String, in section: String) -> [Setting] {
        let all = settings.filter { $0.section == section && $0.key == key }
        guard let reset = all.lastIndex(where: { $0.value.isEmpty }) else { return all }
        return Array(all[(reset + 1)...])
    }

    /// The last value of a key; `nil` when there is none, or it is empty.
    func value(_ key: String, in section: String) -> String? { list(key, in: section).last?.value }

    /// The last value of a switch that is one; `nil` when there is none.
    func boolean(_ key: String, in section: String) -> Bool? {
        list(key, in: section).compactMap { KernelCommandLine.boolean(from: $0.value) }.last
    }

    /// The section that says what the unit does.
    var ownSection: String { id.type.prefix(1).uppercased() + id.type.dropFirst() }

    /// The commands of a key such as `ExecStart`, each with its line.
    func commands(_ key: String) -> [(command: ExecCommand, evidence: Evidence)] {
        list(key, in: "Service").flatMap { setting in
            ExecCommand.commands(of: setting.value).map { ($0, setting.evidence) }
        }
    }
}

extension LoadedUnit {
    /// Takes the settings of one file in, up to the line at which systemd gives it up.
    ///
    /// - Returns: what is wrong with that line; `nil` when there is none.
    /// - Source: systemd `src/core/load-fragment.c` (`config_parse_exec`), `src/shared/conf-parser.c` (`config_parse`).
    @discardableResult
    mutating func take(_ unit: UnitFile, from path: FilePath) -> String? {
        for assignment in unit.assignments {
            if let end = unit.brokenHeader, assignment.line > end { break }
            if assignment.section == ownSection, Self.commandKeys.contains(assignment.key),
                let word = ExecCommand.refusedWord(of: assignment.value)
            {
                return "\(assignment.key)= in line \(assignment.line) names no program: \(word)"
            }
            settings.append(
                Setting(
                    key: assignment.key, value: assignment.value, section: assignment.section,
                    evidence: Evidence(path, line: assignment.line)))
        }
        return unit.brokenHeader.map { "line \($0) is a section header without its ]" }
    }

    private static let commandKeys: Set<String> = [
        "ExecCondition", "ExecStartPre", "ExecStart", "ExecStartPost", "ExecReload", "ExecStop", "ExecStopPre",
        "ExecStopPost",
    ]

    /// The name of a unit that is named here: a template is taken with this unit's instance, or else its prefix.
    ///
    /// - Source: systemd `src/core/unit.c` (`resolve_template`).
    func resolving(_ name: String) -> String? {
        guard let other = UnitIdentifier(name) else { return nil }
        return other.isTemplate ? other.replacingInstance(id.isInstance ? id.instance ?? "" : id.prefix) : name
    }
}
