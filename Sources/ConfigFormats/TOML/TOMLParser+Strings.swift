internal import TextForms

extension TOMLParser {
    private static let doubleQuote = UInt8(ascii: "\"")
    private static let singleQuote = UInt8(ascii: "'")

    /// Reads `"…"`.
    mutating func parseBasicString() throws(ParseError) -> String {
        index += 1
        var text: [UInt8] = []
        while true {
            let byte = try nextInString(of: "a string on one line")
            if byte == Self.doubleQuote { return String(decoding: text, as: UTF8.self) }
            if byte == .backslash { try takeEscape(into: &text) } else { text.append(byte) }
        }
    }

    /// Reads `'…'`, which knows no escapes.
    mutating func parseLiteralString() throws(ParseError) -> String {
        index += 1
        let start = index
        while try nextInString(of: "a string on one line") != Self.singleQuote {}
        return String(decoding: bytes[start..<index - 1], as: UTF8.self)
    }

    /// Reads `"""…"""` or `'''…'''`; a line end right after the opening quotes is left out, others are line feeds.
    mutating func parseMultilineString(quote: UInt8) throws(ParseError) -> String {
        index += 3
        _ = takeLineEnd()
        var text: [UInt8] = []
        while true {
            if takeLineEnd() {
                text.append(.lineFeed)
                continue
            }
            let byte = try nextInString(of: "a string of several lines")
            if byte == quote, peek() == quote, peek(1) == quote {
                index += 2
                // Up to two quotes may stand right before the closing three.
                for _ in 0..<2 where peek() == quote {
                    text.append(quote)
                    index += 1
                }
                return String(decoding: text, as: UTF8.self)
            }
            if byte != .backslash || quote == Self.singleQuote {
                text.append(byte)
            } else if try !takeEscapedLineEnd() {
                try takeEscape(into: &text)
            }
        }
    }

    /// Takes the next byte inside quotes, which is no control character but a tab.
    private mutating func nextInString(of kind: String) throws(ParseError) -> UInt8 {
        guard let byte = peek() else { throw error("expected the end of \(kind), found the end of the file") }
        guard byte >= 0x20 && byte != 0x7F || byte == .tab else {
            throw error("expected the end of \(kind), found \(found)")
        }
        index += 1
        return byte
    }

    /// Takes blanks and line ends after a backslash at the end of a line; false when it is not at the end.
    private mutating func takeEscapedLineEnd() throws(ParseError) -> Bool {
        let start = index
        skipBlanks()
        guard takeLineEnd() else {
            index = start
            return false
        }
        repeat { skipBlanks() } while takeLineEnd()
        return true
    }

    /// Takes what follows a backslash.
    private mutating func takeEscape(into text: inout [UInt8]) throws(ParseError) {
        let start = index - 1
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "b"): 8, UInt8(ascii: "t"): 9, UInt8(ascii: "n"): 10, UInt8(ascii: "f"): 12,
            UInt8(ascii: "r"): 13,
            UInt8(ascii: "\""): Self.doubleQuote, UInt8(ascii: "\\"): .backslash,
        ]
        guard let byte = peek() else { throw error("expected an escape, found the end of the file") }
        if let meant = plain[byte] {
            text.append(meant)
            index += 1
            return
        }
        guard byte == UInt8(ascii: "u") || byte == UInt8(ascii: "U") else {
            throw error("expected one of \\b \\t \\n \\f \\r \\\" \\\\ \\u \\U", at: start)
        }
        let length = byte == UInt8(ascii: "u") ? 4 : 8
        let digits = bytes[(index + 1)...].prefix(length)
        // The radix initialiser takes a sign as well.
        guard digits.count == length, digits.allSatisfy(\.isHexadecimalDigit),
            let number = UInt32(String(decoding: digits, as: UTF8.self), radix: 16), let scalar = Unicode.Scalar(number)
        else { throw error("expected \(length) hexadecimal digits of a Unicode scalar", at: start) }
        guard number != 0 else { throw error("expected no U+0000", at: start) }
        text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        index += 1 + length
    }
}
