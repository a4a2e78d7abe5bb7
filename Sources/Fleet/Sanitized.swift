/// Text of a stranger, safe for a terminal: it cannot move the cursor, start a line, hide or reorder what stands around it.
///
/// Every renderer takes text through here, and what is printed is ASCII, so a character is a column.
package struct Sanitized: Equatable, Sendable, CustomStringConvertible {
    /// The text: printable ASCII, everything else written as `\u{…}` and an ellipsis as three dots.
    package let text: String

    /// `raw` with everything outside printable ASCII written out.
    ///
    /// Control characters, bidirectional controls, line separators and byte order marks are the reason; letters of
    /// other scripts are written out too, since their width is the terminal's guess.
    package init(_ raw: some StringProtocol) {
        var safe = ""
        for scalar in raw.unicodeScalars {
            switch scalar.value {
            case 0x20...0x7E: safe.unicodeScalars.append(scalar)
            case 0x2026: safe += "..."
            default: safe += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        text = safe
    }

    /// `raw` made safe, and cut to `width` columns with `...` where it was longer.
    package init(_ raw: some StringProtocol, width: Int) {
        // What is far too long is not written out first: it may be a megabyte.
        let whole = Sanitized(raw.prefix(width + 1))
        text = Sanitized.cut(whole.text, to: width)
    }

    /// Bytes of a stranger, read as UTF-8; what is not becomes U+FFFD and is written out.
    package init(bytes: some Collection<UInt8>) {
        self.init(String(decoding: bytes, as: UTF8.self))
    }

    package var description: String { text }

    /// Safe text cut to `width` columns.
    package static func cut(_ text: String, to width: Int) -> String {
        guard text.utf8.count > width else { return text }
        return width > 3 ? text.prefix(width - 3) + "..." : String(text.prefix(max(width, 0)))
    }

    /// JSON with everything outside printable ASCII written as `\u` escapes: the same document, and safe to look at.
    ///
    /// Outside strings JSON is ASCII, so what is replaced stands in a string.
    package static func json(_ bytes: [UInt8]) -> [UInt8] {
        guard bytes.contains(where: { $0 >= 0x7F }) else { return bytes }
        var safe: [UInt8] = []
        safe.reserveCapacity(bytes.count)
        for unit in String(decoding: bytes, as: UTF8.self).utf16 {
            if unit < 0x7F {
                safe.append(UInt8(unit))
            } else {
                let digits = String(unit, radix: 16)
                safe += Array("\\u".utf8) + Array(repeating: UInt8(ascii: "0"), count: 4 - digits.utf8.count)
                safe += Array(digits.utf8)
            }
        }
        return safe
    }
}
