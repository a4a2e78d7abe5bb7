internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Loads units as PID 1 will at the next boot, each at most once.
///
/// - Source: systemd `src/core/load-fragment.c` (`unit_load_fragment`) and `src/core/load-dropin.c`, versions 249 to 257.
struct BootUnitReader: Sendable {
    private(set) var host: HostView
    let path: UnitLoadPath
    /// Whether the tree is a record of some files and no whole system: PID 1's own program is not in it.
    ///
    /// What it lacks then is no evidence, and systemd's own units are taken to be as they are shipped.
    let isExcerpt: Bool
    private var units: [String: LoadedUnit] = [:]
    private var ids: [String: String] = [:]

    /// Lists the load path.
    init(_ host: HostView) async throws(ObservationError) {
        isExcerpt = try await host.isExcerpt()
        self.host = Self.view(of: host, isExcerpt: isExcerpt)
        path = try await UnitLoadPath(self.host)
    }

    /// The same units, with what is not loaded yet read through another view of the same host.
    func reading(through host: HostView) -> BootUnitReader {
        var other = self
        other.host = Self.view(of: host, isExcerpt: isExcerpt)
        return other
    }

    private static func view(of host: HostView, isExcerpt: Bool) -> HostView {
        guard isExcerpt else { return host }
        var view = host
        view.files = ExcerptFiles(host.files)
        return view
    }

    /// The unit that goes by a name; `nil` for what is no unit's name.
    ///
    /// - Throws: when one of its files is there and cannot be read.
    mutating func load(_ name: String) async throws(ObservationError) -> LoadedUnit? {
        if let id = ids[name], let unit = units[id] { return unit }
        guard let asked = UnitIdentifier(name) else { return nil }
        var unit = LoadedUnit(id: asked)
        switch try await path.find(asked, host) {
        case .nothing:
            if let shipped = shipped(name) {
                unit = shipped
            } else if !["device", "slice"].contains(asked.type), !Self.perpetual.contains(name) {
                unit.state = .missing
            }
        case .maskedByCommandLine:
            unit.file = "/proc/cmdline"
            unit.state = .masked
        case .broken(let link, let end):
            if let shipped = shipped(end) {
                unit = shipped
            } else {
                unit.file = link
                unit.state = .broken("\(link) is a link that leads to no unit")
            }
        case .file(let file, let id):
            unit = LoadedUnit(id: UnitIdentifier(id) ?? asked, file: file)
            if let known = units[id] {
                ids[name] = id
                return known
            }
            try await read(file, into: &unit)
        }
        try await addFolders(to: &unit)
        if unit.state == .loaded, unit.file != nil, let refusal = unit.refusal { unit.state = refusal }
        ids[name] = unit.id.name
        units[unit.id.name] = unit
        return unit
    }

    /// What a name stands for in full, without loading it.
    func fullName(_ name: String) async throws(ObservationError) -> String {
        if let id = ids[name] { return id }
        guard path.names.contains(name), let asked = UnitIdentifier(name),
            case .file(_, let id) = try await path.find(asked, host)
        else { return name }
        return id
    }

    /// A unit that a record of some files left out, and that every distribution ships.
    private func shipped(_ name: String) -> LoadedUnit? {
        guard isExcerpt, let shipped = ShippedUnits.unit(name), let id = UnitIdentifier(shipped.name) else {
            return nil
        }
        var unit = LoadedUnit(id: id)
        unit.take(UnitFile(parsing: shipped.text), from: FilePath("/usr/lib/systemd/system/\(shipped.name)"))
        return unit
    }

    /// What is there without any file.
    static let perpetual: Set<String> = ["-.mount", "init.scope"]

