internal import Testing

@testable import ConfigFormats

@Suite("apt's sources")
struct AptSourcesTests {
    private func lines(_ text: String) -> AptSources { AptSources(Array(text.utf8), style: .oneLine) }
    private func stanzas(_ text: String) -> AptSources { AptSources(Array(text.utf8), style: .stanzas) }

    // Each of these was given to apt 2.6, which reads it so.
    @Test("a line is read as apt reads it")
    func line() {
        let plain = lines("# x\n\tdeb\thttps://a.b/deb\t/\r\ndeb-src [ arch=amd64 ] http://c x main contrib # y\n")
        #expect(plain.malformed == [])
        #expect(plain.entries.map(\.line) == [2, 3])
        #expect(plain.entries.map(\.types) == [["deb"], ["deb-src"]])
        #expect(plain.entries.map(\.addresses) == [["https://a.b/deb/"], ["http://c/"]])
        #expect(plain.entries.map(\.suites) == [["/"], ["x"]])
        #expect(lines("deb \"https://a.b/d e\" x main").entries.first?.addresses == ["https://a.b/d e/"])
        #expect(lines("deb https://a.b/%64eb/ /").entries.first?.addresses == ["https://a.b/deb/"])
        #expect(lines("deb [] https://a.b/ /").entries.count == 1)
        #expect(lines("deb [lang=en#x] https://a.b/ /#y").entries.count == 1)
    }

    @Test(
        "who signs is told, and trust without a signature too",
        arguments: [
            ("signed-by=/x/y.gpg", AptSources.SignedBy.files(["/x/y.gpg"]), false),
            ("arch=amd64 signed-by=/x/1,/x/2", .files(["/x/1", "/x/2"]), false),
            ("signed-by=/x/1 signed-by=/x/2", .files(["/x/2"]), false),
            ("Signed-By=/x/y.gpg", nil, false),
            ("trusted=yes", nil, true), ("Trusted=1", nil, true), ("trusted=maybe", nil, false),
            (
                "signed-by=de15b14486cd377b9e876e1a234654da9a296436!",
                .fingerprints(["DE15B14486CD377B9E876E1A234654DA9A296436"]), false
            ),
        ])
    func signers(options: String, signedBy: AptSources.SignedBy?, isTrusted: Bool) {
        let found = lines("deb [\(options)] https://a.b/ /\n")
        #expect(found.malformed == [])
        #expect(found.entries.first?.signedBy == signedBy)
        #expect(found.entries.first?.isTrusted == isTrusted)
    }

    @Test(
        "a line that stops apt is no entry and is named by its number",
        arguments: [
            "deb", "foo https://a.b/ /", "DEB https://a.b/ /", "deb https://a.b/", "deb https://a.b/ suite",
            "deb https://a.b/ / main", "deb nocolon / ", "deb [x] https://a.b/ /", "deb [arch=amd64 https://a.b/ /",
            "deb [signed-by=] https://a.b/ /", "deb [signed-by=zzz] https://a.b/ /",
            "deb [lang=en] https://a.b/#y /", "deb [=x] https://a.b/ /", "deb \"https://a.b/ /", "\u{0}\u{1}\u{FF}",
        ])
    func malformed(text: String) {
        let found = lines("\n\(text)\ndeb https://good/ /\n")
        #expect(found.malformed.map(\.line) == [2])
        #expect(found.entries.map(\.line) == [3])
    }

    @Test("a stanza is read as apt reads it")
    func stanza() {
        let found = stanzas(
            """
            # two
            Types: deb deb-src
            URIs: https://a.b/ https://c
             https://d
            Suites: x
             y
            Components: main
            # no
            Signed-By: /x/1.gpg /x/2.gpg
            Trusted: yes

            types: deb\r
            URIS: https://e/\r
            suites: /\r
            Components:\r
            Enabled: xx\r
            """)
        #expect(found.malformed == [])
        #expect(found.entries.map(\.line) == [2, 12])
        #expect(found.entries.first?.addresses == ["https://a.b/", "https://c/", "https://d/"])
        #expect(found.entries.first?.suites == ["x", "y"])
        #expect(found.entries.first?.signedBy == .files(["/x/1.gpg", "/x/2.gpg"]))
        #expect(found.entries.map(\.isTrusted) == [true, false])
    }

    @Test("a key in the stanza is taken as its text, without the marks of the format")
    func inline() {
        let text =
            "Types: deb\nURIs: https://a.b/\nSuites: /\nSigned-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n abc\n"
        let found = stanzas(text)
        #expect(found.entries.first?.signedBy == .inline("\n-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nabc"))
    }

