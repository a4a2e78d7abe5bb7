internal import ConfigFormats
internal import Testing

@Suite(
    "containerd as the judge",
    .enabled(if: !ContainerdProgram.all.isEmpty, Comment(rawValue: ContainerdProgram.absence)))
struct ContainerdJudgeTests {
    /// What is said of files, by us or by the program.
    private struct Said: Equatable {
        var starts = true
        var isDisabled = false
        var legacy = false
        var name = ""
        /// The runtime by that name and runc: type and SystemdCgroup.
        var runtimes: [String: String] = [:]
        /// Where it looks for CNI plugins.
        var directories: [String] = []
    }

    /// The directories that a program has when no file names any, by its own word.
    private func builtIn(_ program: ContainerdProgram) throws -> [String] {
        theirs(try program.dump("/dev/null"), program.release).directories
    }

    private func ours(_ files: [ContainerdFile], _ program: ContainerdProgram) throws -> Said {
        let release = program.release
        let configuration = ContainerdConfiguration(files, for: release, builtInCNI: try builtIn(program))
        guard configuration.startFault == nil else { return Said(starts: false) }
        var said = Said(isDisabled: !configuration.disablings.isEmpty)
        // A plugin that is disabled is left out of what is printed.
        if said.isDisabled { return said }
        said.legacy = configuration.legacyKey != nil
        // The table `default_runtime` counts when the CRI starts, not when the files are merged.
        let scope = configuration.scope(of: "default_runtime_name")
        let written = configuration.files.reversed().lazy.compactMap {
            $0.value(at: ["plugins", scope, "containerd", "default_runtime_name"])?.string
        }
        said.name =
            configuration.defaultRuntimeName == "default" ? written.first ?? "runc" : configuration.defaultRuntimeName
        for name in [said.name, "runc"] {
            said.runtimes[name] = configuration.runtime(name).map { described($0.type, $0.systemdCgroup) }
        }
        said.directories = configuration.cniDirectories
        return said
    }

    private func theirs(_ dump: TOMLText?, _ release: ContainerdRelease) -> Said {
        guard let dump else { return Said(starts: false) }
        var said = Said()
        if case .array(let disabled)? = dump.root["disabled_plugins"] {
            said.isDisabled = disabled.contains { ContainerdPlugins.cri.contains($0.string ?? "") }
        }
        if said.isDisabled { return said }
        let scope = release.isFirstLine ? ContainerdPlugins.service : ContainerdPlugins.runtime
        let cri = dump.root.table(at: ["plugins", scope])
        said.legacy = cri?["systemd_cgroup"]?.boolean ?? false
        said.name = cri?.value(at: ["containerd", "default_runtime_name"])?.string ?? ""
        for name in [said.name, "runc"] {
            guard let table = cri?.table(at: ["containerd", "runtimes", name]) else { continue }
            let type = table["runtime_type"]?.string ?? ""
            said.runtimes[name] = described(type, table.value(at: ["options", "SystemdCgroup"])?.boolean)
        }
        var list: [String] = []
        if case .array(let nodes)? = cri?.value(at: ["cni", "bin_dirs"]) { list = nodes.compactMap(\.string) }
        // 2.1 prints what the files say, and takes a single one for its own list when it starts.
        let single = cri?.value(at: ["cni", "bin_dir"])?.string ?? ""
        if !single.isEmpty, list.isEmpty || list == ["/usr/lib/cni", "/opt/cni/bin"] || list == ["/opt/cni/bin"] {
            list = [single]
        }
        said.directories = list.map(CNIDirectory.normalised).filter { !$0.isEmpty }
        return said
    }

    private func described(_ type: String, _ cgroup: Bool?) -> String { "\(type) \(cgroup ?? false)" }

