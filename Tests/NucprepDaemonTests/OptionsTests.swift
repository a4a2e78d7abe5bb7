internal import SystemPackage
internal import Testing

@testable internal import NucprepDaemon

@Suite("The words of nucprepd")
struct OptionsTests {
    @Test("mean serving on the live machine when there are none")
    func none() throws {
        let options = try Options(parsing: [])
        #expect(options.action == .serve)
        #expect(options.root == "/")
        #expect(options.socket == "/run/nucprep/nucprepd.sock")
        #expect(!options.isJSON)
    }

    @Test("are taken in any order")
    func all() throws {
        let one = try Options(parsing: ["inspect", "--root", "/mnt", "--json"])
        #expect(one == (try Options(parsing: ["--root", "/mnt", "inspect", "--json"])))
        #expect(one.action == .inspect)
        #expect(one.root == "/mnt")
        #expect(one.isJSON)
        #expect(try Options(parsing: ["validate"]).action == .validate)
        #expect(try Options(parsing: ["--socket", "/tmp/s"]).socket == "/tmp/s")
        #expect(try Options(parsing: ["--version"]).action == .version)
        #expect(try Options(parsing: ["--reach"]).action == .reach)
        #expect(try Options(parsing: ["-h"]).action == .help)
        let show = try Options(parsing: ["show", "/a.toml", "b.toml"])
        #expect(show.action == .show && show.files == ["/a.toml", "b.toml"])
        let setup = try Options(
            parsing: [
                "init", "--force", "--user", "gist", "a=192.0.2.1", "--pod-network-cidr", "10.1.0.0/16,fd01::/56",
            ]
        ).setup
        #expect(setup.isForced && setup.user == "gist" && setup.nodes == ["a=192.0.2.1"])
        #expect(setup.podNetworkCIDR == ["10.1.0.0/16", "fd01::/56"])
    }

    @Test(
        "are refused when they make no sense",
        arguments: [
            ["--root"], ["--socket", ""], ["--root", "a\0b"], ["serve"], ["--once"], ["inspect", "validate"],
            ["--reach", "inspect"],
            ["--json"], ["validate", "--json"], [""], ["validate", "inspect"], ["show", "-x"], ["init", "--name"],
            ["init", "--name", "a b"], ["init", "--pod-network-cidr", "10.0.0.0/40"], ["init", "--output", "relative"],
            ["init", "--nope"], ["init", "--user", "-oProxyCommand"],
        ])
    func refused(_ words: [String]) {
        #expect(throws: UsageError.self) { try Options(parsing: words) }
    }
}
