import ConfigFormats
import NodeState
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Faults of apt's sources")
struct SourceFaultTests {
    private func faults(_ text: String, style: AptSources.Style = .oneLine) -> [SourceFault] {
        let file: FilePath = style == .oneLine ? "/etc/apt/sources.list.d/a.list" : "/etc/apt/sources.list.d/a.sources"
        return SourceFault.all(
            in: AptSources(Array(text.utf8), style: style).entries.map { AptEntry(file: file, entry: $0) })
    }

    @Test(
        "two entries of one repository with different keys stop apt, whatever their scheme, order and components",
        arguments: [
            """
            deb [signed-by=/a.gpg] https://download.docker.com/linux/ubuntu jammy stable
            deb [signed-by=/b.asc] https://download.docker.com/linux/ubuntu jammy test
            """,
            """
            deb [signed-by=/a.gpg] https://example.org/debian stable main
            deb-src [signed-by=/b.gpg] http://user@example.org/debian/ stable contrib
            """,
            """
            deb [signed-by=/a.gpg,/b.gpg] https://example.org/debian stable main
            deb [signed-by=/b.gpg,/a.gpg] https://example.org/debian stable main
            """,
        ])
    func conflict(text: String) {
        let found = faults(text)
        #expect(found.count == 1)
        let finding = found.first?.finding
        #expect(finding?.reason == "conflicting-sources" && finding?.severity == .error)
        #expect(finding?.evidence.map(\.line) == [1, 2] && finding?.actual.contains("Signed-By") == true)
        #expect(finding?.actual.contains("a.list:1 and /etc/apt/sources.list.d/a.list:2") == true)
    }

    @Test("an entry without a key behind one with a key stops apt before version 3 alone")
    func withoutKey() {
        let named = "deb [signed-by=/a.gpg] https://example.org/d s main\n"
        let bare = "deb https://example.org/d s x\n"
        func count(_ text: String, isBeforeApt3: Bool) -> Int {
            let entries = AptSources(Array(text.utf8), style: .oneLine).entries
            return SourceFault.all(in: entries.map { AptEntry(file: "/a.list", entry: $0) }, isBeforeApt3: isBeforeApt3)
                .count
        }
        #expect(count(named + bare, isBeforeApt3: true) == 1 && count(named + bare, isBeforeApt3: false) == 0)
        #expect(count(bare + named, isBeforeApt3: true) == 0 && count(bare + named, isBeforeApt3: false) == 0)
    }

    @Test("one entry trusted without a signature and one not stop apt as well")
    func trust() {
        let found = faults(
            """
            deb [trusted=yes] https://example.org/debian stable main
            deb https://example.org/debian stable contrib
            """)
        #expect(found.map { $0.finding.actual.contains("Trusted") } == [true])
    }

    @Test(
        "near misses stop nothing",
        arguments: [
            // The same key, none beside one, another suite, another path, one that is switched off.
            "deb [signed-by=/a.gpg] https://example.org/d s main\ndeb [signed-by=/a.gpg] http://example.org/d/ s x",
            "deb https://example.org/d s main\ndeb [signed-by=/a.gpg] https://example.org/d s x",
            "deb [signed-by=/a.gpg] https://example.org/d s main\ndeb https://example.org/d s x",
            "deb [signed-by=/a.gpg] https://example.org/d s main\ndeb [signed-by=/b.gpg] https://example.org/d t main",
            "deb [signed-by=/a.gpg] https://example.org/d s main\ndeb [signed-by=/b.gpg] https://example.org/e s main",
            "deb [signed-by=/a.gpg] https://example.org/d s main\n# deb [signed-by=/b.gpg] https://example.org/d s x",
            "#deb cdrom:[Debian GNU/Linux 12.5.0 _Bookworm_ - Official amd64]/ bookworm main",
            "deb file:/media/cdrom bookworm main",
        ])
    func nearMisses(text: String) { #expect(faults(text) == []) }

    @Test(
        "an entry of a disc makes every update fail",
        arguments: [
            "deb cdrom:[Debian GNU/Linux 12.5.0 _Bookworm_ - Official amd64]/ bookworm contrib main",
            "deb [trusted=yes] cdrom:[x]/ stable main",
        ])
    func discs(text: String) {
        let found = faults(text).map(\.finding)
        #expect(found.map(\.reason) == ["cdrom-source"] && found.map(\.severity) == [.error])
        #expect(found.first?.evidence.map(\.line) == [1])
    }

    @Test("a stanza that is switched off is no source")
    func stanzas() {
        let stanza = { (signer: String, more: String) in
            "Types: deb\nURIs: https://example.org/d\nSuites: s t\nComponents: main\nSigned-By: \(signer)\n\(more)\n"
        }
        let both = faults(stanza("/a.gpg", "") + stanza("/b.gpg", ""), style: .stanzas)
        #expect(both.count == 1, "one fault for two suites")
        #expect(faults(stanza("/a.gpg", "") + stanza("/b.gpg", "Enabled: no\n"), style: .stanzas) == [])
    }
}
