import Testing

@testable import NodeConfiguration

@Suite("Rules for settings")
struct SettingRulesTests {
    @Test(
        "an address has one form",
        arguments: [
            ("10.0.0.1", "10.0.0.1"), ("FD00:0:0::12", "fd00::12"), ("::ffff:10.0.0.1", "::ffff:10.0.0.1"),
            ("0:0:0:0:0:0:0:1", "::1"),
        ])
    func addresses(_ text: String, _ canonical: String) { #expect(SettingRules.canonicalAddress(text) == canonical) }

    @Test(
        "what is no address has none",
        arguments: [
            "", "10.0.0", "10.0.0.1.1", "010.0.0.1", "10.0.0.1 ", "1::2::3", "fe80::1%1", "x", "10.0.0.1\u{0}",
            String(repeating: "1", count: 100),
        ])
    func noAddresses(_ text: String) { #expect(SettingRules.canonicalAddress(text) == nil) }

    @Test("a network has a length that its family allows")
    func networks() {
        for text in ["10.0.0.0/0", "10.0.0.0/32", "fd00::/128"] { #expect(SettingRules.isCIDR(text), "\(text)") }
        for text in [
            "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "/8", "10.0.0.0/8/8", "10.0.0.0",
        ] {
            #expect(!SettingRules.isCIDR(text), "\(text)")
        }
    }

    @Test("host names are labels of 63 and 253 in all")
    func names() {
        let label = String(repeating: "a", count: 63)
        #expect(SettingRules.isHostName(label))
        #expect(!SettingRules.isHostName(label + "a"))
        #expect(SettingRules.isHostName([label, label, label, String(label.prefix(61))].joined(separator: ".")))
        #expect(!SettingRules.isHostName([label, label, label, label].joined(separator: ".")))
        #expect(!SettingRules.isNodeName("localhost.localdomain"))
        // The kernel takes 64 bytes: what would be refused when it is set is refused when it is asked for.
        #expect(SettingRules.isNodeName(label.dropFirst() + ".b"))
        #expect(!SettingRules.isNodeName(label + ".b"))
        #expect(SettingRules.isNodeName("localhost1"))
    }

    @Test("a URL has a scheme that apt reads and nothing that a shell or a list file takes apart")
    func addressesOnTheWeb() {
        for text in ["https://a/b", "http://[fd00::1]:80/", "file:/srv/apt"] {
            #expect(SettingRules.isURL(text), "\(text)")
        }
        for text in [
            "ftp://a", "https://a b", "https://a\"", "https://a'", "https://`a`", "https://$a", "https://a\\",
            "https://ä", "a",
        ] {
            #expect(!SettingRules.isURL(text), "\(text)")
        }
    }

    @Test("versions and packages keep to the grammar of an order for apt")
    func packages() {
        #expect(SettingRules.isPackageVersion("1:2.3~rc1+x-1"))
        for text in ["", "v1", "1 2", "1=2", "1;2", "-1"] { #expect(!SettingRules.isPackageVersion(text), "\(text)") }
        #expect(SettingRules.isPackageName("libstdc++6"))
        for text in ["", "a", "A1", "-a1", "a b", "a=1", "a/x", "curl-", String(repeating: "a", count: 129)] {
            #expect(!SettingRules.isPackageName(text), "\(text)")
        }
        for text in ["1.28", "1.28.1.0", "1..1", "v1.28.1", "1.28.x", "1.28.12345"] {
            #expect(!SettingRules.isKubernetesVersion(text), "\(text)")
        }
    }

    @Test(
        "a near word is at most two letters away",
        arguments: [
            ("nmae", "name"), ("nam", "name"), ("names", "name"), ("fan-out", "fanout"), ("xyz", nil), ("", nil),
        ])
    func nearest(_ word: String, _ known: String?) {
        #expect(Nearest.word(to: word, in: ["name", "fanout", "address"]) == known)
    }

    @Test("a very long key is no reason to think long")
    func longWord() { #expect(Nearest.word(to: String(repeating: "a", count: 200_000), in: ["name"]) == nil) }
}
