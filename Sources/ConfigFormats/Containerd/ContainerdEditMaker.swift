/// Edits all files of one configuration, one step after the other.
struct ContainerdEditMaker {
    let release: ContainerdRelease
    private let paths: [String]
    private(set) var edits: [TOMLEdit] = []
    private(set) var current: ContainerdConfiguration

    init(_ configuration: ContainerdConfiguration) throws(ContainerdRefusal) {
        release = configuration.release
        current = configuration
        paths = configuration.files.map(\.path)
        for file in configuration.files {
            do throws(ParseError) {
                edits.append(try TOMLEdit(file.bytes))
            } catch {
                throw ContainerdRefusal(path: file.path, bytes: file.bytes, error: error)
            }
        }
    }

    /// The files as they are now.
    func files() throws(ContainerdRefusal) -> [ContainerdFile] {
        var files: [ContainerdFile] = []
        for (path, edit) in zip(paths, edits) {
            do throws(ParseError) {
                files.append(try ContainerdFile(path: path, bytes: edit.bytes))
            } catch {
                throw .invalid(path: path, error)
            }
        }
        return files
    }

    /// The runtimes that are made right: runc, and the default one where that is runc by another name.
    var names: [String] {
        let other = current.defaultRuntimeName
        return other == "runc" ? ["runc"] : ["runc", other]
    }

    mutating func edit(
        _ index: Int, _ change: (inout TOMLEdit) throws(TOMLEditError) -> Void
    ) throws(ContainerdRefusal) {
        do throws(TOMLEditError) {
            try change(&edits[index])
        } catch {
            throw .shape(path: paths[index], error)
        }
        current = ContainerdConfiguration(try files(), for: release, builtInCNI: current.builtInCNI)
    }

    /// Takes the CRI out of every list, and out of the way of a key of old.
    mutating func enableCRI() throws(ContainerdRefusal) {
        for index in edits.indices
        where current.files[index].disabledPlugins.contains(where: ContainerdPlugins.cri.contains) {
            try edit(index) { (file) throws(TOMLEditError) in
                try file.removeStrings(ContainerdPlugins.cri.contains, from: ["disabled_plugins"])
            }
        }
    }

    // MARK: - Version 1

    /// Makes files of version 1 files of version 2, where 1.x would find nothing of version 1 in them or 2.x reads them;
    /// gives plugins their full names where they must have them.
    mutating func raiseIfNeeded() throws(ContainerdRefusal) {
        guard !edits.isEmpty else { return }
        let isFirst = current.files.allSatisfy { ($0.version ?? 1) < 2 }
        if isFirst {
            guard !release.isFirstLine || current.plugins[ContainerdPlugins.short] == nil else { return }
            try edit(0) { (file) throws(TOMLEditError) in try file.set(["version"], to: .integer(2)) }
        }
        for index in edits.indices where isFirst || release.isFirstLine { try renamePlugins(in: index) }
    }

    /// How many plugins of one file get another name.
    ///
    /// The file is read again after each; version 1 had about 20.
    private static let mostRenames = 64

    private mutating func renamePlugins(in index: Int) throws(ContainerdRefusal) {
        let file = current.files[index]
        let short = file.plugins.keys.filter { !$0.utf8.contains(UInt8(ascii: ".")) }
        guard short.count <= Self.mostRenames else {
            let error = TOMLEditError(["plugins"], "more than \(Self.mostRenames) plugins would be renamed")
            throw .shape(path: file.path, error)
        }
        for name in short {
            guard let full = ContainerdPlugins.full(name) else {
                throw .ambiguousPlugin(path: file.path, name: name)
            }
            try edit(index) { (file) throws(TOMLEditError) in try file.rename(["plugins", name], to: full) }
        }
        for key in ["disabled_plugins", "required_plugins"] {
            try edit(index) { (file) throws(TOMLEditError) in
                try file.replaceStrings(in: [key]) {
                    $0.utf8.contains(UInt8(ascii: ".")) ? nil : ContainerdPlugins.full($0)
                }
            }
        }
    }

    // MARK: - Runtimes

    /// Gives one runtime its type and systemd's cgroups, and takes the key of old away.
    mutating func makeRight(_ name: String) throws(ContainerdRefusal) {
        guard !edits.isEmpty else { return }
        if let legacy = current.legacyKey, let index = paths.lastIndex(of: legacy.path) {
            let path = ["plugins", current.scopes[0], "systemd_cgroup"]
            try edit(index) { (file) throws(TOMLEditError) in try file.set(path, to: .boolean(false)) }
        }
        let isDefault = name == current.defaultRuntimeName
        let runtime = isDefault ? current.defaultRuntime : current.runtime(name)
        guard let runtime else {
            // A default runtime that is nowhere is nothing to be guessed; runc is.
            if name == "runc" { try write(["containerd", "runtimes", name], withType: true, misspelled: nil) }
            return
        }
        // What is no runc is left as it is, but for the word that a file's own "runc" has to have.
        guard !runtime.isRight, runtime.isRunc || name == "runc" && runtime.systemdCgroup != true else { return }
        let isOld = runtime.isRunc && runtime.type != ContainerdRuntime.runc
        if isOld, let key = runtime.oldShimKey {
            throw .oldShim(path: paths[deciding(table(runtime.path))], runtime: name, key: key)
        }
        // Where the release knows the type by itself, it is written in a table that is new, and nowhere else.
        let table = table(runtime.path)
        let isNew =
            release.isFirstLine
            ? current.files[deciding(table)].value(at: table) == nil : current.place(of: table) == nil
        try write(
            runtime.path, withType: isOld || isNew, misspelled: runtime.systemdCgroup == nil ? runtime.misspelling : nil
        )
    }

    private func table(_ path: [String]) -> [String] { ["plugins", current.scope(of: "runtimes")] + path }

    private mutating func write(_ path: [String], withType: Bool, misspelled: String?) throws(ContainerdRefusal) {
        let table = table(path)
        let index = deciding(table)
        let options = table + ["options"]
        try edit(index) { (file) throws(TOMLEditError) in
            if withType { try file.set(table + ["runtime_type"], to: .string(ContainerdRuntime.runc)) }
            if let misspelled { try file.rename(options + [misspelled], to: "SystemdCgroup") }
            try file.set(options + ["SystemdCgroup"], to: .boolean(true))
        }
    }

    /// The file whose word counts about a table: of 1.x the last one with its plugin, of 2.x the last one with it.
    func deciding(_ table: [String]) -> Int {
        var tries = [Array(table.prefix(2))]
        if !release.isFirstLine { tries = [table + ["options", "SystemdCgroup"], table, Array(table.prefix(2))] }
        for path in tries {
            if let index = current.files.lastIndex(where: { $0.value(at: path) != nil }) { return index }
        }
        return 0
    }
}
