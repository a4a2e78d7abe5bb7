/// One packet of an OpenPGP message.
///
/// - Source: RFC 9580, 4.2 and 4.3 (RFC 4880, the same sections).
struct OpenPGPPacket: Equatable, Sendable {
    /// The packet types that a certificate is made of.
    static let signature = 2
    static let publicKey = 6
    static let trust = 12
    static let userID = 13
    static let publicSubkey = 14
    static let userAttribute = 17

    let tag: Int
    let body: ArraySlice<UInt8>

    /// Splits a message; the number in an error is that of the packet, counted from 1.
    static func split(_ bytes: [UInt8]) throws(ParseError) -> [OpenPGPPacket] {
        var packets: [OpenPGPPacket] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            // A keyring of one distribution has some hundred; the bound is against a file made to be large.
            guard packets.count < 10_000 else { throw ParseError(line: packets.count, "expected fewer packets") }
            packets.append(try next(&rest, number: packets.count + 1))
        }
        return packets
    }

    private static func next(_ rest: inout ArraySlice<UInt8>, number: Int) throws(ParseError) -> OpenPGPPacket {
        let cut = ParseError(line: number, "expected more bytes in packet \(number)")
        guard let head = rest.popFirst() else { throw cut }
        guard head & 0x80 != 0 else { throw ParseError(line: number, "expected a packet, found byte \(head)") }
        let length: Int?
        let tag: Int
        if head & 0x40 != 0 {
            tag = Int(head & 0x3F)
            guard let first = rest.popFirst() else { throw cut }
            switch first {
            case ..<192: length = Int(first)
            case ..<224: length = rest.popFirst().map { (Int(first) - 192) << 8 + Int($0) + 192 }
            case 255: length = rest.popNumber(4)
            default: throw ParseError(line: number, "expected a packet of known length, as keys are")
            }
        } else {
            tag = Int(head >> 2 & 0x0F)
            switch head & 3 {
            case 0: length = rest.popNumber(1)
            case 1: length = rest.popNumber(2)
            case 2: length = rest.popNumber(4)
            default: throw ParseError(line: number, "expected a packet of known length, as keys are")
            }
        }
        guard let length, length <= rest.count else { throw cut }
        let body = rest.prefix(length)
        rest = rest.dropFirst(length)
        return OpenPGPPacket(tag: tag, body: body)
    }
}

extension ArraySlice<UInt8> {
    /// Takes a number of so many bytes off the front, the highest first.
    mutating func popNumber(_ count: Int) -> Int? {
        guard self.count >= count else { return nil }
        let number = prefix(count).reduce(0) { $0 << 8 | Int($1) }
        self = dropFirst(count)
        return number
    }
}

/// The text form of keys.
///
/// - Source: RFC 9580, 6.2; apt reads no checksum, so none is asked for.
enum OpenPGPArmour {
    static let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----"
    private static let end = "-----END PGP PUBLIC KEY BLOCK-----"

    /// Whether a text holds the first line of an armoured key.
    static func isPresent(in bytes: [UInt8]) -> Bool {
        bytes.split(separator: .lineFeed, maxSplits: 200).contains { Array($0).strippedText == begin }
    }

    /// The bytes of all armoured keys of a text, one after the other.
    static func decode(_ bytes: [UInt8]) throws(ParseError) -> [UInt8] {
        enum Place { case outside, headers, body, sum }
        var place = Place.outside
        var all: [UInt8] = []
        var digits: [UInt8] = []
        var last = 0
        for (offset, slice) in bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated() {
            let line = Array(slice).strippedText
            last = offset + 1
            switch place {
            case _ where line == begin:
                guard place == .outside else { throw ParseError(line: last, "expected the end of the key before it") }
                place = .headers
                digits = []
            case .outside: break
            case _ where line == end:
                guard place != .headers else { throw ParseError(line: last, "expected an empty line and a key") }
                all += try decode(digits, line: last)
                place = .outside
            case .headers: if line.isEmpty { place = .body }
            case .body:
                if line.utf8.first == UInt8(ascii: "=") {
                    place = .sum
                } else {
                    digits += line.utf8
                }
            case .sum: if !line.isEmpty { throw ParseError(line: last, "expected the end of the key") }
            }
        }
        guard place == .outside else { throw ParseError(line: last, "expected the end of the key") }
        return all
    }

    /// - Source: RFC 4648, 4.
    private static func decode(_ digits: [UInt8], line: Int) throws(ParseError) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var buffer = 0
        var bits = 0
        let text = digits.prefix { $0 != UInt8(ascii: "=") }
        guard digits.count - text.count < 3, digits[text.count...].allSatisfy({ $0 == UInt8(ascii: "=") }) else {
            throw ParseError(line: line, "expected nothing after the end of the key's digits")
        }
        for digit in text {
            let value: UInt8
            switch digit {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = digit - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = digit - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = digit - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: throw ParseError(line: line, "expected base64 in the key before this line")
            }
            buffer = (buffer << 6 | Int(value)) & 0xFFFF
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        return bytes
    }
}

extension [UInt8] {
    /// The bytes as text without white space at both ends.
    fileprivate var strippedText: String { String(String(decoding: self, as: UTF8.self)[...].stripped) }
}
