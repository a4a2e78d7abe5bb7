/// Small rules about text that leaves or enters the process.
package enum Text {
    /// The longest string of a body, in bytes.
    package static let longest = 4096

    /// `text` with everything outside printable ASCII written as `\u{…}`, and cut to 128 characters: safe in a message.
    package static func printable(_ text: some StringProtocol) -> String {
        let head = String(text.unicodeScalars.prefix(128).map(Character.init))
        return escaped(head, keeping: isASCII) + (text.unicodeScalars.count > 128 ? "..." : "")
    }

    /// `text` on one line, with whatever acts on a terminal or hides written as `\u{…}`; letters of every language stay.
    ///
    /// For all that a program prints from files of a host: their bytes are somebody else's.
    package static func visible(_ text: some StringProtocol) -> String { escaped(text, keeping: isVisible) }

    /// `text` with each scalar that `isKept` does not take written as `\u{…}`.
    package static func escaped(_ text: some StringProtocol, keeping isKept: (Unicode.Scalar) -> Bool) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if isKept(scalar) {
                safe.append(scalar)
            } else {
                safe.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
            }
        }
        return String(safe)
    }

    /// Whether a scalar is printable ASCII, a column wide on every terminal.
    package static func isASCII(_ scalar: Unicode.Scalar) -> Bool { (0x20...0x7E).contains(scalar.value) }

    /// Whether a scalar shows what it is: no control character of either set, no line separator, nothing that turns the
    /// direction of what stands around it, and no mark that is never seen.
    ///
    /// - Source: Unicode Standard Annex 9, 2; Unicode Character Database, categories Cc, Zl, Zp; Unicode 16, 23.9 (tags).
    package static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x1F, 0x7F...0x9F, 0x061C, 0x180E, 0x200B, 0x200E...0x200F, 0x2028...0x202E, 0x2060...0x206F,
            0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
            false
        default: true
        }
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
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            // The number parser alone would take a sign for a digit.
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, digits.allSatisfy(\.isHexDigit), let value = UInt8(digits, radix: 16) else {
                return nil
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }
}
