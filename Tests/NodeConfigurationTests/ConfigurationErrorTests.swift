import NodeConfiguration
import NodeState
import Testing

@Suite("Errors of the configuration")
struct ConfigurationErrorTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var text: String
        var problems: [String]
        var testDescription: String { text.debugDescription }
        init(_ text: String, _ problems: String...) {
            self.text = text
            self.problems = problems
        }
    }

    @Test(
        "an error names its place and what was expected",
        arguments: [
            Case("[cluster]\nnmae = \"x\"\n", "a.toml:2:1: unknown key cluster.nmae, did you mean name?"),
            Case("[polcy]\n", "a.toml:1:2: unknown key polcy, did you mean policy?"),
            Case("colour = 1\n", "a.toml:1:1: unknown key colour"),
            Case("[requirements.swapoff]\n", "a.toml:1:15: unknown key requirements.swapoff, did you mean swap-off?"),
            Case("cluster = 3\n", "a.toml:1:11: cluster: expected a table, found an integer"),
            Case("nodes = \"x\"\n", "a.toml:1:9: nodes: expected tables as in [[nodes]], found a string"),
            Case("nodes = [1]\n", "a.toml:1:10: nodes[0]: expected tables as in [[nodes]], found an integer"),
            Case(
                "[cluster]\n  name = 3\n",
                "a.toml:2:10: cluster.name: expected letters, digits and hyphens, found an integer; put it in quotes: name = \"3\""
            ),
            Case(
                "[cluster]\nname = \"\"\n", "a.toml:2:8: cluster.name: expected letters, digits and hyphens, found \"\""
            ),
            Case(
                "[cluster]\nkubernetes-version = \"v1.28\"\n",
                "a.toml:2:22: cluster.kubernetes-version: expected a version such as 1.28.1, found \"v1.28\""),
            Case(
                "[cluster]\npackage-version = \"1.28.1 -o x\"\n",
                "a.toml:2:19: cluster.package-version: expected a Debian version such as 1.28.1-1.1, found \"1.28.1 -o x\""
            ),
            Case(
                "[cluster]\npod-network-cidr = \"10.244.0.0\"\n",
                "a.toml:2:20: cluster.pod-network-cidr: expected a network such as 10.244.0.0/16, or a list of two, found \"10.244.0.0\""
            ),
            Case(
                "[cluster]\nservice-cidr = []\n",
                "a.toml:2:16: cluster.service-cidr: expected a network such as 10.244.0.0/16, or a list of two, found a list"
            ),
            Case(
                "[policy]\nmode = \"Enforce\"\n",
                "a.toml:2:8: policy.mode: expected \"enforce\" or \"observe\", found \"Enforce\""),
            Case(
                "[policy]\nconsent = [\"restart\", \"all\"]\n",
                "a.toml:2:11: policy.consent: expected a list of restart, packages, network, cleanup, trial, found a list"
            ),
            Case(
                "[policy]\nallow-downgrade = \"true\"\n",
                "a.toml:2:19: policy.allow-downgrade: expected true or false, found \"true\"; remove the quotes: allow-downgrade = true"
            ),
            Case(
                "[packages]\nrepository = \"https://x/ y\"\n",
                "a.toml:2:14: packages.repository: expected a URL, found \"https://x/ y\""),
            Case(
                "[packages]\nkey-fingerprint = \"DE15\"\n",
                "a.toml:2:19: packages.key-fingerprint: expected 40 hexadecimal digits, found \"DE15\""),
            Case(
                "[modules]\nrequired = [\"../x\"]\n",
                "a.toml:2:12: modules.required: expected a list of module names, found a list"),
            Case(
                "[fleet]\nfanout = 0\n",
                "a.toml:2:10: fleet.fanout: expected a whole number from 1 to 128, found an integer"),
            Case(
                "[fleet]\ndeadline-seconds = 1.5\n",
                "a.toml:2:20: fleet.deadline-seconds: expected a whole number from 0 to 3600, found a float; write it as in deadline-seconds = 5"
            ),
            Case(
                "[api]\noperators-group = \"-x\"\n",
                "a.toml:2:19: api.operators-group: expected a group's name, found \"-x\""),
            Case(
                "[[waivers]]\nrequirement = \"swap-on\"\nreason = \"r\"\nuntil = 2026-12-31\n",
                "a.toml:2:15: waivers[0].requirement: expected an id of the catalogue, found \"swap-on\""),
            Case(
                "[[waivers]]\nrequirement = \"joined-name\"\nreason = \"r\"\nuntil = 2026-12-31\n",
                "a.toml:2:15: waivers[0].requirement: joined-name cannot be waived"),
            Case(
                "[[waivers]]\nrequirement = \"swap-off\"\nreason = \"\"\nuntil = \"2026-12-31\"\n",
                "a.toml:3:10: waivers[0].reason: expected a reason in words, found \"\"",
                "a.toml:4:9: waivers[0].until: expected a date without quotes, such as 2026-12-31, found \"2026-12-31\"; remove the quotes: until = 2026-12-31"
            ),
            Case(
                "[[waivers]]\nnodes = []\n", "a.toml:1:3: waivers[0]: the key requirement is missing",
                "a.toml:1:3: waivers[0]: the key reason is missing", "a.toml:1:3: waivers[0]: the key until is missing"),
            Case(
                "[policy]\nconsent = \"restart\"\n",
                "a.toml:2:11: policy.consent: expected a list of restart, packages, network, cleanup, trial, found \"restart\"; write a list: consent = [\"restart\"]"
            ),
            Case(
                "[fleet]\nfanout = \"8\"\n",
                "a.toml:2:10: fleet.fanout: expected a whole number from 1 to 128, found \"8\"; remove the quotes: fanout = 8"
            ),
            Case(
                "[cluster]\nname = 2027-01-01\n",
                "a.toml:2:8: cluster.name: expected letters, digits and hyphens, found a date; put it in quotes: name = \"2027-01-01\""
            ),
            Case("[local]\nnode = \"nuc09\"\n", "a.toml:2:8: local.node: no node is called nuc09"),
            Case("[cluster\n", "a.toml:1:9: expected \"]\" at the end of a header, found the end of the line"),
        ])
    func one(_ example: Case) { #expect(problems(example.text) == example.problems) }

    private func node(_ name: String, _ address: String, _ role: String) -> String {
        "[[nodes]]\nname = \"\(name)\"\naddress = \"\(address)\"\nrole = \"\(role)\"\n"
    }

    @Test("what only the whole can tell is told: twice the same name or address, no control plane or two of them")
    func whole() {
        let first = node("a", "10.0.0.1", "control-plane")
        #expect(problems(first + node("a", "10.0.0.2", "worker")) == ["a.toml:5:1: the name a stands at a.toml:1 too"])
        #expect(
            problems(first + node("b", "10.0.0.1", "worker")) == [
                "a.toml:5:1: the address 10.0.0.1 belongs to a at a.toml:1 too"
            ])
        #expect(
            problems(node("a", "fd00::1", "control-plane") + node("b", "FD00:0::1", "worker")) == [
                "a.toml:5:1: the address fd00::1 belongs to a at a.toml:1 too"
            ])
        #expect(
            problems(first + node("b", "10.0.0.2", "control-plane")) == [
                "a.toml:5:1: b is a second control plane; this version takes exactly one"
            ])
        #expect(
            problems(node("b", "10.0.0.2", "worker")) == [
                "a.toml:1:1: no node has the role control-plane; exactly one must have it"
            ])
    }

    @Test("a node that is wrong is no reason to say what is not true of the others")
    func noFollowUps() {
        let text = node("a", "10.0.0.1", "control-plan") + node("b", "10.0.0.2", "worker") + "[local]\nnode = \"a\"\n"
        #expect(
            problems(text) == [
                "a.toml:4:8: nodes[0].role: expected \"control-plane\" or \"worker\", found \"control-plan\""
            ])
    }

    @Test("all errors of all files are told at once")
    func allAtOnce() {
        let found = problems("[cluster]\nname = 1\nx = 2\n[fleet]\nfanout = 900\n", "[broken\n", "[policy]\nmode = 1\n")
        #expect(found.count == 5)
        #expect(found.map { $0.prefix(6) } == ["a.toml", "a.toml", "a.toml", "b.toml", "c.toml"])
    }

    @Test("a name that is not known is suggested only when it is near")
    func suggestions() {
        #expect(problems("[cluster]\nsubnet-cidr = \"\"\n") == ["a.toml:2:1: unknown key cluster.subnet-cidr"])
        #expect(
            problems("[api]\noperator-group = \"x\"\n") == [
                "a.toml:2:1: unknown key api.operator-group, did you mean operators-group?"
            ])
    }

    @Test(
        "a node's values cannot be taken for an option, a command or another name",
        arguments: [
            ("name", "Nuc01"), ("name", "nuc_1"), ("name", "-nuc"), ("name", "nuc-"), ("name", "localhost"),
            ("name", ""), ("name", "a..b"), ("name", String(repeating: "a", count: 64)), ("name", "nüc"),
            ("name", "a\\nb"), ("address", "nuc01"), ("address", "10.0.0.256"), ("address", "10.0.0.1/24"),
            ("address", "10.1"), ("address", "fe80::1%eth0"), ("address", " 10.0.0.1"), ("address", ""),
            ("role", "master"), ("role", ""), ("ssh", "-oProxyCommand=x"), ("ssh", "a b"), ("ssh", "$(x)"),
            ("ssh", "a;b"), ("ssh", "a`b"), ("ssh", "ä"), ("fqdn", "a b"), ("fqdn", ".x"),
            ("hardware", "1c:69:7a:00:00"), ("hardware", "1c-69-7a-00-00-12"), ("hardware", "+c:69:7a:00:00:12"),
        ])
    func hostile(_ key: String, _ value: String) {
        var values = ["name": "a", "address": "10.0.0.1", "role": "control-plane"]
        values[key] = value
        let text = "[[nodes]]\n" + values.sorted { $0.key < $1.key }.map { "\($0.key) = \"\($0.value)\"\n" }.joined()
        let found = problems(text)
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.contains("nodes[0].\(key): expected ") == true, "\(found)")
    }

    @Test("bytes that mean nothing end in errors, never in a crash, and never in a default that was not asked for")
    func noise() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let whole = Array(ConfigurationDecoderTests.whole.utf8)
        for _ in 0..<600 {
            var bytes = whole
            for _ in 0...(next() % 6) {
                let place = Int(next() % UInt64(bytes.count))
                switch next() % 4 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: next())
                case 1: bytes.remove(at: place)
                case 2: bytes.insert(UInt8(truncatingIfNeeded: next()), at: place)
                default: bytes.removeSubrange(place..<min(bytes.count, place + Int(next() % 40)))
                }
            }
            do throws(ConfigurationProblems) {
                _ = try ConfigurationDecoder.decode(
                    [ConfigurationFile(path: "x.toml", bytes: bytes)], known: ["swap-off"])
            } catch {
                #expect(!error.problems.isEmpty)
                #expect(error.problems.allSatisfy { $0.line > 0 && $0.column > 0 && !$0.text.isEmpty }, "\(error)")
            }
        }
    }
}
