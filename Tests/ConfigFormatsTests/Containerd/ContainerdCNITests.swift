internal import ConfigFormats
internal import Testing

/// Where containerd looks for CNI plugins, and how an edit has it look where Kubernetes puts them.
@Suite("containerd's directories of CNI plugins")
struct ContainerdCNITests {
    private static let release16 = ContainerdRelease(major: 1, minor: 6)
    private static let release17 = ContainerdRelease(major: 1, minor: 7)
    private static let release20 = ContainerdRelease(major: 2, minor: 0)
    private static let release21 = ContainerdRelease(major: 2, minor: 1)
    private static let old = "plugins.\"io.containerd.grpc.v1.cri\""
    private static let new = "plugins.'io.containerd.cri.v1.runtime'"
    private static let right =
        ".containerd.runtimes.runc]\nruntime_type = \"io.containerd.runc.v2\"\noptions = { SystemdCgroup = true }\n"

    private func merged(_ texts: String..., release: ContainerdRelease, isDebians: Bool = true) throws
        -> ContainerdConfiguration
    {
        var files: [ContainerdFile] = []
        for (index, text) in texts.enumerated() {
            files.append(try ContainerdFile(path: "/etc/containerd/\(index)", bytes: Array(text.utf8)))
        }
        let builtIn = CNIDirectory.builtIn(release, isDebians: isDebians)
        return ContainerdConfiguration(files, for: release, builtInCNI: builtIn)
    }

    private func edited(_ configuration: ContainerdConfiguration) throws -> [String] {
        let edit = try ContainerdEdit(of: configuration)
        return configuration.files.map { file in
            String(decoding: edit.files.first { $0.path == file.path }?.after ?? file.bytes, as: UTF8.self)
        }
    }

