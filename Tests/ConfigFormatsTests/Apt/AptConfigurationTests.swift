internal import Testing

@testable import ConfigFormats

@Suite("apt's settings")
struct AptConfigurationTests {
    private func read(_ texts: String...) throws -> AptConfiguration {
        var all = AptConfiguration()
        for (number, text) in texts.enumerated() { try all.read(Array(text.utf8), file: "\(number)") }
        return all
    }

    // Each of these was given to apt 2.6 (`apt-config dump`), which reads it so.
    @Test("blocks, lists, comments and names are read as apt reads them")
    func reading() throws {
        let all = try read(
            "Foo { Bar \"1\"; Baz { \"a\"; \"b\"; }; };\nfoo::BAZ:: \"c\"; // x\n/* y\n z */ Foo::Qux \"d\" ; # e\n")
        #expect(all.value("Foo::Bar")?.value == "1")
        #expect(all.value("foo::qux")?.line == 4)
        #expect(all.list("Foo::Baz").map(\.value) == ["a", "b", "c"])
        #expect(all.list("Foo::Baz").map(\.line) == [1, 1, 2])
        #expect(try read("Foo::Baz { \"a\" \"b\"; };").list("Foo::Baz").map(\.value) == ["b"])
        #expect(try read("Foo::Baz \"a;b//c#d{\";").value("Foo::Baz")?.value == "a;b//c#d{")
        #expect(try read("Foo::Baz \"a\"  \"b\";").value("Foo::Baz")?.value == "a b")
        #expect(try read("Foo::Baz:: \"a\";\n#clear Foo::Baz::;").list("Foo::Baz").count == 1)
        #expect(try read("Foo::Baz abc;").value("Foo::Baz")?.value == "abc")
        #expect(try read("Foo { Baz \"a\"; ").value("Foo::Baz")?.value == "a")
        #expect(try read("};Foo::Baz \"a\";").value("Foo::Baz")?.value == "a")
        #expect(try read("Foo \"x\" { Bar \"1\"; };").value("Foo")?.value == "x")
        #expect(try read("Foo \"a%41\";").value("Foo")?.value == "a%41")
        #expect(try read("Foo::Baz { a; b \"c\"; };").list("Foo::Baz").map(\.value) == ["a", "c"])
        #expect(
            try read("/* #x */\nFoo \"1\"; */ Bar \"2\";").value("Bar")?.value == "2", "the first line cuts its end off"
        )
        #expect(try read("/* #x */\nFoo \"1\"; */ Bar \"2\";").value("Foo") == nil)
        #expect(try read("Foo\r\n{\r\nBar\r\n\"1\";\r\n}\r\n").value("Foo::Bar")?.value == "1")
    }

    @Test("later files add to lists and replace values, and a clear takes all before it away")
    func files() throws {
        let all = try read("A::B { \"x\"; n \"1\"; };\nA::C \"1\";", "A::B { \"y\"; n \"2\"; };\nA::C \"2\";")
        #expect(all.list("A::B").map(\.value) == ["x", "2", "y"])
        #expect(all.value("A::C").map { [$0.file, $0.value] } == ["1", "2"])
        let cleared = try read("A::B { \"x\"; };\nA::C \"1\";\n", "#clear A::B;\n", "A::B:: \"y\";")
        #expect(cleared.list("A::B").map(\.value) == ["y"])
        #expect(cleared.value("A::C")?.value == "1")
        #expect(try read("A::C \"1\";\n#clear A;").value("A::C") == nil)
        #expect(try read("#include \"/x\";").inclusions.map(\.value) == ["/x"])
    }

    @Test(
        "what stops apt is named by its line",
        arguments: [
            ("\nFoo::Baz \"a\"", 2), ("{ \"a\"; };", 1), ("Foo\n::Baz\n\"a\";", 3), ("Foo a b;", 1),
            ("Foo \"x\\\"y\";\n", 1), ("Foo { #clear Foo; };", 1), ("#clear;", 1),
            ("Foo { A \"1\"; B { \"#clear\"; };", 1), ("Foo #clear {", 1), ("Foo \"a;", 1),
        ])
    func malformed(text: String, line: Int) {
        #expect { try read(text) } throws: { ($0 as? ParseError)?.line == line }
    }

    @Test("binary, deep and very long files end")
    func hostile() throws {
        var all = AptConfiguration()
        try? all.read((0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 >> 3) }, file: "x")
        let comments = String(repeating: "// A::B:: \"x\";\n", count: 50_000)
        let long = try read(comments + String(repeating: "A::B:: \"x\";\n", count: 9_999) + "#clear A::C;\n")
        #expect(long.list("A::B").count == 9_999)
        #expect(throws: ParseError.self) { try read(String(repeating: "a { ", count: 2_000) + "x y; ") }
        #expect(throws: ParseError.self) { try read(String(repeating: "x ", count: 50_000)) }
        _ = try read("/*" + String(repeating: "*", count: 100_000))
    }
}
