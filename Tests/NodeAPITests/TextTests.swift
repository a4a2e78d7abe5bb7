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

    @Test("shows what acts on a terminal, and leaves the letters of every language")
    func visible() {
        #expect(Text.visible("a\u{1B}[2J\tb\n\u{9B}c\u{7F}") == "a\\u{1b}[2J\\u{9}b\\u{a}\\u{9b}c\\u{7f}")
        #expect(
            Text.visible("a\u{202E}b\u{2066}c\u{200F}d\u{2028}e\u{FEFF}f\u{61C}")
                == "a\\u{202e}b\\u{2066}c\\u{200f}d\\u{2028}e\\u{feff}f\\u{61c}")
        #expect(Text.visible("스왑 é 漢字 👩‍👩‍👧") == "스왑 é 漢字 👩‍👩‍👧")
        #expect(Text.visible("\r\n") == "\\u{d}\\u{a}")
        for value in UInt32(0)...0x2FFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let shown = Text.visible(String(Character(scalar)))
            switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: #expect(shown.hasPrefix("\\u{"), "\(value)")
            case .uppercaseLetter, .lowercaseLetter, .otherLetter, .decimalNumber:
                #expect(shown == String(Character(scalar)), "\(value)")
            default: break
            }
        }
    }

    @Test("writes JSON in ASCII, the same document")
    func json() {
        let text = Text.asciiJSON(Array("{\"a\":\"\u{9B}é\u{202E}👩\"}".utf8))
        #expect(String(decoding: text, as: UTF8.self) == "{\"a\":\"\\u009b\\u00e9\\u202e\\ud83d\\udc69\"}")
    }
}
