internal import ConfigFormats
internal import Testing

/// The ways in which containerd's files look right and are not, and in which a cure makes them worse.
@Suite("Traps of containerd's files")
struct ContainerdTrapTests {
    private static let release16 = ContainerdRelease(major: 1, minor: 6)
    private static let release17 = ContainerdRelease(major: 1, minor: 7)
    private static let release21 = ContainerdRelease(major: 2, minor: 1)
    private static let right =
        "runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd.runtimes.runc.options]\nSystemdCgroup = true\n"
    private static let table = "[plugins.\"io.containerd.grpc.v1.cri\".containerd."

    private func merged(_ texts: String..., release: ContainerdRelease = release17) throws -> ContainerdConfiguration {
        var files: [ContainerdFile] = []
        for (index, text) in texts.enumerated() {
            files.append(try ContainerdFile(path: "/etc/containerd/\(index)", bytes: Array(text.utf8)))
        }
        return ContainerdConfiguration(files, for: release)
    }

    private func edited(_ configuration: ContainerdConfiguration) throws -> [String] {
        let edit = try ContainerdEdit(of: configuration)
        return configuration.files.map { file in
            String(decoding: edit.files.first { $0.path == file.path }?.after ?? file.bytes, as: UTF8.self)
        }
    }

    @Test("the CRI is off under any of its four names", arguments: ContainerdPlugins.cri.sorted())
    func disabled(_ name: String) throws {
        let version = name == "cri" ? "" : "version = 2\n"
        let configuration = try merged(
            "\(version)disabled_plugins = [\"aufs.x.y.z\", \"\(name)\"]\n\(Self.table)\(Self.right)")
        #expect(configuration.disablings.map(\.name) == [name])
        let line = name == "cri" ? 1 : 2
        #expect(configuration.disablings.map(\.place.line) == [line])
        let text = try edited(configuration)[0]
        #expect(text.contains("disabled_plugins = [\"aufs.x.y.z\"]\n"))
    }

