internal import SystemPackage
internal import Testing

@Suite("The cluster file of a machine")
struct SetupTests {
    private static let file = "etc/nucprep/nucprep.toml"

    /// A machine with the address 192.0.2.1.
    private func withNode(_ body: (FilePath, Tree) async throws -> Void) async throws {
        try await withFolder { folder in
            let host = try Tree.bare(at: folder.appending("host")).path
            try await body(folder, try Tree(at: host.appending("nuc01"), fstab: "", addresses: ["192.0.2.1"]))
        }
    }

    private func start(_ words: [String], _ tree: Tree, in folder: FilePath) async throws -> Ended {
        try await run([try Programs.nucprepd.string] + words + ["--root", tree.path.string], in: folder)
    }

    @Test("is written, is valid, shows where each value stands, and is left alone the second time")
    func written() async throws {
        try await withNode { folder, tree in
            let words = ["init", "--name", "lab5", "nuc01=192.0.2.1", "nuc02=192.0.2.2"]
            let first = try await start(words, tree, in: folder)
            #expect(first.status == 0, "\(first.story)")
            #expect(first.text.contains("wrote /etc/nucprep/nucprep.toml\n"))
            #expect(first.text.contains("nuc01  192.0.2.1  control-plane  this machine\n"))
            #expect(first.text.contains("next: nucprep deploy"))
            #expect(try await start(["validate"], tree, in: folder).status == 0)
            let shown = try await start(["show"], tree, in: folder)
            #expect(shown.text.contains("name = \"lab5\""))
            #expect(shown.text.contains("# /etc/nucprep/nucprep.toml:"))
            let before = try await tree.listing(in: folder)
            let second = try await start(words, tree, in: folder)
            #expect(second.status == 0 && second.text.contains("already so"))
            #expect(try await tree.listing(in: folder) == before)
        }
    }

    @Test("does not replace what a person wrote without being told, and keeps a copy when told")
    func forced() async throws {
        try await withNode { folder, tree in
            let own = "# mine\n[cluster]\nname = \"mine\"\n"
            try tree.write(own, to: Self.file)
            let refused = try await start(["init", "nuc01=192.0.2.1"], tree, in: folder)
            #expect(refused.status == 77 && refused.story.contains("--force"), "\(refused.story)")
            #expect(try tree.text(of: Self.file) == own)
            let forced = try await start(["init", "--force", "nuc01=192.0.2.1"], tree, in: folder)
            #expect(forced.status == 0, "\(forced.story)")
            #expect(try tree.text(of: Self.file).contains("192.0.2.1"))
            let backup = try #require(forced.text.firstMatch(of: /former file is \/(\S+)/)?.output.1)
            #expect(try tree.text(of: String(backup)) == own)
        }
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var words: [String]
        var dropIn = ""
        var status: Int32 = 78
        var told: [String]
    }

    @Test(
        "is judged before anything is written",
        arguments: [
            Bad(testDescription: "no node", words: [], status: 64, told: ["NAME=ADDRESS"]),
            Bad(
                testDescription: "two bad words", words: ["nuc01", "NUC02=192.0.2.2"], status: 64,
                told: ["\"nuc01\" is not NAME=ADDRESS", "lower case: nuc02"]),
            Bad(
                testDescription: "no address of this machine", words: ["nuc01=192.0.2.77"],
                told: ["none of this machine's addresses (192.0.2.1)"]),
            Bad(
                testDescription: "pods where nodes are",
                words: ["--pod-network-cidr", "192.0.2.0/24", "nuc01=192.0.2.1", "nuc02=192.0.2.2"],
                told: ["the address 192.0.2.2 of nuc02 overlaps 192.0.2.0/24", "--pod-network-cidr"]),
            Bad(
                testDescription: "pods where services are",
                words: ["--service-cidr", "10.244.0.0/20", "nuc01=192.0.2.1"], told: ["the pod network 10.244.0.0/16"]),
            Bad(
                testDescription: "nodes in another file, too", words: ["nuc01=192.0.2.1"],
                dropIn: "[[nodes]]\nname = \"nuc01\"\naddress = \"192.0.2.1\"\nrole = \"worker\"\n",
                told: ["/etc/nucprep/conf.d/cluster.toml:1:"]),
            Bad(
                testDescription: "a network that is none",
                words: ["--pod-network-cidr", "10.244.0.0", "nuc01=192.0.2.1"],
                status: 64, told: ["--pod-network-cidr: expected a network"]),
        ])
    func judged(_ bad: Bad) async throws {
        try await withNode { folder, tree in
            if !bad.dropIn.isEmpty { try tree.write(bad.dropIn, to: "etc/nucprep/conf.d/cluster.toml") }
            let before = try await tree.listing(in: folder)
            let ended = try await start(["init"] + bad.words, tree, in: folder)
            #expect(ended.status == bad.status, "\(ended.story)")
            for text in bad.told { #expect(ended.story.contains(text), "\(ended.story)") }
            #expect(try await tree.listing(in: folder) == before)
        }
    }

    @Test("is asked for by the command, which hands its words to the daemon's program")
    func command() async throws {
        try await withFolder { folder in
            let path = folder.appending("cluster.toml").string
            let nucprep = try Programs.nucprep.string
            let written = try await run(
                [nucprep, "init", "--observe", "--output", path, "nuc01=203.0.113.1", "nuc02=203.0.113.2"], in: folder)
            #expect(written.status == 0, "\(written.story)")
            #expect(written.story.contains("none of this machine's addresses"))
            #expect(try await run([nucprep, "config", "validate", path], in: folder).status == 0)
            let shown = try await run([nucprep, "config", "show", path], in: folder)
            #expect(shown.text.contains("mode = \"observe\"") && shown.text.contains("# \(path):"))
            let again = try await run([nucprep, "init", "--output", path, "nuc01=203.0.113.9"], in: folder)
            #expect(again.status == 77 && again.story.contains("exists"))
            let both = try await run([nucprep, "config", "validate", path, "/nowhere"], in: folder)
            #expect(both.status == 78 && both.story.contains("/nowhere: it does not exist"))
        }
    }

    @Test("is asked for on a terminal when no node is named")
    func terminal() async throws {
        try await withNode { folder, tree in
            let program = try Programs.nucprepd.string
            let ended = try await run(
                [
                    "sh", "-c",
                    "printf '\\nnuc02=192.0.2.2\\n\\n' | script -qec \"$1 init --root $2\" /dev/null", "sh", program,
                    tree.path.string,
                ], in: folder)
            #expect(ended.status == 0, "\(ended.text)")
            #expect(ended.text.contains("Control plane, NAME=ADDRESS [node=192.0.2.1]: "))
            #expect(try tree.text(of: Self.file).contains("name = \"node\"\naddress = \"192.0.2.1\""))
            #expect(try tree.text(of: Self.file).contains("name = \"nuc02\""))
        }
    }
}