    @Test(
        "every file of the corpus means to containerd what it means to us, before and after the edit",
        .enabled(if: Corpus.folder != nil, Comment(rawValue: Corpus.absence)), arguments: ContainerdProgram.all)
    func corpus(_ program: ContainerdProgram) throws {
        let folder = try ContainerdFolder()
        let builtIn = try builtIn(program)
        var (before, after, refused, asked) = (0, 0, 0, 0)
        let samples = try ContainerdSample.all()
        for (number, sample) in samples.enumerated() {
            let path = try folder.write(sample.bytes, to: "\(number).toml")
            let dump = try program.dump(path)
            guard sample.expected.valid else {
                #expect(dump == nil, "\(sample)")
                continue
            }
            asked += 1
            let file = try ContainerdFile(path: path, bytes: sample.bytes)
            // Imports of the file's own home are not here.
            guard file.imports?.isEmpty ?? true else { continue }
            let (mine, real) = (try ours([file], program), theirs(dump, program.release))
            #expect(mine == real, "\(sample)")
            if mine == real { before += 1 }
            let edit: ContainerdEdit
            do throws(ContainerdRefusal) {
                edit = try ContainerdEdit(
                    of: ContainerdConfiguration([file], for: program.release, builtInCNI: builtIn))
            } catch {
                refused += 1
                continue
            }
            let bytes = edit.files.first?.after ?? sample.bytes
            let printed = try program.dump(try folder.write(bytes, to: "\(number).edited.toml"))
            if let dump, let printed {
                let text = try TOMLText(bytes: bytes).root
                let loss = ContainerdLoss(from: dump.root, to: printed.root, stated: text)
                #expect(loss == nil, "\(sample)")
            }
            let edited = theirs(printed, program.release)
            let name = ContainerdConfiguration(
                [try ContainerdFile(path: path, bytes: bytes)], for: program.release, builtInCNI: builtIn)
            let wanted = described(ContainerdRuntime.runc, true)
            let foreign = name.runtime("runc").map { !$0.isRight } ?? false
            let isRight =
                edited.starts && !edited.isDisabled && !edited.legacy
                && (name.hasOwnCNIDirectory || edited.directories.contains(CNIDirectory.kubernetes))
                && (edited.runtimes["runc"] == wanted || foreign && edited.runtimes["runc"]?.hasSuffix("true") == true)
            #expect(isRight, "\(sample): \(edited)")
            if isRight { after += 1 }
        }
        print(
            "\(program)  files \(samples.count)  parsed \(asked)  same verdict \(before)  right after the edit \(after)  edit refused \(refused)"
        )
    }

    @Test(
        "imports mean to containerd what they mean to us",
        arguments: ContainerdProgram.all, ContainerdImports.all)
    func imports(_ program: ContainerdProgram, _ example: ContainerdImports) throws {
        let folder = try ContainerdFolder()
        let main = "imports = [\"\(folder.path)/d/*.toml\"]\n\(example.main)"
        var files = [
            try ContainerdFile(path: try folder.write(Array(main.utf8), to: "m.toml"), bytes: Array(main.utf8))
        ]
        for (number, text) in example.imports.enumerated() {
            let path = try folder.write(Array(text.utf8), to: "d/\(number).toml")
            files.append(try ContainerdFile(path: path, bytes: Array(text.utf8)))
        }
        #expect(try ours(files, program) == theirs(try program.dump(files[0].path), program.release))
        let configuration = ContainerdConfiguration(files, for: program.release, builtInCNI: try builtIn(program))
        guard let edit = try? ContainerdEdit(of: configuration) else { return }
        for file in edit.files {
            _ = try folder.write(file.after, to: String(file.path.dropFirst(folder.path.count + 1)))
        }
        let edited = theirs(try program.dump(files[0].path), program.release)
        #expect(edited.starts && !edited.isDisabled && !edited.legacy)
        #expect(edited.runtimes["runc"] == described(ContainerdRuntime.runc, true))
        #expect(edited.directories.contains(CNIDirectory.kubernetes))
    }
}