    private func read(_ file: FilePath, into unit: inout LoadedUnit) async throws(ObservationError) {
        guard try await !isNull(file) else {
            unit.state = .masked
            return
        }
        guard let bytes = try await host.files.bytes(at: file) else {
            unit.state = .broken("\(file) is a broken link")
            return
        }
        guard !bytes.isEmpty else {
            unit.state = .masked
            return
        }
        // Lines that are no UTF-8 are ignored by systemd; the others count.
        let text = UnitFile(parsing: String(decoding: bytes, as: UTF8.self))
        if let fault = unit.take(text, from: file) { unit.state = .refused(reason: "bad-setting", fault) }
    }

    /// Whether a path is a link to /dev/null, over however many links.
    ///
    /// - Source: systemd `src/basic/stat-util.c` (`null_or_empty_path`), which follows them.
    func isNull(_ file: FilePath) async throws(ObservationError) -> Bool {
        var place = file
        for _ in 0..<40 {
            guard case .link(let target) = try await host.files.kind(of: place) else { return place == "/dev/null" }
            place = path.canonical(target, in: place.removingLastComponent())
        }
        return false
    }

    /// Reads the drop-ins and the folders of dependencies of a unit.
    private mutating func addFolders(to unit: inout LoadedUnit) async throws(ObservationError) {
        let names = [unit.id] + (try await path.aliases(of: unit.id, host))
        for file in try await files(in: path.subfolders(".d", of: names), suffix: ".conf") {
            guard try await !isNull(file), let bytes = try await host.files.bytes(at: file) else { continue }
            unit.take(UnitFile(parsing: String(decoding: bytes, as: UTF8.self)), from: file)
        }
        unit.takeDependencies()
        let suffixes: [(String, LoadedUnit.Relation)] = [
            (".wants", .wants), (".requires", .requires), (".upholds", .wants),
        ]
        for (suffix, relation) in suffixes {
            for link in try await files(in: path.subfolders(suffix, of: names), suffix: "") {
                guard try await entry(link) == .valid, let name = link.lastComponent?.string,
                    let other = unit.resolving(name)
                else { continue }
                unit.dependencies.append(
                    LoadedUnit.Dependency(name: other, relation: relation, evidence: Evidence(link)))
            }
        }
        if isExcerpt {
            let own = unit.id.name
            unit.dependencies += ShippedUnits.dependencies(of: own).map { name in
                LoadedUnit.Dependency(
                    name: name, relation: .wants,
                    evidence: Evidence(FilePath("/usr/lib/systemd/system/\(own).wants/\(name)")))
            }
        }
    }

    /// The files and links of some folders by name: a name counts in the first folder that has it.
    ///
    /// - Source: systemd `src/basic/conf-files.c` (`conf_files_list_strv`), called without flags.
    private func files(in folders: [FilePath], suffix: String) async throws(ObservationError) -> [FilePath] {
        var found: [String: FilePath] = [:]
        for folder in folders {
            for name in try await host.files.names(in: folder)
            where found[name] == nil && name.hasSuffix(suffix) && !name.hasPrefix(".") {
                let file = folder.appending(name)
                switch try await host.files.kind(of: file) {
                case .regular, .link: found[name] = file
                case .directory, .other, nil: continue
                }
            }
        }
        return found.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.map(\.value)
    }

    /// What an entry in a folder of dependencies is worth.
    enum Entry: Equatable, Sendable {
        /// A link: systemd goes by its name, whatever it leads to.
        case valid
        /// A link to /dev/null or to an empty file, which keeps the dependency out.
        case mask
        /// No link: systemd passes over it.
        case noLink
    }

    /// Looks at an entry as PID 1 does.
    ///
    /// - Source: systemd `src/core/load-dropin.c` (`process_deps`): where a link leads is warned about and no more, so one
    ///   that leads nowhere counts.
    func entry(_ link: FilePath) async throws(ObservationError) -> Entry {
        guard case .link = try await host.files.kind(of: link) else { return .noLink }
        if try await isNull(link) { return .mask }
        do throws(ObservationError) {
            return try await host.files.bytes(at: link)?.isEmpty == true ? .mask : .valid
        } catch {
            // A folder, a device or a file that is closed to us: no mask.
            return .valid
        }
    }
}
