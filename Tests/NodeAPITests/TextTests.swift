internal import NodeAPI
internal import Testing

@Suite("Text")
struct TextTests {
    @Test("is cut at a character, with its mark inside of the limit")
    func cut() {
        #expect(Text.cut("abcdef", to: 6) == "abcdef")
        #expect(Text.cut("abcdefg", to: 6) == "abc…")
        #expect(Text.cut("ééé", to: 5) == "é…")
        #expect(Text.cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", to: 30) == "👩‍👩‍👧‍👦…")
        #expect(Text.cut("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", to: 20) == "…")
        #expect(Text.cut(String(repeating: "a", count: 9000)).utf8.count == Text.longest)
    }

    @Test("is made safe for a message")
    func printable() {
        #expect(Text.printable("/v1/status?a=b") == "/v1/status?a=b")
        #expect(Text.printable("a\u{1B}[31m\r\nb") == "a\\u{1b}[31m\\u{d}\\u{a}b")
        #expect(Text.printable("\u{202E}é\u{7F}") == "\\u{202e}\\u{e9}\\u{7f}")
        let long = String(repeating: "a", count: 128)
        #expect(Text.printable(long) == long)
        #expect(Text.printable(long + "a") == long + "...")
    }
}
