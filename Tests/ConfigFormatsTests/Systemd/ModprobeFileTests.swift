internal import ConfigFormats
internal import Testing

@Suite("modprobe.d")
struct ModprobeFileTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var files: [String]
        /// File and line of what keeps `br_netfilter` out.
        var denial: [Int]?
    }

    @Test(
        "finds the line that keeps a module from loading at boot",
        arguments: [
            Case(testDescription: "a blacklist line", files: ["# no\nblacklist br_netfilter"], denial: [0, 2]),
            Case(testDescription: "with a hyphen", files: ["blacklist br-netfilter"], denial: [0, 1]),
            Case(testDescription: "install false", files: ["install br_netfilter /bin/false"], denial: [0, 1]),
            Case(
                testDescription: "install true with blanks", files: ["\tinstall  br_netfilter\t/usr/bin/true  "],
                denial: [0, 1]),
            Case(testDescription: "install nothing", files: ["install br_netfilter  "], denial: [0, 1]),
            Case(testDescription: "a pattern", files: ["install br_* /bin/true"], denial: [0, 1]),
            Case(testDescription: "a set", files: ["install [a-c]r?netfilte[!a] /bin/false"], denial: [0, 1]),
            Case(
                testDescription: "continued lines", files: ["options a b\\\n=c\nblacklist \\\n  br_netfilter\n"],
                denial: [0, 3]),
            Case(
                testDescription: "blacklist in a later file",
                files: ["install br_netfilter x", "blacklist br_netfilter"], denial: [1, 1]),
            Case(
                testDescription: "the first install wins",
                files: ["install br_netfilter x", "install br_netfilter /bin/false"], denial: nil),
            Case(
                testDescription: "another command", files: ["install br_netfilter /sbin/modprobe -i br_netfilter"],
                denial: nil),
            Case(
                testDescription: "a command that goes on",
                files: ["install br_netfilter /bin/true; modprobe -i br_netfilter"], denial: nil),
            Case(testDescription: "a pattern in a blacklist line is none", files: ["blacklist br_*"], denial: nil),
            Case(
                testDescription: "another module", files: ["blacklist br_netfilter_x\ninstall br_net /bin/true"],
                denial: nil),
            Case(testDescription: "a comment", files: ["#blacklist br_netfilter"], denial: nil),
            Case(
                testDescription: "a comment that is continued", files: ["# see \\\nblacklist br_netfilter"], denial: nil
            ),
            Case(testDescription: "nothing", files: [], denial: nil),
        ])
    func denial(_ example: Case) {
        let found = ModprobeFile.denial(of: "br-netfilter", in: example.files.map(ModprobeFile.init(parsing:)))
        #expect(found.map { [$0.file, $0.entry.line] } == example.denial)
    }

    @Test("lists the lines that libkmod ignores")
    func malformed() {
        let file = ModprobeFile(parsing: "blacklist\ninstall x \nalias a b\n  # indented\nfoo\noptions x y=1")
        #expect(file.malformed.map(\.line) == [1, 2, 4, 5])
        #expect(file.entries.isEmpty)
    }

    @Test("matches a pattern of many stars in short time")
    func stars() {
        let pattern = String(repeating: "*a", count: 2000)
        let file = ModprobeFile(parsing: "install \(pattern)b /bin/true")
        #expect(ModprobeFile.denial(of: String(repeating: "a", count: 4000), in: [file]) == nil)
    }
}
