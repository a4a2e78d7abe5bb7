/// The text of another program or machine, made fit to stand in a line of ours.
package enum StrangeText {
    /// `text` as one line of `limit` characters at the most: what acts on a terminal, hides, or ends a line is a blank.
    package static func line(_ text: some StringProtocol, limit: Int = .max) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit).map { isVisible($0) ? $0 : " " }))
    }

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
            0xFEFF, 0xFFF9...0xFFFB, 0xE0000...0xE0FFF:
            false
        default: true
        }
    }
}
