internal import LinuxHost
internal import NodeConfiguration
internal import NodeRequirements
internal import NodeState
internal import Synchronization
internal import SystemPackage
internal import Testing

@testable internal import NucprepDaemon

@Suite("The cluster file")
struct ClusterDraftTests {
    @Test("gives the first node the control plane and all others the role of workers")
    func roles() {
        let draft = ClusterDraft(["nuc01=192.168.50.11", "nuc02=192.168.50.12", "nuc03=fd00:0::3"])
        #expect(draft.problems.isEmpty)
        #expect(draft.nodes.map(\.role) == [.controlPlane, .worker, .worker])
        #expect(draft.nodes.map(\.address) == ["192.168.50.11", "192.168.50.12", "fd00::3"])
    }

    @Test(
        "is not made from words that name no node",
        arguments: [
            ("nuc01", "is not NAME=ADDRESS"), ("", "is not NAME=ADDRESS"), ("a=b=c", "is not NAME=ADDRESS"),
            ("NUC01=192.0.2.1", "lower case: nuc01"), ("=192.0.2.1", "cannot be a host name"),
            ("nuc_1=192.0.2.1", "cannot be a host name"), ("localhost=192.0.2.1", "cannot be a host name"),
            ("a\u{1B}[2J=192.0.2.1", "cannot be a host name"), ("nuc01=192.0.2", "is not an IP address"),
            ("nuc01=192.0.2.1/24", "is not an IP address"), ("nuc01=nuc01.lan", "is not an IP address"),
        ])
    func refused(_ word: String, _ problem: String) {
        let draft = ClusterDraft([word])
        #expect(draft.nodes.isEmpty)
        #expect(draft.problems.count == 1 && draft.problems[0].contains(problem), "\(draft.problems)")
    }

    @Test("tells everything that is wrong at once, a name or an address given twice among it")
    func all() {
        let draft = ClusterDraft(["nuc01=192.0.2.1", "nuc01=192.0.2.2", "nuc02=192.0.2.1", "x"])
        #expect(
            draft.problems == [
                "the name nuc01 is given twice: to 192.0.2.1 and to 192.0.2.2",
                "the address 192.0.2.1 is given twice: to nuc01 and to nuc02",
                "\"x\" is not NAME=ADDRESS, such as nuc01=192.168.50.11",
            ])
    }

    @Test("without values is the file of the package")
    func packaged() throws {
        let checkout = (0..<3).reduce(FilePath(#filePath)) { path, _ in path.removingLastComponent() }
        let file = try RootedOpen(root: checkout).bytes(at: "etc/nucprep/nucprep.toml", limit: 1 << 20)
        #expect(String(decoding: file ?? [], as: UTF8.self) == ClusterFile().text)
    }

    @Test("is read back by the daemon with exactly its values")
    func roundTrip() throws {
        var file = ClusterFile(
            name: "lab5", nodes: ClusterDraft(["nuc01=192.168.50.11", "nuc02=192.168.50.12"]).nodes)
        file.podNetworkCIDR = ["10.50.0.0/16", "fd50::/56"]
        file.serviceCIDR = ["10.51.0.0/16"]
        file.user = "gist"
        file.isObserving = true
        let read = try ConfigurationDecoder.decode(
            [ConfigurationFile(path: "/c", bytes: Array(file.text.utf8))], known: Catalog.ids)
        var expected = Configuration()
        expected.cluster.name = "lab5"
        expected.cluster.podNetworkCIDR = ["10.50.0.0/16", "fd50::/56"]
        expected.cluster.serviceCIDR = ["10.51.0.0/16"]
        expected.fleet.user = "gist"
        expected.mode = .observe
        expected.nodes = read.nodes
        #expect(read == expected)
        #expect(read.nodes.map(\.name) == ["nuc01", "nuc02"])
    }

    @Test("comes from answers on a terminal, each of which may be corrected")
    func questions() throws {
        let answers = Mutex(["", "oops", "nuc02=192.0.2.2", "nuc01=192.0.2.9", "nuc03=192.0.2.3", ""])
        let said = Mutex("")
        var questions = SetupQuestions(addresses: ["fd00::1", "192.0.2.1"], hostname: "nuc01")
        questions.answer = { answers.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        questions.say = { text in said.withLock { $0 += text } }
        let draft = try #require(questions.ask())
        #expect(draft.nodes.map(\.name) == ["nuc01", "nuc02", "nuc03"])
        #expect(draft.nodes.first?.address == "192.0.2.1" && draft.problems.isEmpty)
        let text = said.withLock { $0 }
        #expect(text.contains("[nuc01=192.0.2.1]") && text.contains("\"oops\" is not NAME=ADDRESS"))
        #expect(text.contains("the name nuc01 is given twice"))
    }

    @Test("is not made when the input ends before there is a node")
    func noAnswer() {
        var questions = SetupQuestions(addresses: [], hostname: "node")
        questions.answer = { nil }
        questions.say = { _ in }
        #expect(questions.ask() == nil)
    }
}

@Suite("The merged configuration")
struct ConfigurationListingTests {
    @Test("names file and line of each value, and is a configuration with the same values")
    func listing() throws {
        let main = """
            [cluster]
            name = "lab5"
            [[nodes]]
            name = "nuc01"
            address = "192.0.2.1"
            role = "control-plane"
            ssh = "me@nuc01"
            [[waivers]]
            requirement = "swap-off"
            reason = "a \\"quoted\\" reason"
            until = 2026-12-31
            """
        let dropIn =
            "[policy]\nmode = \"observe\"\n[requirements.swap-off]\nmode = \"observe\"\n[cluster]\nname = \"lab6\"\n"
        let files = [("/etc/nucprep/nucprep.toml", main), ("/etc/nucprep/conf.d/a.toml", dropIn)].map {
            ConfigurationFile(path: $0, bytes: Array($1.utf8))
        }
        let decoded = try ConfigurationDecoder.decodeWithOrigins(files, known: Catalog.ids)
        let text = ConfigurationListing(decoded.configuration, origins: decoded.origins).text
        let lines = text.split(separator: "\n")
        for (start, place) in [
            ("name = \"lab6\"", "/etc/nucprep/conf.d/a.toml:6"), ("mode = \"observe\"", "/etc/nucprep/conf.d/a.toml:2"),
            ("[[nodes]]", "/etc/nucprep/nucprep.toml:3"), ("fanout = 32", "default"),
            ("[[waivers]]", "/etc/nucprep/nucprep.toml:8"),
        ] {
            #expect(lines.contains { $0.hasPrefix(start) && $0.hasSuffix("# \(place)") }, "\(start) in \(text)")
        }
        var again = try ConfigurationDecoder.decode(
            [ConfigurationFile(path: "/x", bytes: Array(text.utf8))], known: Catalog.ids)
        #expect(ConfigurationDigest.of(again) == ConfigurationDigest.of(decoded.configuration))
        again.nodes[0].origin = .builtIn
        #expect(again.nodes[0].ssh == "me@nuc01" && again.waivers[0].reason == "a \"quoted\" reason")
    }
}
