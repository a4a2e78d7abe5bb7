/// Bytes as hexadecimal digits, and digits as bytes.
package enum Hexadecimal {
    /// Two digits for each byte, in lower case unless `uppercase`.
    package static func text(_ bytes: some Sequence<UInt8>, uppercase: Bool = false) -> String {
        bytes.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: uppercase) }.joined()
    }

    /// Whether `text` has `count` digits and nothing else; letters of either case unless `isLowercase`.
    package static func isText(_ text: some StringProtocol, count: Int, isLowercase: Bool = false) -> Bool {
        text.utf8.count == count
            && text.utf8.allSatisfy { $0.hexadecimalValue != nil && !(isLowercase && (0x41...0x46).contains($0)) }
    }
}

extension UInt8 {
    /// Whether it is a hexadecimal digit in ASCII.
    package var isHexadecimalDigit: Bool { hexadecimalValue != nil }

    /// The value of a hexadecimal digit in ASCII; `nil` for every other byte.
    package var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        default: nil
        }
    }
}
