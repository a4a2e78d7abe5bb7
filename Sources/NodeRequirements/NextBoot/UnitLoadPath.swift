internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The folders in which the next boot looks for units, with the names in them.
///
/// What lies below `/run` is gone by then; what generators write there is another question.
/// - Source: systemd.unit(5), "Unit File Load Path"; systemd `src/basic/unit-file.c` (`unit_file_build_name_map`) and
///   `src/basic/path-lookup.c`, versions 249 to 257.
struct UnitLoadPath: Sendable {
    /// The folders on disk, the one that wins first.
    let folders: [FilePath]
    /// The names in each of them.
    private let entries: [FilePath: Set<String>]
    /// Every name that stands in one of the folders.
    let names: Set<String>
    /// The units that a folder beside the unit files is named for.
    private let folderOwners: [UnitIdentifier]
    /// Whether `/lib` is a second name of `/usr/lib`.
    private let isMerged: Bool
    /// The units that `systemd.mask=` on the command line masks.
    private let maskedByCommandLine: Set<String>

    private static let persistent: [FilePath] = [
        "/etc/systemd/system.control", "/etc/systemd/system", "/etc/systemd/system.attached",
        "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    ]
    /// What of it is there in this boot alone; a link there is an alias all the same.
    private static let volatile: [FilePath] = [
        "/run/systemd/system", "/run/systemd/generator", "/run/systemd/generator.early", "/run/systemd/generator.late",
    ]

    /// Where the link to the default target is told from: the operator's folder and the distribution's.
    static let defaultTargetFolders: [FilePath] = [
        "/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    ]

    /// Lists the folders.
    init(_ host: HostView) async throws(ObservationError) {
        isMerged = try await host.files.kind(of: "/lib") != .directory
        folders = isMerged ? Self.persistent.dropLast() : Self.persistent
        var entries: [FilePath: Set<String>] = [:]
        for folder in folders { entries[folder] = Set(try await host.files.names(in: folder)) }
        self.entries = entries
        names = entries.values.reduce(into: []) { $0.formUnion($1) }
        folderOwners = Self.folderOwners(names)
        maskedByCommandLine = Set(try await host.commandLine().values(of: "systemd.mask"))
    }

    /// What a name leads to.
    enum Found: Equatable, Sendable {
        /// No folder has it.
        case nothing
        /// The command line masks it.
        case maskedByCommandLine
        /// This file or link out of the load path, under the name that it is loaded by.
        case file(FilePath, name: String)
        /// Links that end nowhere or in a circle: the first of them, and the name that they end at.
        case broken(FilePath, name: String)
    }

    /// Looks a name up as PID 1 does: the first folder that has it, aliases followed by name, an instance by its template.
    func find(_ unit: UnitIdentifier, _ host: HostView) async throws(ObservationError) -> Found {
        let direct = try await follow(unit, host)
        switch direct {
        case .file, .maskedByCommandLine: return direct
        case .nothing, .broken: break
        }
        guard let template = unit.template.flatMap({ UnitIdentifier($0) }) else { return direct }
        let indirect = try await follow(template, host)
        guard case .file(let path, let name) = indirect else { return direct == .nothing ? indirect : direct }
        // A template that is an alias of another passes its instance on.
        let instance = unit.instance ?? ""
        return .file(path, name: UnitIdentifier(name)?.replacingInstance(instance) ?? unit.name)
    }

    private func follow(_ unit: UnitIdentifier, _ host: HostView) async throws(ObservationError) -> Found {
        var name = unit
        var first: FilePath?
        // As many links as systemd follows.
        for _ in 0..<8 {
            if maskedByCommandLine.contains(name.name) { return .maskedByCommandLine }
            guard let (path, alias) = try await entry(name, host) else {
                guard let template = name.template.flatMap({ UnitIdentifier($0) }), first != nil,
                    let (path, alias) = try await entry(template, host), alias == nil
                else { return first.map { .broken($0, name: name.name) } ?? .nothing }
                return .file(path, name: name.name)
            }
            guard let alias else { return .file(path, name: name.name) }
            first = first ?? path
            name =
                alias.isTemplate && unit.isInstance
                ? UnitIdentifier(alias.replacingInstance(unit.instance ?? "")) ?? alias : alias
        }
        return first.map { .broken($0, name: name.name) } ?? .nothing
    }

    /// The first entry with this very name that counts, and the unit that it is an alias of.
    private func entry(_ unit: UnitIdentifier, _ host: HostView) async throws(ObservationError)
        -> (path: FilePath, alias: UnitIdentifier?)?
    {
        for folder in folders where entries[folder]?.contains(unit.name) == true {
            let path = folder.appending(unit.name)
            switch try await host.files.kind(of: path) {
            case nil, .directory?: continue
            case .regular?, .other?: return (path, nil)
            case .link(let target)?:
                let place = canonical(target, in: folder)
                guard isInLoadPath(place) else { return (path, nil) }
                guard let alias = place.lastComponent.flatMap({ UnitIdentifier($0.string) }), alias != unit,
                    Self.mayStand(unit, for: alias)
                else { continue }
                return (path, alias)
            }
        }
        return nil
    }

    /// Whether an alias may have this name: types that have aliases, and the same kind of name.
    ///
    /// - Source: systemd `src/basic/unit-file.c` (`unit_validate_alias_symlink_or_warn`).
    private static func mayStand(_ alias: UnitIdentifier, for unit: UnitIdentifier) -> Bool {
        let types: Set<String> = ["service", "socket", "target", "device", "timer", "path"]
        guard alias.type == unit.type, types.contains(alias.type) else { return false }
        switch (alias.instance, unit.instance) {
        case (nil, nil): return true
        case (let one?, let other?): return one == other || other.isEmpty
        default: return false
        }
    }

    /// The place that a link in `folder` names, `..` taken out, and `/lib` for what it is.
    func canonical(_ target: FilePath, in folder: FilePath) -> FilePath {
        let place = folder.pushing(target).lexicallyNormalized()
        guard isMerged, place.starts(with: "/lib") else { return place }
        return FilePath("/usr").appending(place.components)
    }

    private func isInLoadPath(_ path: FilePath) -> Bool {
        (folders + Self.volatile).contains { path.starts(with: $0) && path != $0 }
    }

    /// The other names of a unit that own a folder of drop-ins or of dependencies: only there does an alias matter.
    func aliases(of unit: UnitIdentifier, _ host: HostView) async throws(ObservationError) -> [UnitIdentifier] {
        var found: Set<UnitIdentifier> = []
        for owner in folderOwners where owner != unit && owner.type == unit.type {
            switch (owner.instance, unit.instance) {
            case (nil, nil), (_?, _?): break
            default: continue
            }
            let alias =
                owner.isTemplate && unit.isInstance
                ? UnitIdentifier(owner.replacingInstance(unit.instance ?? "")) ?? owner : owner
            guard alias != unit, case .file(_, unit.name) = try await find(alias, host) else { continue }
            found.insert(alias)
        }
        return found.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    private static func folderOwners(_ names: Set<String>) -> [UnitIdentifier] {
        let owners = names.compactMap { name -> UnitIdentifier? in
            guard let suffix = [".wants", ".requires", ".upholds", ".d"].first(where: { name.hasSuffix($0) }) else {
                return nil
            }
            return UnitIdentifier(String(name.dropLast(suffix.count)))
        }
        return Array(Set(owners))
    }

    /// The folders `NAME.wants`, `NAME.d` and so on that count for a unit, the one that wins first.
    ///
    /// - Source: systemd `src/shared/dropin.c` (`unit_file_find_dropin_paths`).
    func subfolders(_ suffix: String, of names: [UnitIdentifier]) -> [FilePath] {
        var found: [FilePath] = []
        func add(_ name: String, in folder: FilePath) {
            let name = name + suffix
            if entries[folder]?.contains(name) == true { found.append(folder.appending(name)) }
        }
        for name in names {
            for folder in folders {
                for owner in name.folderNames { add(owner, in: folder) }
            }
        }
        if let type = names.first?.type {
            for folder in folders { add(type, in: folder) }
        }
        return found
    }

    /// Every folder of dependencies, whoever owns it.
    var dependencyFolders: [FilePath] {
        folders.flatMap { folder in
            (entries[folder] ?? []).filter { name in
                [".wants", ".requires", ".upholds"].contains { name.hasSuffix($0) }
            }.sorted().map { folder.appending($0) }
        }
    }
}
