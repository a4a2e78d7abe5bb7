internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

@Suite("nucprepd inspect")
struct InspectionTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var fstab = ""
        var files: [String: String] = [:]
        var status: Int32
        var verdict: String
    }

    private static let listed = ["etc/modules-load.d/site.conf": "overlay\nbr_netfilter\n"]

    @Test(
        "ends with the verdict, and changes nothing",
        arguments: [
            Case(testDescription: "all good", files: listed, status: 0, verdict: "go"),
            Case(
                testDescription: "swap at boot", fstab: "/swap.img none swap sw 0 0\n", files: listed, status: 2,
                verdict: "no_go"),
            Case(
                testDescription: "a swap table that cannot be read",
                files: listed.merging(["proc/swaps": "what is this\n"]) { $1 }, status: 3, verdict: "incomplete"),
            Case(
                testDescription: "a configuration that is not valid",
                files: listed.merging(["etc/nucprep/nucprep.toml": "[nothing]\n"]) { $1 }, status: 3,
                verdict: "incomplete"),
        ])
    func verdicts(_ example: Case) async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: example.fstab)
            for (name, text) in example.files { try tree.write(text, to: name) }
            let before = try await tree.listing(in: folder)
            let words = [try Programs.nucprepd.string, "inspect", "--root", tree.path.string]
            let text = try await run(words, in: folder)
            #expect(text.status == example.status, "\(text.story)")
            #expect(text.text.hasSuffix("\n\(example.verdict)\n"), "\(text.text)")
            let json = try await run(words + ["--json"], in: folder)
            #expect(json.status == example.status)
            let body = try WireJSON.decode(StatusBody.self, from: json.answer)
            #expect(body.readiness.verdict.rawValue == example.verdict)
            #expect(try await tree.listing(in: folder) == before)
            #expect(try tree.text(of: "var/lib/nucprep/boot-record").isEmpty)
        }
    }

    @Test("prints nothing of a tree that acts on a terminal, and the letters of it as they are")
    func hostile() async throws {
        let bad = "\u{1B}]0;x\u{7}\u{9B}2J\u{202E}\u{2028}"
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "/swap-교환\(bad).img none swap sw 0 0\n")
            try tree.write(
                "[cluster]\n\"\\u001b[2J\\u202e교환\" = 1\nname = \"\\u009b2J\"\n", to: "etc/nucprep/nucprep.toml")
            let nucprepd = try Programs.nucprepd.string
            for words in [["inspect"], ["inspect", "--json"], ["validate"]] {
                let run = try await run([nucprepd] + words + ["--root", tree.path.string], in: folder)
                for scalar in (run.text + run.story).unicodeScalars where scalar != "\n" {
                    let isBad =
                        scalar.properties.generalCategory == .control
                        || bad.unicodeScalars.contains(scalar) && scalar.value > 0x7F
                    #expect(!isBad, "\(words) prints \(scalar.value)")
                }
                if words == ["inspect"] { #expect(run.text.contains("/swap-교환")) }
                if words != ["inspect", "--json"] {
                    #expect(run.story.contains("[2J\\u{202e}교환"), "\(run.story)")
                }
            }
        }
    }

    @Test("ends with an error where there is no root")
    func noRoot() async throws {
        try await withFolder { folder in
            let root = folder.appending("nothing").string
            let ended = try await run([try Programs.nucprepd.string, "inspect", "--root", root], in: folder)
            #expect(ended.status == 1)
            #expect(ended.story.hasPrefix("nucprepd: cannot "))
            #expect(ended.answer.isEmpty)
        }
    }
}
