internal import NodeAPI
internal import TextForms

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
        // An ellipsis is our own, where a text was cut.
        var safe = ""
        for scalar in raw.unicodeScalars {
            safe += scalar == "\u{2026}" ? "..." : StrangeText.escaped(String(scalar), keeping: StrangeText.isASCII)
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

    /// JSON that is safe to look at; see `Text.asciiJSON`.
    package static func json(_ bytes: [UInt8]) -> [UInt8] { Text.asciiJSON(bytes) }
}
