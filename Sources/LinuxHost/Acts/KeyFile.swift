internal import NodeEngine

/// A keyring as it came: in binary form for apt, and by the fingerprints of its keys.
struct KeyFile: Equatable, Sendable {
    /// The packets, out of their armour.
    let binary: [UInt8]
    /// 40 upper-case hexadecimal digits each.
    let fingerprints: [String]

    /// Takes the armour off, and reads the keys.
    ///
    /// - Throws: when it is no keyring.
    init(_ bytes: [UInt8], from url: String) throws(ChangeError) {
        guard let binary = bytes.first.map({ $0 & 0x80 != 0 }) == true ? bytes : Self.dearmoured(bytes) else {
            throw .refused("cannot take the key of \(url): it is neither binary nor armoured text")
        }
        self.binary = binary
        fingerprints = Self.fingerprints(binary)
    }

    /// The fingerprints of the keys of version 4, subkeys left out; up to the first packet that is cut off.
    ///
    /// - Source: RFC 9580, 4.2 and 5.5.4.2.
    private static func fingerprints(_ bytes: [UInt8]) -> [String] {
        var rest = bytes[...]
        var found: [String] = []
        while let (tag, body) = nextPacket(&rest) {
            guard tag == 6, body.first == 4, body.count <= 0xFFFF else { continue }
            found.append(Fingerprint.sha1([0x99, UInt8(body.count >> 8), UInt8(body.count & 0xFF)] + body))
        }
        return found
    }

    private static func nextPacket(_ rest: inout ArraySlice<UInt8>) -> (tag: UInt8, body: ArraySlice<UInt8>)? {
        guard let head = rest.popFirst(), head & 0x80 != 0 else { return nil }
        let isNew = head & 0x40 != 0
        let length: Int?
        if isNew {
            guard let first = rest.popFirst() else { return nil }
            switch first {
            case 0..<192: length = Int(first)
            case 192..<224: length = number(1, &rest).map { (Int(first) - 192) << 8 + $0 + 192 }
            case 255: length = number(4, &rest)
            // In parts, as no key is.
            default: return nil
            }
        } else {
            let size = [1, 2, 4, 0][Int(head & 3)]
            length = size == 0 ? rest.count : number(size, &rest)
        }
        guard let length, length <= rest.count else { return nil }
        defer { rest = rest.dropFirst(length) }
        return (isNew ? head & 0x3F : (head >> 2) & 0x0F, rest.prefix(length))
    }

    private static func number(_ size: Int, _ rest: inout ArraySlice<UInt8>) -> Int? {
        guard rest.count >= size else { return nil }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reduce(0) { $0 << 8 | Int($1) }
    }

    /// The bytes within the first block of armour; `nil` when there is none that is whole.
    ///
    /// The checksum at its end is not looked at, as RFC 9580 (6.1) wants it: the fingerprint decides.
    private static func dearmoured(_ bytes: [UInt8]) -> [UInt8]? {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.filter { $0 != 0x0D && $0 != 0x20 && $0 != 0x09 }
        }
        let begin = Array("-----BEGINPGPPUBLICKEYBLOCK-----".utf8)
        let end = Array("-----ENDPGPPUBLICKEYBLOCK-----".utf8)
        guard let first = lines.firstIndex(of: begin), let last = lines[first...].firstIndex(of: end),
            // Headers end with an empty line.
            let blank = lines[first..<last].firstIndex(of: [])
        else { return nil }
        let text = lines[(blank + 1)..<last].filter { $0.first != UInt8(ascii: "=") }.joined()
        return base64(Array(text))
    }

    /// - Source: RFC 4648, 4.
    private static func base64(_ text: [UInt8]) -> [UInt8]? {
        var bytes: [UInt8] = []
        var (bits, count) = (0, 0)
        let symbols = text.prefix { $0 != UInt8(ascii: "=") }
        guard text.count % 4 == 0, text.count - symbols.count <= 2, text[symbols.count...].allSatisfy({ $0 == 0x3D })
        else {
            return nil
        }
        for symbol in symbols {
            let value: UInt8
            switch symbol {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): value = symbol - UInt8(ascii: "A")
            case UInt8(ascii: "a")...UInt8(ascii: "z"): value = symbol - UInt8(ascii: "a") + 26
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = symbol - UInt8(ascii: "0") + 52
            case UInt8(ascii: "+"): value = 62
            case UInt8(ascii: "/"): value = 63
            default: return nil
            }
            bits = bits << 6 | Int(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(bits >> count & 0xFF))
                bits &= 1 << count - 1
            }
        }
        return bytes.isEmpty ? nil : bytes
    }
}
