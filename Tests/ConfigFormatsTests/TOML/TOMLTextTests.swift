internal import ConfigFormats
internal import Testing

@Suite("TOML values")
struct TOMLTextTests {
    @Test(
        "reads each kind of value",
        arguments: [
            ("1_000", .integer(1000)), ("-0", .integer(0)), ("0xDEAD_beef", .integer(0xDEAD_BEEF)),
            ("0o17", .integer(15)),
            ("0b101", .integer(5)), ("9223372036854775807", .integer(.max)), ("+1.5e-3", .float(0.0015)),
            ("1e6", .float(1_000_000)), ("-inf", .float(-.infinity)), ("true", .boolean(true)),
            ("false", .boolean(false)),
            ("\"a\\tb\\u00E9\\U0001F600\\\"\"", .string("a\tb\u{E9}\u{1F600}\"")), ("'c:\\x'", .string("c:\\x")),
            ("\"\"\"\na \\\r\n   b\n\"\"c\"\"\"\"\"", .string("a b\n\"\"c\"\"")), ("'''\r\na\r\nb'''", .string("a\nb")),
            ("07:32:00.5", .time("07:32:00.5")), ("1979-05-27 07:32:00-07:00", .time("1979-05-27T07:32:00-07:00")),
            ("1979-05-27t07:32:00z", .time("1979-05-27t07:32:00z")),
            ("[ 1, # one\n\n\"a\", ]", .array([.integer(1), .string("a")])), ("[]", .array([])),
        ] as [(String, TOMLNode)])
    func values(_ text: String, _ node: TOMLNode) throws {
        #expect(try TOMLText(parsing: "a = \(text) # end").root["a"] == node)
    }

    @Test("reads dates, which compare")
    func dates() throws {
        let table = try TOMLText(parsing: "a = 2000-02-29\nb = 2026-12-31").root
        guard case .date(let first) = table["a"], case .date(let second) = table["b"] else {
            Issue.record("no dates")
            return
        }
        #expect(first.description == "2000-02-29")
        #expect(first < second)
        #expect(TOMLDate(year: 1900, month: 2, day: 29) == nil)
    }

    @Test(
        "refuses what is no value",
        arguments: [
            "", "01", "1__0", "_1", "1_", "-0x1", "0x", "0xg", "0o8", ".5", "5.", "1.e5", "1e", "e5", "+", "tru",
            "True", "yes",
            "9223372036854775808", "99999999999999999999", "1979-02-30", "1979-5-27", "1979-05-27T", "24:00:00",
            "07:60:00",
            "07:32", "07:32:00.", "1979-05-27T07:32:00+24:00", "\"a", "\"a\n\"", "'a", "\"\"\"a\"\"", "\"\\x41\"",
            "\"\\u12\"",
            "\"\\uD800\"", "\"\\U00110000\"", "\"\\u+123\"", "[1", "[1 2]", "[,]", "{a=1", "{a=1,}", "{a=1\n}", "{,}",
            "{a}", "1 2", "a",
            "\"\\u0000\"", "'\u{7}'", "'''\r'''",
        ])
    func badValues(_ text: String) {
        #expect(throws: ParseError.self) { try TOMLText(parsing: "a = \(text)") }
    }

    @Test("builds tables from headers, dotted keys and braces, keys in the order of the text")
    func tables() throws {
        let root = try TOMLText(
            parsing: "z.y.x = 1\nz.y.w = 2\n[b]\n[[n]]\nk = 1\n[[n]]\n[n.s]\nt = {u.v = 3}\n[a.c]\n[a]\nd = 4\n"
        ).root
        #expect(root.keys == ["z", "b", "n", "a"])
        guard case .table(let z) = root["z"], case .table(let y) = z["y"] else {
            Issue.record("no table")
            return
        }
        #expect(y.keys == ["x", "w"])
        guard case .array(let elements) = root["n"], case .table(let last) = elements.last else {
            Issue.record("no list")
            return
        }
        #expect(elements.count == 2)
        #expect(last.keys == ["s"])
        #expect(root["nothing"] == nil)
    }

    @Test(
        "refuses what is there already",
        arguments: [
            "a = 1\na = 2", "[a]\n[a]", "a = 1\n[a]", "[a]\n[[a]]", "[[a]]\n[a]", "a = []\n[[a]]", "a = {}\n[a.b]",
            "a = {}\na.b = 1",
            "a = {b = 1, b = 2}", "a = {b.c = 1, b = 2}", "a.b = 1\na = 2", "a.b = 1\n[a]", "[a.b]\n[a]\nb.c = 1",
            "a = 1\na.b = 2",
            "[a]\nb.c = 1\n[a.b]", "a = [{}]\n[a.b]", "\"a\" = 1\n'a' = 2",
        ])
    func duplicates(_ text: String) {
        #expect(throws: ParseError.self) { try TOMLText(parsing: text) }
    }

    struct Place: CustomTestStringConvertible, Sendable {
        var testDescription: String { text.debugDescription }
        var text: String
        var place: String
    }

    @Test(
        "names line and column of an error",
        arguments: [
            Place(text: "a = 1\n  b = ?\n", place: "line 2, column 7: expected a value, found \"?\""),
            Place(text: "a = 1 b", place: "line 1, column 7: expected the end of the line, found \"b\""),
            Place(text: "\u{E9} = 1", place: "line 1, column 1: expected a key, found \"\u{E9}\""),
            Place(
                text: "a = \"\u{1F600}\\q\"",
                place: "line 1, column 7: expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\u \\U"),
            Place(text: "[a]\nb = 1\n\n[a]", place: "line 4, column 2: \"a\" is there already"),
            Place(
                text: "a.b = 1\n[x]\na = {c = 1,\n",
                place: "line 3, column 12: expected a key, found the end of the line"),
            Place(text: "\u{FEFF}a", place: "line 1, column 2: expected \"=\" after a key, found the end of the file"),
            Place(
                text: "[a", place: "line 1, column 3: expected \"]\" at the end of a header, found the end of the file"),
            Place(text: "a = 1\r", place: "line 1, column 6: expected the end of the line, found a control character"),
        ])
    func places(_ example: Place) {
        #expect { try TOMLText(parsing: example.text) } throws: { ($0 as? ParseError)?.description == example.place }
    }

    @Test(
        "knows an empty text and one of comments as an empty table", arguments: ["", "\n", "\u{FEFF}", "# c\r\n\t\n#"])
    func empty(_ text: String) throws {
        #expect(try TOMLText(parsing: text).root.keys.isEmpty)
    }
}