    @Test("without a word in the files the build's own directories count, and Debian's 1.7 lacks Kubernetes' one")
    func builtIn() throws {
        #expect(try merged("version = 2\n", release: Self.release16).cniDirectories == ["/opt/cni/bin"])
        #expect(try merged("version = 2\n", release: Self.release17).cniDirectories == ["/usr/lib/cni"])
        #expect(
            try merged("version = 2\n", release: Self.release17, isDebians: false).cniDirectories == ["/opt/cni/bin"])
        #expect(
            try merged("version = 3\n", release: Self.release21).cniDirectories == ["/usr/lib/cni", "/opt/cni/bin"])
    }

    @Test("1.x takes one directory: Debian's is replaced in its place, and nothing else is written")
    func debiansFile() throws {
        let text =
            "version = 2\n\n[\(Self.old).cni]\n  bin_dir = \"/usr/lib/cni\"  # Debian\n  conf_dir = \"/etc/cni/net.d\"\n[\(Self.old)\(Self.right)"
        for release in [Self.release16, Self.release17] {
            let configuration = try merged(text, release: release)
            #expect(configuration.cniDirectories == ["/usr/lib/cni"])
            #expect(configuration.cniPlace?.line == 4)
            #expect(try edited(configuration)[0] == text.replacing("\"/usr/lib/cni\"", with: "\"/opt/cni/bin\""))
        }
    }

    @Test("2.1 takes both directories, in the table of the file's version")
    func bothDirectories() throws {
        let two = "version = 2\n[\(Self.old).cni]\nbin_dir = \"/usr/lib/cni\"\n[\(Self.old)\(Self.right)"
        #expect(
            try edited(try merged(two, release: Self.release21))[0]
                == two.replacing(
                    "bin_dir = \"/usr/lib/cni\"", with: "bin_dirs = [\"/usr/lib/cni\", \"/opt/cni/bin\"]"))
        let three = "version = 3\n[\(Self.new).cni]\nbin_dirs = ['/srv/cni']\n[\(Self.new)\(Self.right)"
        #expect(
            try edited(try merged(three, release: Self.release21))[0]
                == three.replacing("['/srv/cni']", with: "['/srv/cni', '/opt/cni/bin']"))
        let single = "version = 3\n[\(Self.new).cni]\nbin_dir = '/srv/cni'\n[\(Self.new)\(Self.right)"
        #expect(
            try edited(try merged(single, release: Self.release21))[0]
                == single.replacing("bin_dir = '/srv/cni'", with: "bin_dirs = ['/srv/cni', '/opt/cni/bin']"))
    }

    @Test(
        "lists of all forms get one more at their end",
        arguments: [
            ("[]", "[\"/opt/cni/bin\"]"), ("[ \"/a\" ]", "[ \"/a\", \"/opt/cni/bin\" ]"),
            ("[\n  '/a', # one\n  '/b',\n]", "[\n  '/a', # one\n  '/b', '/opt/cni/bin',\n]"),
        ])
    func lists(_ before: String, _ after: String) throws {
        let text = "version = 3\n[\(Self.new).cni]\nbin_dirs = \(before)\n[\(Self.new)\(Self.right)"
        let configuration = try merged(text, release: Self.release21)
        #expect(!configuration.searchesKubernetesCNI)
        #expect(try edited(configuration)[0] == text.replacing(before, with: after))
    }

    @Test("2.0 knows one directory only")
    func twoZero() throws {
        let text = "version = 3\n[\(Self.new).cni]\nbin_dir = '/usr/lib/cni'\n[\(Self.new)\(Self.right)"
        let configuration = try merged(text, release: Self.release20)
        #expect(try edited(configuration)[0] == text.replacing("/usr/lib/cni", with: "/opt/cni/bin"))
        let list = try merged("version = 3\n[\(Self.new).cni]\nbin_dirs = ['/opt/cni/bin']\n", release: Self.release20)
        #expect(list.cniDirectories == ["/usr/lib/cni"])
    }

    @Test("where one directory fits, a person's own is left, and told")
    func ownDirectory() throws {
        let text = "version = 2\n[\(Self.old).cni]\nbin_dir = \"/srv/cni\"\n[\(Self.old)\(Self.right)"
        let configuration = try merged(text, release: Self.release17)
        #expect(configuration.hasOwnCNIDirectory && !configuration.searchesKubernetesCNI)
        #expect(try edited(configuration) == [text])
    }

    @Test("a slash more or less is the same directory")
    func slashes() throws {
        let text = "version = 2\n[\(Self.old).cni]\nbin_dir = \"/opt//cni/bin/\"\n[\(Self.old)\(Self.right)"
        #expect(try merged(text, release: Self.release16).searchesKubernetesCNI)
        #expect(try edited(try merged(text, release: Self.release16)) == [text])
    }

    @Test("no file says it and the build lacks it: a table is written")
    func newTable() throws {
        let text = "version = 2\n[\(Self.old)\(Self.right)"
        let after = try edited(try merged(text, release: Self.release17))[0]
        #expect(after.hasPrefix(text))
        #expect(after.hasSuffix("[\(Self.old).cni]\nbin_dir = \"/opt/cni/bin\"\n"))
        #expect(try edited(try merged(text, release: Self.release16)) == [text])
    }

    @Test("the last file with the CRI's table has the word on 1.x")
    func imports() throws {
        let main = "version = 2\nimports = [\"/etc/containerd/*\"]\n[\(Self.old).cni]\nbin_dir = \"/opt/cni/bin\"\n"
        let dropIn = "version = 2\n[\(Self.old)\(Self.right)"
        let configuration = try merged(main, dropIn, release: Self.release17)
        #expect(configuration.cniDirectories == ["/usr/lib/cni"])
        let texts = try edited(configuration)
        #expect(texts[0] == main && texts[1].contains("bin_dir = \"/opt/cni/bin\"\n"))
    }

    @Test("the old table's bin_dir counts before any bin_dirs on 2.1")
    func precedence() throws {
        let text =
            "version = 2\n[\(Self.old).cni]\nbin_dir = \"/x\"\n[\(Self.new).cni]\nbin_dirs = ['/opt/cni/bin']\n"
        #expect(try merged(text, release: Self.release21).cniDirectories == ["/x"])
        let three = text.replacing("version = 2", with: "version = 3")
        #expect(try merged(three, release: Self.release21).cniDirectories == ["/opt/cni/bin"])
    }

    @Test("both keys at once keep the CRI of 2.1 from loading, but for a list that is the build's own")
    func conflict() throws {
        let text = "version = 3\n[\(Self.new).cni]\nbin_dir = '/x'\nbin_dirs = ['/y']\n"
        #expect(try merged(text, release: Self.release21).cniConflict?.line == 3)
        let own = try merged(
            text.replacing("'/y'", with: "'/opt/cni/bin'"), release: Self.release21, isDebians: false)
        #expect(own.cniConflict == nil && own.cniDirectories == ["/x"])
        let printed = try merged(
            text.replacing("'/x'", with: "''").replacing("'/y'", with: "'/opt/cni/bin'"), release: Self.release21)
        #expect(printed.cniConflict == nil && printed.searchesKubernetesCNI)
    }

    @Test("a path that has to be escaped is not made a list of")
    func escaped() throws {
        let text = "version = 3\n[\(Self.new).cni]\nbin_dir = \"/a\\\"b\"\n"
        #expect(throws: ContainerdRefusal.self) {
            try ContainerdEdit(of: try merged(text, release: Self.release21))
        }
    }
}