    @Test(
        "what apt takes as no switches a stanza off",
        arguments: ["no", "No", "0", "off", "false", "without", "disable"])
    func disabled(word: String) {
        #expect(stanzas("Types: deb\nURIs: https://a.b/\nSuites: /\nEnabled: \(word)\n").entries == [])
        #expect(stanzas("Enabled: \(word)\nnonsense: x\n").malformed == [])
    }

    @Test("what apt does not take as no leaves it on", arguments: ["yes", "xx", "", "2", "none", "no\nEnabled: yes"])
    func enabled(word: String) {
        #expect(stanzas("Types: deb\nURIs: https://a.b/\nSuites: /\nEnabled: \(word)\n").entries.count == 1)
    }

    @Test(
        "a stanza that stops apt is no entry and is named by a line",
        arguments: [
            ("URIs: https://a.b/\nSuites: /\n", 1), ("Types: foo\nURIs: https://a.b/\nSuites: /\n", 1),
            ("Types: deb\nSuites: /\n", 1), ("Types: deb\nURIs: https://a.b/\n", 1),
            ("Types: deb\nURIs: https://a.b/\nSuites: x\n", 1),
            ("Types: deb\nURIs: https://a.b/\nSuites: /\nComponents: main\n", 1),
            ("Types: deb\nnonsense\nURIs: https://a.b/\nSuites: /\n", 2),
            ("Types: deb\nURIs: nocolon\nSuites: /\n", 1),
            ("Types: deb\nURIs: https://a.b/\nSuites: /\nSigned-By: zzz\n", 4),
        ])
    func malformedStanza(text: String, line: Int) {
        let found = stanzas(text + "\nTypes: deb\nURIs: https://good/\nSuites: /\n")
        #expect(found.malformed.map(\.line) == [line])
        #expect(found.entries.count == 1)
    }

    @Test("switching off changes nothing but the entry, and it is off then")
    func disabling() {
        let one = lines("deb https://a/ /\r\n  deb https://b/ / # c\n\u{FF}\ndeb https://c/ /")
        #expect(
            String(decoding: one.disabling(lines: [2, 4, 99]), as: UTF8.self)
                == "deb https://a/ /\r\n#   deb https://b/ / # c\n\u{FF}\n# deb https://c/ /")
        #expect(one.disabling(lines: []) == one.disabling(lines: [77]))
        let many =
            "# c\nTypes: deb\r\nURIs: https://a/\r\nSuites: /\r\n\n\nTypes: deb\nEnabled:yes\nURIs: https://b/\nSuites: /\n"
        let edited = stanzas(many).disabling(lines: [2, 7])
        #expect(
            String(decoding: edited, as: UTF8.self)
                == many.replacing("# c\n", with: "# c\nEnabled: no\r\n").replacing("Enabled:yes", with: "Enabled: no"))
        #expect(AptSources(edited, style: .stanzas).entries == [])
        let repeated = "Types: deb\nEnabled: yes\nURIs: https://b/\nSuites: /\nEnabled: \n"
        let again = AptSources(stanzas(repeated).disabling(lines: [1]), style: .stanzas)
        #expect(again.entries == [] && again.malformed == [])
    }

    @Test("binary and very long files are read to their end")
    func hostile() {
        let binary = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 >> 3) }
        #expect(AptSources(binary, style: .oneLine).entries == [])
        #expect(AptSources(binary, style: .stanzas).entries == [])
        let long = String(repeating: "deb https://a/ /\n", count: 50_000) + String(repeating: "[", count: 50_000)
        #expect(lines(long).entries.count == 50_000)
        #expect(lines(long).malformed.count == 1)
    }

    @Test("the names that apt reads in its folders, and those that it passes over")
    func names() {
        for name in ["a.list", "a.sources", "a:b_1-2.3.list"] { #expect(AptFolder.sources.reads(name), "\(name)") }
        for name in ["a", ".a.list", "a.list.", "a.LIST", "a b.list", "a.list~", "a.list.distUpgrade", "ä.list", ""] {
            #expect(!AptFolder.sources.reads(name), "\(name)")
        }
        for name in ["a", "a.pref", "99kubernetes"] { #expect(AptFolder.preferences.reads(name), "\(name)") }
        for name in ["a.conf", "a.pref.bak", "a b"] { #expect(!AptFolder.preferences.reads(name), "\(name)") }
        for name in ["50unattended-upgrades", "x.conf"] { #expect(AptFolder.configuration.reads(name), "\(name)") }
        for name in ["x.dpkg-dist", "x.ucf-old", "x.pref"] { #expect(!AptFolder.configuration.reads(name), "\(name)") }
    }
}
