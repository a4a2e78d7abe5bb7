internal import TextForms

/// Small rules about text that leaves or enters the process.
package enum Text {
    /// The longest string of a body, in bytes.
    package static let longest = 4096

    /// `text` with everything outside printable ASCII written as `\u{…}`, and cut to 128 characters: safe in a message.
    package static func printable(_ text: some StringProtocol) -> String {
        let head = String(text.unicodeScalars.prefix(128).map(Character.init))
        return StrangeText.escaped(head, keeping: StrangeText.isASCII) + (text.unicodeScalars.count > 128 ? "..." : "")
    }

    /// `text` on one line, with whatever acts on a terminal or hides written as `\u{…}`; letters of every language stay.
    ///
    /// For all that a program prints from files of a host: their bytes are somebody else's.
    package static func visible(_ text: some StringProtocol) -> String {
        StrangeText.escaped(text, keeping: StrangeText.isVisible)
    }

    /// JSON with everything outside printable ASCII written as `\u` escapes: the same document, and safe to look at.
    ///
    /// Outside strings JSON is ASCII, so what is replaced stands in a string.
    package static func asciiJSON(_ bytes: [UInt8]) -> [UInt8] {
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

    /// `text`, cut at a character so that it fits into a body, with `…` where it was cut.
    package static func cut(_ text: String, to limit: Int = longest) -> String {
        guard text.utf8.count > limit else { return text }
        var kept = ""
        var count = 3
        for character in text {
            count += character.utf8.count
            if count > limit { break }
            kept.append(character)
        }
        return kept + "…"
    }

    /// The text that `text` stands for in a query.
    ///
    /// - Returns: `nil` for a broken escape, a control character, or bytes that are not UTF-8.
    static func percentDecoded(_ text: some StringProtocol) -> String? {
        guard let bytes = PercentCoding.strictBytes(of: text.utf8) else { return nil }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
