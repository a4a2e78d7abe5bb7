internal import ConfigFormats
internal import Testing

@Suite("hostname")
struct HostnameFileTests {
    @Test(
        "the first line that says something names the host, and systemd drops what no name has",
        arguments: [
            ("nuc01\n", "nuc01", "nuc01"), ("\n# a comment\n  nuc01 \r\nnuc02\n", "nuc01", "nuc01"),
            ("nuc01 # here\n", "nuc01 # here", "nuc01here"), ("nuc_01", "nuc_01", "nuc01"),
            ("nuc\u{1}01\n", "nuc\u{1}01", "nuc01"), ("-.nuc..01.-\n", "-.nuc..01.-", "nuc.01"),
            ("nuc-.lan", "nuc-.lan", "nuc-lan"),
            (String(repeating: "a", count: 70), String(repeating: "a", count: 70), String(repeating: "a", count: 64)),
            ("Nuc01.Lan.", "Nuc01.Lan.", "Nuc01.Lan"),
        ])
    func name(_ text: String, _ name: String, _ bootName: String) {
        let file = HostnameFile(parsing: text)
        #expect(file.name == name)
        #expect(file.bootName == bootName)
    }

    @Test("a file that names nothing is as good as none", arguments: ["", "\n", "# nuc01\n", " \r\n"])
    func empty(_ text: String) { #expect(HostnameFile(parsing: text).name == nil) }

    @Test("a name of which nothing is left is none at boot", arguments: ["___\n", "-\n", "\u{1}"])
    func nothingLeft(_ text: String) {
        let file = HostnameFile(parsing: text)
        #expect(file.name != nil)
        #expect(file.bootName == nil)
    }

    @Test("what no node may be called is told with its reason")
    func flaws() {
        for good in ["nuc01", "a", "0", "a-b.c-d", String(repeating: "a", count: 63)] {
            #expect(HostName.flaw(of: good) == nil, "\(good)")
        }
        #expect(HostName.flaw(of: "Nuc01") == .notLowercase)
        let bad = [
            "", "-a", "a-", "a..b", ".a", "a.", "a_b", "a b", "é", "a\u{1B}[31m", "localhost", "LOCALHOST",
            "localhost4",
            "localhost.localdomain", "localhost6.localdomain6", "(none)", String(repeating: "a", count: 64),
            [String](repeating: "abcdefg", count: 32).joined(separator: "."), "localhost.example",
            String(repeating: "a", count: 32) + "." + String(repeating: "b", count: 32),
        ]
        for name in bad {
            guard case .malformed = HostName.flaw(of: name) else {
                Issue.record("\(name) passes")
                continue
            }
        }
    }
}
