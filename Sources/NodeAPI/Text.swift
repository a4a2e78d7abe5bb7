/// Small rules about text that leaves or enters the process.
package enum Text {
    /// The longest string of a body, in bytes.
    package static let longest = 4096

    /// `text` with everything outside printable ASCII written as `\u{…}`, and cut to 128 characters: safe in a message.
    package static func printable(_ text: some StringProtocol) -> String {
        let head = text.unicodeScalars.prefix(128)
        let shown = head.map { scalar in
            (0x20...0x7E).contains(scalar.value) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
        return shown.joined() + (text.unicodeScalars.count > 128 ? "..." : "")
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
