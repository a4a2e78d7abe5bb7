import NodeConfiguration
import NodeState
import Testing

/// Decodes texts as files named a.toml, b.toml and so on.
func decode(_ texts: String...) throws(ConfigurationProblems) -> Configuration {
    let files = zip("abcdef", texts).map { ConfigurationFile(path: "\($0).toml", bytes: Array($1.utf8)) }
    return try ConfigurationDecoder.decode(files, known: ["swap-off", "kernel-modules", "joined-name"])
}

/// Everything that is wrong with these texts, one line each.
func problems(_ texts: String...) -> [String] {
    let files = zip("abcdef", texts).map { ConfigurationFile(path: "\($0).toml", bytes: Array($1.utf8)) }
    do throws(ConfigurationProblems) {
        _ = try ConfigurationDecoder.decode(files, known: ["swap-off", "kernel-modules", "joined-name"])
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite("Decoding the configuration")
struct ConfigurationDecoderTests {
    @Test("a node that stands there many times is told of once for each, and not once for each two")
    func repeatedNodes() {
        let node = "[[nodes]]\nname = \"n\"\naddress = \"10.0.0.1\"\nrole = \"worker\"\n"
        let found = problems(String(repeating: node, count: 100))
        #expect(found.count == 2 * 99 + 1, "a name and an address each, and no control plane")
        #expect(found.contains("a.toml:9:1: the name n stands at a.toml:1 too"))
        #expect(found.contains("a.toml:397:1: the name n stands at a.toml:1 too"))
    }

    @Test("no file, an empty file and empty tables are the defaults")
    func defaults() throws {
        #expect(try ConfigurationDecoder.decode([], known: []) == Configuration())
        #expect(try decode("") == Configuration())
        #expect(try decode("\u{FEFF}# nothing\n") == Configuration())
        let tables = "[cluster]\n[local]\n[policy]\n[packages]\n[modules]\n[requirements]\n[fleet]\n[api]\n"
        #expect(try decode(tables) == Configuration())
    }

    @Test("each default is what the documentation says")
    func documented() {
        let configuration = Configuration()
        #expect(configuration.cluster.kubernetesVersion == "1.28.1")
        #expect(configuration.cluster.packageVersion == "1.28.1-1.1")
        #expect(configuration.cluster.podNetworkCIDR == ["10.244.0.0/16"])
        #expect(configuration.cluster.serviceCIDR == ["10.96.0.0/12"])
        #expect(configuration.cluster.controlPlaneEndpoint == "")
        #expect(configuration.nodes == [])
        #expect(configuration.localNode == "")
        #expect(configuration.mode == .enforce)
        #expect(configuration.consent == [.restart, .packages, .network])
        #expect(!configuration.allowDowngrade)
        #expect(configuration.fstabStyle == .comment)
        #expect(!configuration.removeLoopbackName)
        #expect(configuration.packages.keyFingerprint == "DE15B14486CD377B9E876E1A234654DA9A296436")
        #expect(
            configuration.packages.prerequisites == [
                "apt-transport-https", "curl", "ipvsadm", "wget", "conntrack", "socat", "ebtables", "ethtool",
                "openssh-server",
            ])
        #expect(configuration.requiredModules == ["br_netfilter", "overlay"])
        #expect(configuration.fleet == Configuration.Fleet())
        #expect(configuration.fleet.fanout == 32)
        #expect(configuration.fleet.deadlineSeconds == 15)
        #expect(configuration.operatorsGroup == "nucprep")
    }

    static let whole = """
        [cluster]
        name = "lab5"
        kubernetes-version = "1.29.3"
        package-version = "1.29.3-1.1"
        pod-network-cidr = ["10.1.0.0/16", "fd00:1::/64"]
        service-cidr = "10.2.0.0/16"
        control-plane-endpoint = "k8s.example.org:6443"

        [[nodes]]
        name = "nuc01"
        address = "192.168.50.11"
        role = "control-plane"
        fqdn = "nuc01.example.org"
        ssh = "root@nuc01"
        hardware = "1C:69:7A:00:00:12"

        [[nodes]]
        name = "nuc02"
        address = "FD00:0:0::12"
        role = "worker"

        [local]
        node = "nuc02"

        [policy]
        mode = "observe"
        consent = ["cleanup"]
        allow-downgrade = true
        fstab-style = "noauto"
        remove-loopback-name = true

        [packages]
        repository = "https://mirror.example.org/deb/"
        key-url = "https://mirror.example.org/key"
        key-fingerprint = "0123456789abcdef0123456789ABCDEF01234567"
        prerequisites = ["curl"]

        [modules]
        required = ["overlay", "nf-conntrack"]

        [requirements.swap-off]
        mode = "observe"

        [[waivers]]
        requirement = "kernel-modules"
        nodes = ["nuc02"]
        reason = "no cable in room 3"
        until = 2026-12-31

        [fleet]
        user = "admin"
        fanout = 8
        deadline-seconds = 0

        [api]
        operators-group = "wheel"
        """

    @Test("every key is read")
    func everyKey() throws {
        var expected = Configuration()
        expected.cluster.name = "lab5"
        expected.cluster.kubernetesVersion = "1.29.3"
        expected.cluster.packageVersion = "1.29.3-1.1"
        expected.cluster.podNetworkCIDR = ["10.1.0.0/16", "fd00:1::/64"]
        expected.cluster.serviceCIDR = ["10.2.0.0/16"]
        expected.cluster.controlPlaneEndpoint = "k8s.example.org:6443"
        var first = Configuration.Node(
            name: "nuc01", address: "192.168.50.11", role: .controlPlane, origin: Origin(file: "a.toml", line: 9))
        first.fqdn = "nuc01.example.org"
        first.ssh = "root@nuc01"
        first.hardware = "1c:69:7a:00:00:12"
        expected.nodes = [
            first,
            Configuration.Node(
                name: "nuc02", address: "fd00::12", role: .worker, origin: Origin(file: "a.toml", line: 17)),
        ]
        expected.localNode = "nuc02"
        expected.mode = .observe
        expected.consent = [.cleanup]
        expected.allowDowngrade = true
        expected.fstabStyle = .noauto
        expected.removeLoopbackName = true
        expected.packages.repository = "https://mirror.example.org/deb/"
        expected.packages.keyURL = "https://mirror.example.org/key"
        expected.packages.keyFingerprint = "0123456789abcdef0123456789ABCDEF01234567"
        expected.packages.prerequisites = ["curl"]
        expected.requiredModules = ["overlay", "nf-conntrack"]
        expected.requirementModes = ["swap-off": .observe]
        expected.waivers = [
            Waiver(
                requirement: "kernel-modules", nodes: ["nuc02"], reason: "no cable in room 3", until: "2026-12-31",
                origin: Origin(file: "a.toml", line: 44))
        ]
        expected.fleet.user = "admin"
        expected.fleet.fanout = 8
        expected.fleet.deadlineSeconds = 0
        expected.operatorsGroup = "wheel"
        #expect(try decode(Self.whole) == expected)
    }

    @Test("tables merge key by key, lists replace, and the last file wins")
    func merging() throws {
        let merged = try decode(
            "[cluster]\nname = \"one\"\nkubernetes-version = \"1.28.2\"\n[policy]\nconsent = [\"restart\", \"network\"]\n",
            "[cluster]\nname = \"two\"\n[policy]\nconsent = [\"packages\"]\n", "[fleet]\nfanout = 4\n")
        #expect(merged.cluster.name == "two")
        #expect(merged.cluster.kubernetesVersion == "1.28.2")
        #expect(merged.consent == [.packages])
        #expect(merged.fleet.fanout == 4)
        #expect(try decode("[policy]\nconsent = []\n").consent == [])
    }

    @Test("nodes and waivers come from one file each, which need not be the same")
    func oneGiver() throws {
        let node = "[[nodes]]\nname = \"a\"\naddress = \"10.0.0.1\"\nrole = \"control-plane\"\n"
        let waiver = "[[waivers]]\nrequirement = \"swap-off\"\nreason = \"r\"\nuntil = 2026-12-31\n"
        let both = try decode(node, waiver)
        #expect(both.nodes.count == 1)
        #expect(both.waivers.first?.nodes == [])
        #expect(both.waivers.first?.origin == Origin(file: "b.toml", line: 1))
        #expect(
            problems(node, node) == [
                "b.toml:1:3: nodes: [[nodes]] stands in a.toml too; one file must hold all of them"
            ])
        #expect(
            problems(waiver, "\n" + waiver) == [
                "b.toml:2:3: waivers: [[waivers]] stands in a.toml too; one file must hold all of them"
            ])
    }

    @Test("where each value stands is kept")
    func origins() throws {
        #expect(try decode(Self.whole).nodes.map(\.origin.line) == [9, 17])
    }

    @Test("the digest is of the values alone: not of comments, layout, order of keys, places or this machine")
    func digest() throws {
        let one = try decode("[cluster]\nname = \"x\" # a\nservice-cidr = \"10.1.0.0/16\"\n[fleet]\nfanout = 3\n")
        let other = try decode(
            "# b\n\nfleet.fanout=3\n", "cluster = { service-cidr = ['10.1.0.0/16'], name = 'x' }\n[local]\n")
        #expect(one == other)
        #expect(ConfigurationDigest.of(one) == ConfigurationDigest.of(other))
        #expect(ConfigurationDigest.of(one).count == 64)
        let here = try decode(Self.whole)
        let there = try decode("\n\n" + Self.whole.replacing("node = \"nuc02\"", with: "node = \"nuc01\""))
        #expect(here != there)
        #expect(ConfigurationDigest.of(here) == ConfigurationDigest.of(there))
    }

    @Test("every value but that of [local] changes the digest")
    func digestCoversAll() throws {
        let edits = [
            ("lab5", "lab6"), ("1.29.3\"", "1.29.4\""), ("1.29.3-1.1", "1.29.3-1.2"), ("fd00:1::/64", "fd00:2::/64"),
            ("10.2.0.0", "10.3.0.0"), (":6443", ":6444"), ("name = \"nuc01\"", "name = \"nuc03\""),
            (".50.11", ".50.13"), ("fqdn = \"nuc01", "fqdn = \"nuc05"), ("root@", "r@"), (":12\"\n\n[[", ":13\"\n\n[["),
            ("mode = \"observe\"\nconsent", "mode = \"enforce\"\nconsent"),
            ("[\"cleanup\"]", "[\"cleanup\", \"restart\"]"),
            ("allow-downgrade = true", "allow-downgrade = false"), ("noauto", "comment"),
            ("remove-loopback-name = true", "remove-loopback-name = false"), ("/deb/", "/apt/"), ("org/key", "org/kay"),
            ("0123456789abcdef", "1123456789abcdef"), ("[\"curl\"]", "[\"wget\"]"), ("nf-conntrack", "nf-nat"),
            ("swap-off]\nmode = \"observe\"", "swap-off]\nmode = \"enforce\""), ("\"kernel-modules\"", "\"swap-off\""),
            ("nodes = [\"nuc02\"]", "nodes = []"), ("room 3", "room 4"), ("2026-12-31", "2026-12-30"),
            ("admin", "adm"), ("fanout = 8", "fanout = 9"), ("deadline-seconds = 0", "deadline-seconds = 1"),
            ("wheel", "adm"),
        ]
        let plain = ConfigurationDigest.of(try decode(Self.whole))
        for (old, new) in edits {
            let text = Self.whole.replacing(old, with: new, maxReplacements: 1)
            #expect(text != Self.whole, "\(old) is not there")
            #expect(ConfigurationDigest.of(try decode(text)) != plain, "\(old) does not count")
        }
    }

    @Test("an id is compared within one cluster only, and is not told")
    func keyed() {
        let one = ConfigurationDigest.keyed("0123", cluster: "a")
        #expect(one.count == 32)
        #expect(one == ConfigurationDigest.keyed("0123", cluster: "a"))
        #expect(one != ConfigurationDigest.keyed("0123", cluster: "b"))
        #expect(one != ConfigurationDigest.keyed("0124", cluster: "a"))
    }
}
