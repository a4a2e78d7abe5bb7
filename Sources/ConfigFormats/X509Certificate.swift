/// What is asked of a certificate: whose it is, and until when; its signature is not verified.
///
/// - Source: RFC 5280, 4.1; ITU-T X.690 (DER); RFC 7468, 5 (PEM).
package struct X509Certificate: Equatable, Sendable {
    /// The common name of the subject; `nil` when it has none.
    package let commonName: String?
    /// The last moment it is good for, in seconds since 1970.
    package let notAfter: Int

    /// The first certificate in a PEM file; keys and other blocks beside it are passed over.
    ///
    /// - Throws: when there is none, or it is not DER as RFC 5280 has it.
    package init(pem bytes: [UInt8]) throws(ParseError) {
        var body: [UInt8]?
        var base64: [UInt8] = []
        var start = 0
        for (number, line) in String(decoding: bytes, as: UTF8.self).numberedLines {
            let text = line.stripped
            if text == "-----BEGIN CERTIFICATE-----" {
                start = number
                base64 = []
            } else if text == "-----END CERTIFICATE-----", start > 0 {
                guard let decoded = Base64.decode(base64) else {
                    throw ParseError(line: start, "expected base64 in the certificate")
                }
                body = decoded
                break
            } else if start > 0 {
                base64 += text.utf8
            }
        }
        guard let body else { throw ParseError(line: max(start, 1), "expected a whole certificate in PEM form") }
        guard let (name, end) = Self.read(body) else {
            throw ParseError(line: start, "expected a certificate as RFC 5280 has it")
        }
        commonName = name
        notAfter = end
    }

    /// The subject and the end of the certificate in `bytes`.
    private static func read(_ bytes: [UInt8]) -> (String?, Int)? {
        var outer = DERReader(bytes[...])
        guard var certificate = outer.next(0x30).map(DERReader.init),
            var fields = certificate.next(0x30).map(DERReader.init)
        else { return nil }
        // The version is left out in version 1.
        _ = fields.next(0xA0)
        guard fields.next(0x02) != nil, fields.next(0x30) != nil, fields.next(0x30) != nil,
            var validity = fields.next(0x30).map(DERReader.init), validity.any() != nil,
            let end = validity.any(), let notAfter = seconds(end.value, tag: end.tag), let subject = fields.next(0x30)
        else { return nil }
        return (commonName(in: subject), notAfter)
    }

    /// 2.5.4.3, the attribute `commonName`; the last one, which is the most specific.
    private static func commonName(in subject: ArraySlice<UInt8>) -> String? {
        var names = DERReader(subject)
        var found: String?
        while var set = names.next(0x31).map(DERReader.init) {
            while var attribute = set.next(0x30).map(DERReader.init) {
                guard let identifier = attribute.next(0x06), let value = attribute.any() else { continue }
                // UTF8String, PrintableString, IA5String.
                if identifier.elementsEqual([0x55, 0x04, 0x03]), [0x0C, 0x13, 0x16].contains(value.tag) {
                    found = String(validating: value.value, as: UTF8.self)
                }
            }
        }
        return found
    }

    /// UTCTime `YYMMDDHHMMSSZ` (before 2050) or GeneralizedTime `YYYYMMDDHHMMSSZ`.
    private static func seconds(_ text: ArraySlice<UInt8>, tag: UInt8) -> Int? {
        let digits = text.dropLast()
        guard text.last == UInt8(ascii: "Z"), digits.allSatisfy(\.isDigit) else { return nil }
        var values = digits.map { Int($0 - 0x30) }
        switch (tag, values.count) {
        case (0x17, 12): values = (values[0] < 5 ? [2, 0] : [1, 9]) + values
        case (0x18, 14): break
        default: return nil
        }
        let pairs = stride(from: 0, to: 14, by: 2).map { values[$0] * 10 + values[$0 + 1] }
        let (year, month, day) = (pairs[0] * 100 + pairs[1], pairs[2], pairs[3])
        guard (1...12).contains(month), (1...31).contains(day), pairs[4] < 24, pairs[5] < 60, pairs[6] < 61 else {
            return nil
        }
        // Days of the civil calendar, the year beginning in March so that the leap day is its last.
        let shifted = month <= 2 ? year - 1 : year
        let days =
            365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day - 1
            - 719_468
        return days * 86400 + pairs[4] * 3600 + pairs[5] * 60 + pairs[6]
    }
}

/// Elements of DER, one after the other.
private struct DERReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The content of the next element if it has `tag`; else `nil`, and it stays.
    mutating func next(_ tag: UInt8) -> ArraySlice<UInt8>? {
        rest.first == tag ? any()?.value : nil
    }

    /// The next element; `nil` at the end, and where a length does not fit.
    mutating func any() -> (tag: UInt8, value: ArraySlice<UInt8>)? {
        guard let tag = rest.first, let first = rest.dropFirst().first else { return nil }
        var content = rest.dropFirst(2)
        var length = Int(first)
        if first >= 0x80 {
            let count = Int(first & 0x7F)
            guard (1...4).contains(count), content.count >= count else { return nil }
            length = content.prefix(count).reduce(0) { $0 << 8 | Int($1) }
            content = content.dropFirst(count)
        }
        guard content.count >= length else { return nil }
        rest = content.dropFirst(length)
        return (tag, content.prefix(length))
    }
}

/// Base64 with padding.
///
/// - Source: RFC 4648, 4.
private enum Base64 {
    /// The bytes that `text` stands for; `nil` for any other character or a wrong length.
    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard !text.isEmpty, text.count % 4 == 0 else { return nil }
        let padding = text.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        guard padding <= 2 else { return nil }
        var bytes: [UInt8] = []
        var bits = 0
        var count = 0
        for character in text.dropLast(padding) {
            guard let value = value(of: character) else { return nil }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return bytes
    }

    private static func value(of character: UInt8) -> Int? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): Int(character) - 0x41
        case UInt8(ascii: "a")...UInt8(ascii: "z"): Int(character) - 0x61 + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(character) - 0x30 + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }
}