    @Test("Docker's file is enabled and made right by one edit that no release refuses")
    func docker() throws {
        let text = "#   Copyright\n\ndisabled_plugins = [\"cri\"]\n\n#root = \"/var/lib/containerd\"\n"
        for release in [Self.release16, Self.release17, Self.release21] {
            #expect(
                try edited(try merged(text, release: release)) == [
                    """
                    version = 2
                    #   Copyright

                    disabled_plugins = []

                    #root = "/var/lib/containerd"

                    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
                    runtime_type = "io.containerd.runc.v2"

                    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
                    SystemdCgroup = true

                    """
                ])
        }
    }

    @Test("a short name in a file of version 2 keeps containerd from starting, until the edit takes it out")
    func shortName() throws {
        let configuration = try merged("version = 2\ndisabled_plugins = [\"cri\"]\n")
        let fault = try #require(configuration.startFault)
        #expect(fault.text == "\"cri\" in disabled_plugins is no full name of a plugin")
        #expect(fault.place.line == 2)
        #expect(try edited(configuration)[0].hasPrefix("version = 2\ndisabled_plugins = []\n"))
    }

    @Test("a file of version 1 stays one on 1.x, and becomes one of version 2, all plugins renamed, on 2.x")
    func versionOne() throws {
        let text =
            "oom_score = 0\n[plugins]\n  [plugins.cri]\n    sandbox_image = \"p\"\n  [plugins.linux]\n    shim_debug = true\n"
        let old = try edited(try merged(text, release: Self.release16))[0]
        #expect(!old.contains("version"))
        #expect(old.contains("[plugins.cri.containerd.runtimes.runc.options]"))
        let new = try edited(try merged(text, release: Self.release21))[0]
        #expect(new.hasPrefix("version = 2\noom_score = 0\n[plugins]\n  [plugins.\"io.containerd.grpc.v1.cri\"]\n"))
        #expect(new.contains("  [plugins.\"io.containerd.runtime.v1.linux\"]\n    shim_debug = true\n"))
    }

    @Test("a file of version 1 is lost on 2.1, whatever it says")
    func versionOneLost() throws {
        let text =
            "[plugins.cri.containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { SystemdCgroup = true }\n"
        #expect(try merged(text, release: Self.release17).cgroupFault == nil)
        #expect(try merged(text, release: Self.release21).cgroupFault == .wrongTable)
    }

    @Test("a plugin whose name was more than one plugin's is not guessed")
    func ambiguous() throws {
        let configuration = try merged("[plugins.cri]\n[plugins.windows]\n", release: Self.release21)
        #expect(throws: ContainerdRefusal.ambiguousPlugin(path: "/etc/containerd/0", name: "windows")) {
            try ContainerdEdit(of: configuration)
        }
    }

    @Test("the right key in the wrong table counts for nothing, and is told with its line")
    func wrongTable() throws {
        let dotted = try merged("[plugins]\n\(Self.table)\(Self.right)")
        #expect(dotted.cgroupFault == .wrongTable)
        #expect(dotted.misplaced?.line == 5)
        #expect(try edited(dotted)[0].hasPrefix("version = 2\n[plugins]\n"))
        let newer = try merged(
            "version = 2\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nSystemdCgroup = true\n"
        )
        #expect(newer.cgroupFault == .wrongTable)
        let older = try merged("version = 3\n\(Self.table)\(Self.right)", release: Self.release21)
        #expect(older.cgroupFault == .wrongTable)
    }

    @Test("a wrong case counts for nothing, and is put right in its place")
    func wrongCase() throws {
        let text =
            "version = 2\n\(Self.table)runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { systemdCgroup = false }\n"
        let configuration = try merged(text)
        #expect(configuration.cgroupFault == .wrongCase)
        #expect(try edited(configuration)[0] == text.replacing("systemdCgroup = false", with: "SystemdCgroup = true"))
    }

    @Test("SystemdCgroup alone empties runtime_type on 1.x, and not on 2.x")
    func emptyType() throws {
        let text = "version = 2\n\(Self.table)runtimes.runc.options]\nSystemdCgroup = true\n"
        #expect(try merged(text, release: Self.release16).cgroupFault == .emptyType)
        #expect(try merged(text, release: Self.release21).cgroupFault == nil)
        #expect(
            try edited(try merged(text))[0] == text
                + "\n\(Self.table)runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\n")
    }

    @Test("a drop-in for one key replaces the whole table on 1.x, and is edited there; 2.x merges")
    func replacedByImport() throws {
        let main = "version = 2\nimports = [\"/etc/containerd/*\"]\n\(Self.table)\(Self.right)"
        let dropIn = "[plugins.\"io.containerd.grpc.v1.cri\"]\nsandbox_image = \"p\"\n"
        let old = try merged(main, dropIn)
        #expect(old.cgroupFault == .replaced)
        #expect(old.decidingPlace?.path == "/etc/containerd/1")
        let texts = try edited(old)
        #expect(texts[0] == main)
        #expect(texts[1].hasPrefix(dropIn) && texts[1].contains("SystemdCgroup = true"))
        #expect(try merged(main, dropIn, release: Self.release21).cgroupFault == nil)
    }

    @Test("lists are united: a drop-in neither empties one nor is passed over")
    func united() throws {
        let off = "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n\(Self.table)\(Self.right)"
        let empty = try merged(off, "version = 2\ndisabled_plugins = []\n")
        #expect(empty.disablings.map(\.place.path) == ["/etc/containerd/0"])
        let second = try merged(
            "version = 2\n\(Self.table)\(Self.right)",
            "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n")
        #expect(second.disablings.map(\.place.path) == ["/etc/containerd/1"])
        #expect(try edited(second)[1] == "version = 2\ndisabled_plugins = []\n")
    }

    @Test("1.6 takes nothing from a newer file, the others refuse it, and nobody raises or lowers one")
    func newerVersion() throws {
        let text =
            "version = 3\n[plugins.'io.containerd.cri.v1.runtime'.containerd.runtimes.runc.options]\nSystemdCgroup = true\n"
        let ignored = try merged(text, release: Self.release16)
        #expect(ignored.startFault == nil && ignored.cgroupFault == .versionIgnored)
        #expect(try merged(text, release: Self.release17).startFault?.place.line == 1)
        #expect(try merged(text, release: Self.release21).cgroupFault == nil)
        let four = try merged(text.replacing("3", with: "4"), release: Self.release21)
        #expect(four.startFault != nil)
        for configuration in [ignored, four] {
            #expect(throws: ContainerdRefusal.self) { try ContainerdEdit(of: configuration) }
        }
        let five = try merged("version = 5\n", release: ContainerdRelease(major: 2, minor: 3))
        #expect(throws: ContainerdRefusal.newer(path: "/etc/containerd/0", version: 5)) {
            try ContainerdEdit(of: five)
        }
    }

    @Test("the key of old keeps the CRI of 1.x from loading, and is set to false")
    func legacy() throws {
        let text =
            "version = 2\n[plugins.\"io.containerd.grpc.v1.cri\"]\nsystemd_cgroup = true\n\(Self.table)\(Self.right)"
        #expect(try merged(text).legacyKey?.line == 3)
        #expect(
            try edited(try merged(text))[0] == text.replacing("systemd_cgroup = true", with: "systemd_cgroup = false"))
        #expect(try merged(text, release: Self.release21).legacyKey == nil)
    }

    @Test("the default runtime is the one that is named, and it is made right beside runc")
    func defaultRuntime() throws {
        let text =
            "version = 2\n\(Self.table)\(Self.right)\(Self.table)runtimes.nvidia]\nruntime_type = \"io.containerd.runc.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"nvidia\"\n"
        let configuration = try merged(text)
        #expect(configuration.cgroupFault == .off && configuration.defaultRuntimeName == "nvidia")
        #expect(try edited(configuration)[0].contains("runtimes.nvidia.options]\nSystemdCgroup = true\n"))
        let missing = try merged(text.replacing("\"nvidia\"", with: "\"none\""))
        #expect(missing.defaultRuntime == nil)
    }

    @Test("a runtime that is no runc is left alone, and told")
    func otherType() throws {
        let text =
            "version = 2\n\(Self.table)\(Self.right)\(Self.table)runtimes.kata]\nruntime_type = \"io.containerd.kata.v2\"\n[plugins.\"io.containerd.grpc.v1.cri\".containerd]\ndefault_runtime_name = \"kata\"\n"
        #expect(try merged(text).cgroupFault == .otherType)
        #expect(try edited(try merged(text)) == [text])
    }

    @Test("a runtime with a setting of the old shim is not given the new one")
    func oldShim() throws {
        let text =
            "version = 2\n\(Self.table)runtimes.runc]\nruntime_type = \"io.containerd.runtime.v1.linux\"\nruntime_engine = \"/x\"\n"
        let configuration = try merged(text)
        #expect(throws: ContainerdRefusal.oldShim(path: "/etc/containerd/0", runtime: "runc", key: "runtime_engine")) {
            try ContainerdEdit(of: configuration)
        }
    }

    @Test("a byte order mark is no TOML to 2.x alone")
    func byteOrderMark() throws {
        let text = "\u{FEFF}version = 2\n\(Self.table)\(Self.right)"
        #expect(try merged(text).startFault == nil)
        #expect(try merged(text, release: Self.release21).startFault != nil)
    }

    @Test(
        "values of another type are as no file at all",
        arguments: [
            "version = \"2\"\n", "disabled_plugins = \"cri\"\n", "imports = [1]\n", "plugins = 1\n", "version = -1\n",
        ])
    func types(_ text: String) {
        #expect(throws: ParseError.self) { try ContainerdFile(path: "f", bytes: Array(text.utf8)) }
    }

    @Test("SystemdCgroup in quotes is not true, and is set")
    func quoted() throws {
        let text = "version = 2\n\(Self.table)\(Self.right)".replacing("= true", with: "= \"true\"")
        #expect(try merged(text).cgroupFault == .off)
        #expect(try edited(try merged(text))[0] == "version = 2\n\(Self.table)\(Self.right)")
    }

    @Test("a new file is right for its release")
    func new() throws {
        for release in [Self.release16, Self.release17, Self.release21, ContainerdRelease(major: 2, minor: 3)] {
            let builtIn = CNIDirectory.builtIn(release, isDebians: true)
            let bytes = ContainerdFile.new(for: release, head: ["# x"], builtInCNI: builtIn)
            let file = try ContainerdFile(path: "f", bytes: bytes)
            let configuration = ContainerdConfiguration([file], for: release, builtInCNI: builtIn)
            #expect(
                configuration.startFault == nil && configuration.cgroupFault == nil && configuration.disablings.isEmpty)
            #expect(configuration.searchesKubernetesCNI && configuration.cniConflict == nil)
            #expect(try ContainerdEdit(of: configuration).files.isEmpty)
        }
    }

    @Test("versions are read as the program, dpkg and the CRI write them")
    func releases() {
        #expect(ContainerdRelease("1.6.20~ds1-1+deb12u3") == Self.release16)
        #expect(ContainerdRelease("v2.1.9") == Self.release21)
        #expect(ContainerdRelease("1:1.7.24-0ubuntu1") == Self.release17)
        #expect(ContainerdRelease("2.1.9+unknown") == Self.release21)
        #expect(ContainerdRelease("") == nil && ContainerdRelease("x.y") == nil && ContainerdRelease("2") == nil)
    }
}
