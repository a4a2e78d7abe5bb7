/// A place in one of containerd's files.
package struct ContainerdPlace: Sendable, Equatable {
    /// The file, as the caller named it.
    package let path: String

    /// The line, counted from 1; `nil` when the whole file is meant.
    package let line: Int?

    /// The line of a file on which `path` is named.
    package init(_ file: ContainerdFile, line path: [String]) {
        self.init(path: file.path, line: file.line(of: path))
    }

    init(path: String, line: Int?) {
        self.path = path
        self.line = line
    }
}

/// What one release of containerd makes of its file and all that it imports.
///
/// Seen on 1.6.20, 1.7.24 and 2.1.9 with `config dump`. 1.x takes a plugin's table from the last file that has it, whole;
/// 2.x merges key by key. Lists of plugins are united on both. The version is that of the last file that has one: 1.6
/// takes nothing from a newer one, all others refuse it. 2.x gives the plugins of a file without `version` their full
/// names, and then leaves the CRI's old table unread unless another file says version 2.
///
/// - Source: containerd `services/server/config/config.go` (1.x), `cmd/containerd/server/config/config.go` and
///   `plugins/cri/runtime/plugin.go` (2.x).
package struct ContainerdConfiguration: Sendable, Equatable {
    /// The main file first, then imports in the order in which containerd reads them.
    package let files: [ContainerdFile]

    /// The release that reads them.
    package let release: ContainerdRelease

    /// The version that holds for all of them.
    package let version: Int

    /// `[plugins]` after merging.
    let plugins: TOMLTable

    /// The directories of CNI plugins that the build has when no file names any.
    package let builtInCNI: [String]

    /// Merges files.
    ///
    /// - Parameters:
    ///   - files: the main file first, imports after it in the order of reading; none when there is no file at all.
    ///   - release: the release that reads them.
    ///   - builtInCNI: the directories of CNI plugins that its build has when no file names any.
    package init(
        _ files: [ContainerdFile], for release: ContainerdRelease, builtInCNI: [String] = [CNIDirectory.kubernetes]
    ) {
        self.files = files
        self.release = release
        self.builtInCNI = builtInCNI
        let written = files.compactMap(\.version).filter { $0 >= (release.isFirstLine ? 1 : 2) }
        version = written.last ?? (release.isFirstLine ? (files.isEmpty ? release.fileVersion : 1) : 3)
        plugins = files.reduce(TOMLTable([])) { sum, file in
            sum.merging(Self.named(file, release), isDeep: !release.isFirstLine)
        }
    }

    /// The plugins of a file as the release calls them.
    private static func named(_ file: ContainerdFile, _ release: ContainerdRelease) -> TOMLTable {
        guard !release.isFirstLine, 0...1 ~= file.version ?? 0 else { return file.plugins }
        return TOMLTable(
            file.plugins.keys.compactMap { key in
                file.plugins[key].map { (ContainerdPlugins.full(key) ?? "io.containerd.grpc.v1.\(key)", $0) }
            })
    }

    // MARK: - The CRI's tables

    /// The plugins whose tables hold runtimes, the one that counts first.
    ///
    /// The second one fills in what the first one's `containerd` table has no key for.
    package var scopes: [String] {
        if release.isFirstLine { return [version < 2 ? ContainerdPlugins.short : ContainerdPlugins.service] }
        let old = version < 3 ? [ContainerdPlugins.service] : []
        return [ContainerdPlugins.runtime] + old
    }

    /// Whether 1.6 takes nothing from these files, since their version is newer than it knows.
    ///
    /// It still takes a table that is called as in version 2.
    package var isVersionIgnored: Bool { release.isFirstLine && version > release.newestFileVersion }

    /// The plugin whose table has `key` below `containerd`; the one that is written to where none has.
    package func scope(of key: String) -> String {
        let holder = scopes.first { plugins.value(at: [$0, "containerd", key]) != nil }
        if let holder { return holder }
        // A file of version 2 goes on as it is; where there is a newer table, that one counts.
        return scopes.last { plugins.table(at: [$0]) != nil } ?? scopes[scopes.count - 1]
    }

    /// `default_runtime_name`, or what the table `default_runtime` of 1.x makes of it.
    package var defaultRuntimeName: String {
        if let table = defaultRuntimeTable { return table.name }
        if case .string(let name)? = plugins.value(
            at: [scope(of: "default_runtime_name"), "containerd", "default_runtime_name"])
        {
            return name
        }
        return "runc"
    }

    /// The runtime of pods that name none; `nil` when there is none of its name, so that the CRI does not load.
    package var defaultRuntime: ContainerdRuntime? { defaultRuntimeTable ?? runtime(defaultRuntimeName) }

    /// The table that 1.x takes as the default runtime as soon as it has a type.
    private var defaultRuntimeTable: ContainerdRuntime? {
        guard release.isFirstLine else { return nil }
        let path = ["containerd", "default_runtime"]
        guard let table = plugins.table(at: [scopes[0]] + path) else { return nil }
        guard let runtime = ContainerdRuntime("default", at: path, in: table, type: "") else { return nil }
        return runtime.type.isEmpty ? nil : runtime
    }

    /// A runtime by its name; `nil` when there is none.
    package func runtime(_ name: String) -> ContainerdRuntime? {
        let path = ["containerd", "runtimes", name]
        let all = plugins.value(at: [scope(of: "runtimes"), "containerd", "runtimes"])
        // With any runtime of its own, 1.x has no other; 2.x always has runc.
        let hasRunc = name == "runc" && (all == nil || !release.isFirstLine)
        guard case .table(let table)? = all, let node = table[name] else {
            return hasRunc ? ContainerdRuntime(defaultAt: path) : nil
        }
        guard case .table(let own) = node else { return nil }
        return ContainerdRuntime(name, at: path, in: own, type: hasRunc ? ContainerdRuntime.runc : "")
    }

    /// Where `path`, keys from the root, is named: in the last file that has it.
    package func place(of path: [String]) -> ContainerdPlace? {
        for file in files.reversed() {
            if let line = file.line(of: path) { return ContainerdPlace(path: file.path, line: line) }
        }
        return nil
    }
}
