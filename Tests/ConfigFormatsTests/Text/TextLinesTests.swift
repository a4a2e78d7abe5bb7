import Testing

@testable import ConfigFormats

@Suite("Lines of a text")
struct TextLinesTests {
    @Test(
        "end at line feeds, with or without a carriage return in front",
        arguments: [
            ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b", ""]), ("", [""]), ("\r\n\r\n", ["", "", ""]),
            ("a\rb\n", ["a\rb", ""]), ("\r", [""]), ("a\r\r\n", ["a\r", ""]), ("\n\u{301}b", ["", "\u{301}b"]),
            ("a\u{2028}b\u{85}c", ["a\u{2028}b\u{85}c"]),
        ])
    func ends(_ text: String, _ lines: [String]) {
        #expect(text.textLines(keepingEmpty: true).map(String.init) == lines)
        #expect(text.textLines().map(String.init) == lines.filter { !$0.utf8.isEmpty })
    }
}
