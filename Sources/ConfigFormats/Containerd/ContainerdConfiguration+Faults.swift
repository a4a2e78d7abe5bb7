/// What is wrong with the files, for the release that reads them.
extension ContainerdConfiguration {
    /// Why containerd does not start with these files.
    package struct StartFault: Sendable, Equatable {
        /// In words, after "containerd does not start:".
        package let text: String
        package let place: ContainerdPlace
    }

    /// A word that takes the CRI away.
    package struct Disabling: Sendable, Equatable {
        /// The name in `disabled_plugins`.
        package let name: String
        package let place: ContainerdPlace
    }

    /// Why the default runtime does not put containers into systemd's cgroups; the raw value is the reason's token.
    package enum CgroupFault: String, Sendable {
        /// `SystemdCgroup` is false, or not there, which is the same.
        case off = "false"
        /// It stands in the table of another version of the file.
        case wrongTable = "wrong-table"
        /// Its name is in another case.
        case wrongCase = "wrong-case"
        /// It is true, and `runtime_type` is empty.
        case emptyType = "empty-runtime-type"
        /// `runtime_type` is something that `SystemdCgroup` is not known to hold for.
        case otherType = "other-runtime-type"
        /// An imported file has the CRI's table too, and 1.x takes it instead.
        case replaced = "replaced-by-import"
        /// 1.6 takes nothing from a newer file.
        case versionIgnored = "version-ignored"
    }

    /// Why containerd does not start; `nil` when it does.
    package var startFault: StartFault? {
        for file in files {
            if !release.isFirstLine, file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
                return fault("a byte order mark is no TOML to it", file, line: 1)
            }
        }
        if version > release.newestFileVersion, release != ContainerdRelease(major: 1, minor: 6) {
            let file = files.last { $0.version == version } ?? files[0]
            return fault(
                "\(release) reads files up to version \(release.newestFileVersion), and this one is of version \(version)",
                file, line: file.line(of: ["version"]))
        }
        for file in files {
            // A short name is a full one only in a file that is of version 1 itself (2.x), or where all are (1.x).
            let isRenamed = !release.isFirstLine && 0...1 ~= file.version ?? 0
            guard !isRenamed, version > 1 || !release.isFirstLine else { continue }
            for (key, names) in [
                ("disabled_plugins", file.disabledPlugins), ("required_plugins", file.requiredPlugins),
            ] {
                if let name = names.first(where: { !ContainerdPlugins.isFull($0, for: release) }) {
                    return fault("\"\(name)\" in \(key) is no full name of a plugin", file, line: file.line(of: [key]))
                }
            }
            guard release.isFirstLine else { continue }
            if let name = file.plugins.keys.first(where: { !ContainerdPlugins.isFull($0, for: release) }) {
                return fault(
                    "\"\(name)\" is no full name of a plugin", file, line: file.line(of: ["plugins", name]))
            }
        }
        return nil
    }

    private func fault(_ text: String, _ file: ContainerdFile, line: Int?) -> StartFault {
        StartFault(text: text, place: ContainerdPlace(path: file.path, line: line))
    }

    /// Every word that takes the CRI away, over all files: one file cannot empty the list of another.
    ///
    /// All four names count for every release: one that this release does not know is another's.
    package var disablings: [Disabling] {
        files.flatMap { file in
            file.disabledPlugins.enumerated().filter { ContainerdPlugins.cri.contains($0.element) }.map { item in
                let steps: [TOMLPath.Step] = [.key("disabled_plugins"), .index(item.offset)]
                let line = file.text.positions.value(at: TOMLPath(steps))?.line
                return Disabling(name: item.element, place: ContainerdPlace(path: file.path, line: line))
            }
        }
    }

    /// Where `systemd_cgroup = true` stands in the CRI's own table, which keeps the CRI of 1.x from loading.
    ///
    /// - Source: containerd#4574.
    package var legacyKey: ContainerdPlace? {
        guard release.isFirstLine, plugins.value(at: [scopes[0], "systemd_cgroup"]) == .boolean(true) else {
            return nil
        }
        return place(of: ["plugins", scopes[0], "systemd_cgroup"])
    }

    /// Why the default runtime is not right; `nil` when it is.
    package var cgroupFault: CgroupFault? {
        let runtime = defaultRuntime
        if runtime?.isRight == true { return nil }
        if isVersionIgnored { return .versionIgnored }
        if runtime?.systemdCgroup == true { return runtime?.type.isEmpty == true ? .emptyType : .otherType }
        if let runtime, !runtime.isRunc { return .otherType }
        if isReplaced { return .replaced }
        if let runtime, isWritten(runtime) { return .off }
        if misplaced != nil { return .wrongTable }
        return runtime?.misspelling == nil ? .off : .wrongCase
    }

    /// Whether the key stands where it counts.
    private func isWritten(_ runtime: ContainerdRuntime) -> Bool {
        plugins.value(at: [scope(of: runtime.path[1])] + runtime.path + ["options", "SystemdCgroup"]) != nil
    }

    /// Whether an earlier file alone would be right on 1.x, so that a later one has taken its table away.
    private var isReplaced: Bool {
        guard release.isFirstLine, files.count > 1 else { return false }
        return files.indices.dropLast().contains { index in
            ContainerdConfiguration(Array(files[...index]), for: release).defaultRuntime?.isRight == true
        }
    }

    /// The place of `SystemdCgroup = true` in a table that this release does not read for these files.
    package var misplaced: ContainerdPlace? {
        let elsewhere = ContainerdPlugins.cri.subtracting([scope(of: "runtimes")]).sorted()
        for file in files.reversed() {
            for plugin in elsewhere {
                for name in [defaultRuntimeName, "runc"] {
                    let path = ["plugins", plugin, "containerd", "runtimes", name, "options", "SystemdCgroup"]
                    if file.value(at: path) == .boolean(true) {
                        return ContainerdPlace(path: file.path, line: file.line(of: path))
                    }
                }
            }
        }
        return nil
    }

    /// The place that decides about the default runtime: its options, its table, the CRI's table or the main file.
    package var decidingPlace: ContainerdPlace? {
        guard let runtime = defaultRuntime else { return files.first.map { ContainerdPlace(path: $0.path, line: nil) } }
        let table = ["plugins", scope(of: runtime.path[1])] + runtime.path
        let tries = [table + ["options", "SystemdCgroup"], table + ["options"], table, Array(table.prefix(2))]
        for path in tries {
            if let place = place(of: path) { return place }
        }
        return files.first.map { ContainerdPlace(path: $0.path, line: nil) }
    }
}
