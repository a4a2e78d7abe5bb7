import NodeEngine
import NodeState
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Order file")
struct OrderFileTests {
    @Test("packages and what is allowed stand in it, each in its variable")
    func installing() throws {
        let order = PackageOrder(
            [PackageVersion("kubeadm", "1.28.1-1.1"), PackageVersion("curl")], allowsDowngrade: true, changesHeld: true)
        #expect(
            try OrderFile(installing: order).text == """
                NUCPREP_ALLOW="--allow-downgrades --allow-change-held-packages"
                NUCPREP_PACKAGES="kubeadm=1.28.1-1.1 curl"

                """)
        let plain = try OrderFile(installing: PackageOrder([PackageVersion("curl")]))
        #expect(plain.text == "NUCPREP_ALLOW=\"\"\nNUCPREP_PACKAGES=\"curl\"\n")
    }

    @Test(
        "what is no name of a package is refused",
        arguments: [
            "", "-y", "--yes", "a b", "a\nb", "a\"", "$HOME", "${X}", "a;b", "a`b`", "a\\", "Curl", "a=1", "a/b",
            "a:any",
            "curl-", "ü", String(repeating: "a", count: 129),
        ])
    func names(_ name: String) {
        #expect(throws: ChangeError.self) { try OrderFile(installing: PackageOrder([PackageVersion(name)])) }
        #expect(throws: ChangeError.self) { try OrderFile(holding: ["curl", name]) }
    }

    @Test(
        "what is no version is refused",
        arguments: ["", "v1", "1 2", "1\n2", "1\"", "1$X", "1/2", "*", "1.28.*", String(repeating: "1", count: 129)])
    func versions(_ version: String) {
        #expect(throws: ChangeError.self) {
            try OrderFile(installing: PackageOrder([PackageVersion("kubeadm", version)]))
        }
    }

    @Test("an order of nothing, and one of very much, is refused")
    func counts() {
        #expect(throws: ChangeError.self) { try OrderFile(installing: PackageOrder([])) }
        #expect(throws: ChangeError.self) { try OrderFile(holding: []) }
        let many = (0..<65).map { "a\($0)" }
        #expect(throws: ChangeError.self) { try OrderFile(holding: many) }
        #expect(throws: ChangeError.self) { try OrderFile(installing: PackageOrder(many.map { PackageVersion($0) })) }
    }

    @Test("an address of http or https is handed on as it is")
    func address() throws {
        let url = "https://pkgs.k8s.io/core:/stable:/v1.28/deb/Release.key"
        #expect(try OrderFile(fetching: url).text == "NUCPREP_URL=\"\(url)\"\n")
    }

    @Test(
        "any other address is refused",
        arguments: [
            "file:///etc/shadow", "ftp://x", "https://x/$Y", "https://x y", "https://x\"", "https://x\n", "x", "",
            "copy:/etc/shadow", "https://x/?a=b&c", "https://x/`id`",
        ])
    func otherAddress(_ url: String) {
        #expect(throws: ChangeError.self) { try OrderFile(fetching: url) }
    }

    @Test("a candidate is handed on by its path, and only a plain one")
    func candidate() throws {
        let path: FilePath = "/etc/containerd/.config.toml.nucprep.0123456789abcdef~"
        #expect(try OrderFile(judging: path).text == "NUCPREP_CANDIDATE=\"\(path)\"\n")
        for path in ["/etc/a b", "/etc/$X", "etc/x", "/etc/../x", "/etc/\"x"] as [FilePath] {
            #expect(throws: ChangeError.self) { try OrderFile(judging: path) }
        }
    }
}
