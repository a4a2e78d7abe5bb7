internal import Glibc
internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("The configuration of a running daemon")
struct ConfigurationTests {
    private static let file = "etc/nucprep/nucprep.toml"
    private static let swap = "/dev/sdb1 none swap sw 0 0\n"

    @Test("stays in force when its files become invalid, and the new one counts once they are good")
    func reload() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try tree.write("[policy]\nmode = \"enforce\"\n", to: Self.file)
            try await withDaemon(on: tree, in: folder) { daemon in
                let first = try await daemon.status()
                try tree.write("[policy]\nmode = 7\n", to: Self.file)
                daemon.program.signal(SIGHUP)
                let degraded = try await daemon.status("the degradation") { $0.daemon.state == "degraded" }
                #expect(degraded.daemon.mode == "enforce")
                #expect(degraded.readiness.verdict == "incomplete")
                #expect(degraded.facts.configurationSha256 == first.facts.configurationSha256)
                let reason = try #require(degraded.daemon.degradedBy.first)
                #expect(reason.reason == "config-invalid")
                #expect(reason.detail.hasPrefix("/etc/nucprep/nucprep.toml:2:"))
                // The old configuration still acts.
                try tree.append(Self.swap, to: "etc/fstab")
                _ = try await daemon.status("the repair") { status in
                    status.requirements.contains { $0.id == "swap-off" && $0.drifts == 1 && $0.verdict == "met" }
                }
                try tree.write("[policy]\nmode = \"observe\"\n", to: Self.file)
                daemon.program.signal(SIGHUP)
                let good = try await daemon.status("the recovery") { status in
                    status.daemon.state == "running" && status.requirements.allSatisfy { $0.mode == "observe" }
                }
                #expect(good.daemon.degradedBy.isEmpty)
                #expect(good.daemon.mode == "observe")
                #expect(good.facts.configurationSha256 != first.facts.configurationSha256)
            }
        }
    }

    @Test("comes from its last good copies when the files are invalid at the start")
    func lastGood() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try tree.write("[modules]\nrequired = [\"overlay\"]\n", to: Self.file)
            try await withDaemon(on: tree, in: folder) { _ in }
            try tree.write("[modules]\nrequired = [\"overlay\"\n", to: Self.file)
            try tree.append(Self.swap, to: "etc/fstab")
            try await withDaemon(on: tree, in: folder) { daemon in
                let status = try await daemon.status()
                #expect(status.daemon.mode == "enforce")
                #expect(status.daemon.state == "degraded")
                #expect(status.readiness.verdict == "incomplete")
                #expect(try tree.text(of: "etc/fstab").hasPrefix("#"))
                #expect(try !tree.text(of: "etc/modules-load.d/nucprep.conf").contains("br_netfilter"))
            }
        }
    }

    @Test("is the defaults in observe when it is invalid and there was none before")
    func invalidAtFirst() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: Self.swap)
            try tree.write("[policy]\nmoed = \"enforce\"\n", to: Self.file)
            let before = try await tree.listing(in: folder)
            try await withDaemon(on: tree, in: folder) { daemon in
                let status = try await daemon.status()
                #expect(status.daemon.mode == "observe")
                #expect(status.daemon.degradedBy.map(\.reason) == ["config-invalid"])
                #expect(status.daemon.degradedBy.first?.detail.hasPrefix("/etc/nucprep/nucprep.toml:2:1: ") ?? false)
                #expect(status.facts.configurationSha256 == nil)
                #expect(status.readiness.verdict == "no_go")
                #expect(try await tree.listing(in: folder) == before)
                // A good file ends it.
                try tree.write("[policy]\nmode = \"enforce\"\n", to: Self.file)
                daemon.program.signal(SIGHUP)
                let good = try await daemon.status("the recovery") { $0.readiness.verdict == "go" }
                #expect(good.daemon.state == "running")
            }
        }
    }

    @Test("names a node that is not this machine: the answer is incomplete")
    func notListed() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), named: "nuc01", fstab: "")
            try tree.write(
                "[[nodes]]\nname = \"nuc01\"\naddress = \"192.0.2.1\"\nrole = \"control-plane\"\n", to: Self.file)
            try await withDaemon(on: tree, in: folder) { daemon in
                let status = try await daemon.status()
                #expect(status.daemon.degradedBy.map(\.reason) == ["not-in-inventory"])
                #expect(status.readiness.verdict == "incomplete")
                try tree.write("[local]\nnode = \"nuc01\"\n", to: "etc/nucprep/conf.d/local.toml")
                daemon.program.signal(SIGHUP)
                // It is known by name now, and does not have the address that the others dial: the next look sees it.
                let named = try await daemon.status("the recognition") { status in
                    status.node.role != nil
                        && status.requirements.contains { $0.id == "node-address" && $0.verdict == "unmet" }
                }
                #expect(named.node.name == "nuc01")
                #expect(named.node.role == "control_plane")
            }
        }
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: String
        var told: [String]
    }

    @Test(
        "is judged by validate, with the place of everything that is wrong",
        arguments: [
            Bad(
                testDescription: "an unknown key", text: "[policy]\nmoed = \"enforce\"\n",
                told: ["/etc/nucprep/nucprep.toml:2:1: ", "moed", "mode"]),
            Bad(
                testDescription: "a wrong type", text: "[cluster]\nname = 7\n",
                told: ["/etc/nucprep/nucprep.toml:2:", "name"]),
            Bad(
                testDescription: "broken TOML", text: "[cluster]\nname = \"lab\n",
                told: ["/etc/nucprep/nucprep.toml:2:"]),
            Bad(
                testDescription: "two things", text: "[policy]\nmode = \"on\"\n[fleet]\nfanout = -1\n",
                told: ["/etc/nucprep/nucprep.toml:2:", "/etc/nucprep/nucprep.toml:4:"]),
        ])
    func validate(_ bad: Bad) async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            let words = [try Programs.nucprepd.string, "validate", "--root", tree.path.string]
            #expect(try await run(words, in: folder).status == 0)
            try tree.write(bad.text, to: Self.file)
            let ended = try await run(words, in: folder)
            #expect(ended.status == 78)
            for text in bad.told { #expect(ended.story.contains(text), "\(ended.story)") }
            #expect(ended.answer.isEmpty)
        }
    }

    @Test("has errors in the words of the program end with 64")
    func usage() async throws {
        try await withFolder { folder in
            for words in [["--frobnicate"], ["--json"], ["inspect", "--root"], ["validate", "inspect"]] {
                let ended = try await run([try Programs.nucprepd.string] + words, in: folder)
                #expect(ended.status == 64, "\(words)")
                #expect(ended.story.contains("usage: nucprepd"))
            }
            let version = try await run([try Programs.nucprepd.string, "--version"], in: folder)
            #expect(version.text == "nucprepd \(NucprepVersion.current)\n")
        }
    }
}
