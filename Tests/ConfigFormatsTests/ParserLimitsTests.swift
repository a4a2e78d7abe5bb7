internal import Testing

@testable internal import ConfigFormats

/// What keeps a text that was made to be hard from taking more time or memory than its length.
///
/// How both grow is measured by `make bench`; here is what refuses a text, and that nothing else is refused.
@Suite("Limits of parsers")
struct ParserLimitsTests {
    private func apt(_ text: String) throws -> AptConfiguration {
        var configuration = AptConfiguration()
        try configuration.read(Array(text.utf8), file: "f")
        return configuration
    }

    private func refusal(_ text: String) -> ParseError? {
        do {
            _ = try apt(text)
            return nil
        } catch {
            return error as? ParseError
        }
    }

    @Test("blocks of apt.conf go 32 deep and no deeper, and a name has 512 bytes at the most")
    func aptDepth() throws {
        let deep = String(repeating: "a {\n", count: 32)
        #expect(try apt(deep + "\"v\";").list(Array(repeating: "a", count: 32).joined(separator: "::")).count == 1)
        let error = refusal(deep + "b {")
        #expect(error == ParseError(line: 33, "expected at most 32 blocks in one another", isLimit: true))
        let name = String(repeating: "n", count: 512)
        #expect(try apt("\(name) \"v\";").value(name)?.value == "v")
        #expect(refusal("\n\(name)n \"v\";")?.line == 2)
        #expect(refusal("\(name) { a \"v\"; };")?.isLimit == true, "the names of blocks count")
        #expect(refusal("a {")?.isLimit == nil)
    }

    @Test("apt.conf has ten thousand settings at the most, over all files and on one line too")
    func aptCount() throws {
        let most = AptConfiguration.limits.statements
        let full = String(repeating: "a;", count: most)
        #expect(refusal(full) == nil)
        #expect(refusal(full + "\na;") == ParseError(line: 2, "expected at most 10000 settings", isLimit: true))
        #expect(refusal(full + "#clear a;")?.isLimit == true)
        var files = try apt(full)
        #expect(throws: ParseError.self) { try files.read(Array("#include \"/x\";".utf8), file: "g") }
    }

    @Test("a member of a list that was cleared leaves the others where they are, and comes back at the end")
    func aptClears() throws {
        let text = "l::a \"1\"; l:: \"2\"; l::b \"3\"; #clear l::a; l::b \"4\"; l::a \"5\"; #clear l::z;"
        #expect(try apt(text).list("l").map(\.value) == ["2", "4", "5"])
    }

    @Test("a unit's continued lines are joined, and a section is named once however often it begins")
    func unit() {
        let lines = String(repeating: "x\\\n", count: 5000)
        let file = UnitFile(parsing: "[S]\nA=\(lines)\n[T]\n[S]\nB=\\\n# c\n1\n[S]")
        #expect(file.assignments.map(\.line) == [2, 5005])
        #expect(file.assignments[0].value == Array(repeating: "x", count: 5000).joined(separator: " "))
        #expect(file.assignments[1].value == "1")
        #expect(file.sections == ["S", "T"])
        #expect(file.adding(UnitFile(parsing: "[T]\n[U]\n")).sections == ["S", "T", "U"])
    }

    @Test("at most 64 strings are taken out of a list, else none is")
    func removals() throws {
        for (count, isRefused) in [(64, false), (65, true)] {
            let text = "l = [" + String(repeating: "'cri', ", count: count) + "'x']\n"
            var edit = try TOMLEdit(Array(text.utf8))
            do {
                #expect(try edit.removeStrings({ $0 == "cri" }, from: ["l"]) == count)
                #expect(!isRefused && String(decoding: edit.bytes, as: UTF8.self) == "l = ['x']\n")
            } catch {
                #expect(isRefused && edit.bytes == Array(text.utf8))
            }
        }
    }

    @Test("a file of containerd with more than 64 plugins to rename is left alone")
    func renames() throws {
        for (count, isRefused) in [(64, false), (65, true)] {
            let text = (0..<count).map { "[plugins.a\($0)-service]\n" }.joined()
            let release = ContainerdRelease(major: 2, minor: 1)
            let file = try ContainerdFile(path: "/c", bytes: Array(text.utf8))
            do {
                _ = try ContainerdEdit(of: ContainerdConfiguration([file], for: release))
                #expect(!isRefused)
            } catch {
                #expect(isRefused && "\(error)".contains("more than 64 plugins"), "\(error)")
            }
        }
    }

    @Test("tables are merged with the keys of both, the later value in the earlier place")
    func merging() throws {
        let one = try TOMLText(parsing: "a = 1\n[t]\nx = 1\ny = 2\n").root
        let other = try TOMLText(parsing: "b = 2\na = 3\n[t]\ny = 4\nz = 5\n").root
        let deep = try TOMLText(parsing: "a = 3\nb = 2\n[t]\nx = 1\ny = 4\nz = 5\n").root
        let merged = one.merging(other, isDeep: true)
        #expect(merged.keys == ["a", "t", "b"])
        #expect(deep.keys.allSatisfy { deep[$0] == merged[$0] })
        #expect(one.merging(other, isDeep: false)["t"] == other["t"])
    }
}