/// A file and what it imports.
struct ContainerdImports: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var main: String
    var imports: [String]

    private static let old = "[plugins.\"io.containerd.grpc.v1.cri\""
    private static let new = "[plugins.\"io.containerd.cri.v1.runtime\""
    private static let right =
        ".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { SystemdCgroup = true }\n"
    private static let wrong =
        ".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { SystemdCgroup = false }\n"

    static let all = [
        Self(testDescription: "nothing imported", main: "version = 2\n\(old)\(right)", imports: []),
        Self(
            testDescription: "a drop-in with another key of the CRI", main: "version = 2\n\(old)\(right)",
            imports: ["version = 2\n\(old)]\nsandbox_image = \"x\"\n"]),
        Self(
            testDescription: "a drop-in without a version", main: "version = 2\n\(old)\(right)",
            imports: ["\(old)]\nsandbox_image = \"x\"\n"]),
        Self(
            testDescription: "a drop-in of version 1", main: "version = 2\n\(old)\(right)",
            imports: ["[plugins.cri]\nsandbox_image = \"x\"\n"]),
        Self(
            testDescription: "a drop-in of a newer version", main: "version = 2\n\(old)\(right)",
            imports: ["version = 3\n\(new)]\nenable_cdi = false\n"]),
        Self(
            testDescription: "a drop-in of an older version", main: "version = 3\n\(new)\(right)",
            imports: ["version = 2\n\(old)\(wrong)"]),
        Self(
            testDescription: "a main file of version 1 under a drop-in of version 2", main: "[plugins.cri\(right)",
            imports: ["version = 2\n\(old)]\nsandbox_image = \"x\"\n"]),
        Self(
            testDescription: "only version 1", main: "[plugins.cri\(wrong)",
            imports: ["[plugins.cri]\nsandbox_image = \"x\"\n"]),
        Self(
            testDescription: "two drop-ins, the last one right", main: "version = 2\n",
            imports: ["version = 2\n\(old)\(wrong)", "version = 2\n\(old)\(right)"]),
        Self(
            testDescription: "two drop-ins, the last one wrong", main: "version = 2\n",
            imports: ["version = 2\n\(old)\(right)", "version = 2\n\(old)\(wrong)"]),
        Self(
            testDescription: "disabled twice",
            main: "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n",
            imports: ["version = 2\ndisabled_plugins = []\n", "disabled_plugins = ['io.containerd.grpc.v1.cri']\n"]),
        Self(
            testDescription: "disabled by the short name in a drop-in", main: "version = 2\n",
            imports: ["disabled_plugins = [\"cri\"]\n"]),
        Self(
            testDescription: "disabled by the short name in a drop-in of version 3", main: "version = 3\n",
            imports: ["disabled_plugins = [\"cri\"]\n"]),
        Self(
            testDescription: "a name of the default runtime in a drop-in", main: "version = 2\n\(old)\(right)",
            imports: ["version = 2\n\(old).containerd]\ndefault_runtime_name = \"x\"\n"]),
        Self(
            testDescription: "a newer table in a file of version 2", main: "version = 2\n\(old)\(wrong)\(new)\(right)",
            imports: []),
        Self(
            testDescription: "an older table in a file of version 3", main: "version = 3\n\(old)\(right)", imports: []),
        Self(
            testDescription: "Debian's directory of CNI plugins",
            main: "version = 2\n\(old).cni]\nbin_dir = '/usr/lib/cni'\n\(old)\(right)", imports: []),
        Self(
            testDescription: "a list of directories in a file of version 2",
            main: "version = 2\n\(old).cni]\nbin_dirs = ['/usr/lib/cni']\n\(old)\(right)", imports: []),
        Self(
            testDescription: "one directory and a list, each in a table",
            main: "version = 2\n\(old).cni]\nbin_dir = '/usr/lib/cni'\n\(new).cni]\nbin_dirs = ['/opt/cni/bin']\n",
            imports: []),
        Self(
            testDescription: "no directory at all",
            main: "version = 3\n\(new).cni]\nbin_dirs = []\n\(new)\(right)", imports: []),
        Self(
            testDescription: "a directory in a drop-in", main: "version = 2\n\(old)\(right)",
            imports: ["version = 2\n\(old).cni]\nbin_dir = '/usr/lib/cni'\n"]),
        Self(testDescription: "a file of version 4", main: "version = 4\n\(new)\(right)", imports: []),
        Self(testDescription: "a file of version 0", main: "version = 0\n[plugins.cri\(right)", imports: []),
    ]
}
