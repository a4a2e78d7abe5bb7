internal import ConfigFormats
internal import Testing

@Suite("TOML edits")
struct TOMLEditTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var before: String
        var path: [String] = ["a", "b", "c"]
        var value: TOMLLiteral = .boolean(true)
        var after: String
    }

    @Test(
        "a value is set in the manner of its table, and every other byte is kept",
        arguments: [
            Case(testDescription: "in its place", before: "[a.b]\nc=false# why\n", after: "[a.b]\nc=true# why\n"),
            Case(
                testDescription: "in its place, blanks kept", before: "[a.b]\n\tc  =   0x1  \n",
                after: "[a.b]\n\tc  =   true  \n"),
            Case(
                testDescription: "in the quotes of the old value", before: "[a.b]\nc = 'old'\n", value: .string("new"),
                after: "[a.b]\nc = 'new'\n"),
            Case(
                testDescription: "over a string of several lines",
                before: "[a.b]\nc = \"\"\"x\n[a.b]\nc = 1\n\"\"\"\nd = 1\n",
                after: "[a.b]\nc = true\nd = 1\n"),
            Case(testDescription: "as dotted keys", before: "a.b.c = false\n", after: "a.b.c = true\n"),
            Case(
                testDescription: "after the last key of its table",
                before: "[a.b]\n  x = 1\n  y = [\n    1,\n  ]\n\n[z]\n",
                after: "[a.b]\n  x = 1\n  y = [\n    1,\n  ]\n  c = true\n\n[z]\n"),
            Case(
                testDescription: "in an empty table", before: "[a]\n[a.b]\n[z]\nq = 1\n",
                after: "[a]\n[a.b]\nc = true\n[z]\nq = 1\n"),
            Case(
                testDescription: "indented as others are", before: "[z]\n    q = 1\n  [a.b]\n",
                after: "[z]\n    q = 1\n  [a.b]\n      c = true\n"),
            Case(
                testDescription: "without an end of the last line", before: "[a.b]\nx = 1",
                after: "[a.b]\nx = 1\nc = true"),
            Case(
                testDescription: "with carriage returns", before: "[a.b]\r\nx = 1\r\n[z]\r\n",
                after: "[a.b]\r\nx = 1\r\nc = true\r\n[z]\r\n"),
            Case(testDescription: "in empty braces", before: "[a]\nb = {}\n", after: "[a]\nb = { c = true }\n"),
            Case(
                testDescription: "in braces", before: "[a]\nb = { x = 1 } # y\n",
                after: "[a]\nb = { x = 1, c = true } # y\n"),
            Case(
                testDescription: "in braces around it", before: "a = { x = 1 }\n", after: "a = { x = 1, b.c = true }\n"),
            Case(
                testDescription: "beside dotted keys", before: "a.b.x = 1\nq = 1\n",
                after: "a.b.x = 1\na.b.c = true\nq = 1\n"),
            Case(
                testDescription: "beside dotted keys in a table", before: "[a]\n  'b'.x = 1\n",
                after: "[a]\n  'b'.x = 1\n  'b'.c = true\n"),
            Case(testDescription: "in a new table at the end", before: "q = 1\n", after: "q = 1\n\n[a.b]\nc = true\n"),
            Case(testDescription: "in a new table of an empty file", before: "", after: "[a.b]\nc = true\n"),
            Case(
                testDescription: "in a new table after its relatives",
                before: "[a]\nx = 1\n[a.\"k\"]\ny = 1\n\n# of z\n[z]\n",
                after: "[a]\nx = 1\n[a.\"k\"]\ny = 1\n\n[a.b]\nc = true\n\n# of z\n[z]\n"),
            Case(
                testDescription: "in a new table, indented below its parent", before: "[a]\n  [a.k]\n    y = 1\n",
                after: "[a]\n  [a.k]\n    y = 1\n\n  [a.b]\n    c = true\n"),
            Case(
                testDescription: "a key of the root in the first line", before: "# x\n[z]\nq = 1\n", path: ["c"],
                after: "c = true\n# x\n[z]\nq = 1\n"),
            Case(
                testDescription: "a key of the root after a byte order mark", before: "\u{FEFF}[z]\n", path: ["c"],
                after: "\u{FEFF}c = true\n[z]\n"),
            Case(
                testDescription: "under a name in the file's own quotes",
                before: "[plugins.'io.x'.b]\nx = 1\n", path: ["plugins", "io.x", "d", "c"],
                after: "[plugins.'io.x'.b]\nx = 1\n\n[plugins.'io.x'.d]\nc = true\n"),
        ])
    func set(_ example: Case) throws {
        var edit = try TOMLEdit(Array(example.before.utf8))
        try edit.set(example.path, to: example.value)
        #expect(String(decoding: edit.bytes, as: UTF8.self) == example.after)
        #expect(try TOMLText(bytes: edit.bytes).root.value(at: example.path) == example.value.node)
    }

    @Test(
        "what is no value, or is in the way of a table, is refused, and nothing is changed",
        arguments: ["[a.b.c]\n", "[a.b]\nc = []\n", "[a.b]\nc.d = 1\n", "a = 1\n", "[[a]]\n", "[a]\nb = [{c = 1}]\n"])
    func refusals(_ text: String) throws {
        var edit = try TOMLEdit(Array(text.utf8))
        #expect(throws: TOMLEditError.self) { try edit.set(["a", "b", "c"], to: .boolean(true)) }
        #expect(edit.bytes == Array(text.utf8))
    }

    @Test(
        "a string goes out of a list with its comma, and with its line when nothing else is there",
        arguments: [
            ("l = [\"x\"]\n", "l = []\n"), ("l = ['x', 'y']\n", "l = ['y']\n"), ("l = ['y', 'x']\n", "l = ['y']\n"),
            ("l = ['y','x','z']\n", "l = ['y','z']\n"), ("l = ['x', 'x']\n", "l = []\n"),
            ("l = [ 'x' ]\n", "l = [  ]\n"),
            ("l = [\n  'y', # one\n  'x',\n  'z' # three\n]\n", "l = [\n  'y', # one\n  'z' # three\n]\n"),
            ("l = [\n  'y',\n  'x'\n]\n", "l = [\n  'y',\n]\n"),
            ("l = [\r\n 'x',\r\n 'y'\r\n]\r\n", "l = [\r\n 'y'\r\n]\r\n"),
            ("l = ['y']\nm = ['x']\n", "l = ['y']\nm = ['x']\n"), ("m = 'x'\n", "m = 'x'\n"),
            ("l = 'x'\n", "l = 'x'\n"),
            ("l = [1, 'x', ['x']]\n", "l = [1, ['x']]\n"),
        ])
    func removal(_ before: String, _ after: String) throws {
        var edit = try TOMLEdit(Array(before.utf8))
        try edit.removeStrings({ $0 == "x" }, from: ["l"])
        #expect(String(decoding: edit.bytes, as: UTF8.self) == after)
    }

    @Test("a key is renamed in headers, dotted keys and braces, and in no value and no comment")
    func renaming() throws {
        let text = "# cri\n[plugins.cri]\nx = 'cri'\n[ plugins . 'cri'.a ]\n[plugins]\ncri.b = 1\n[q]\ncri = 1\n"
        var edit = try TOMLEdit(Array(text.replacing("[plugins]\ncri.b = 1\n", with: "").utf8))
        #expect(try edit.rename(["plugins", "cri"], to: "io.cri") == 2)
        #expect(
            String(decoding: edit.bytes, as: UTF8.self)
                == "# cri\n[plugins.\"io.cri\"]\nx = 'cri'\n[ plugins . \"io.cri\".a ]\n[q]\ncri = 1\n")
        var dotted = try TOMLEdit(Array("plugins = { cri.x = 1, cri.y = 2 }\n".utf8))
        #expect(try dotted.rename(["plugins", "cri"], to: "io.cri", quote: "'") == 2)
        #expect(String(decoding: dotted.bytes, as: UTF8.self) == "plugins = { 'io.cri'.x = 1, 'io.cri'.y = 2 }\n")
    }

    @Test("a name that is there already is not taken")
    func renamingOntoAnother() throws {
        var edit = try TOMLEdit(Array("[p.a]\nx = 1\n[p.b]\nx = 1\n".utf8))
        #expect(throws: TOMLEditError.self) { try edit.rename(["p", "a"], to: "b") }
    }
}
