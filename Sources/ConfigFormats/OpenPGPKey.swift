/// A public key of a keyring: what it is called by, and until when it is good.
///
/// Signatures are not verified here: whoever can write the keyring decides what apt trusts anyway, and what a fetched
/// key must be is decided by its fingerprint.
/// - Source: RFC 9580, 5.2.3, 5.5.2, 5.5.4 and 10.1 (RFC 4880 for version 4 alone).
package struct OpenPGPKey: Equatable, Sendable {
    /// The version of the key packet: 4, or 6.
    package let version: Int

    /// The bytes whose SHA-1 (version 4) or SHA-256 (version 6) is the key's fingerprint.
    package let fingerprintInput: [UInt8]

    /// When it was made, in seconds since 1970.
    package let createdAt: Int

    /// The names it goes by.
    package let userIDs: [String]

    private let signatures: [OpenPGPSignature]

    /// How a keyring is written.
    package enum Form: Sendable {
        case binary, armoured
    }

    /// What a keyring is, told from its first bytes.
    package static func form(of bytes: [UInt8]) -> Form {
        bytes.first.map { $0 & 0x80 != 0 } == true ? .binary : .armoured
    }

    /// Whether apt takes the file under this name: armoured text if the name ends in `.asc`, and else a key packet.
    ///
    /// - Source: apt `methods/sqv.cc` and `cmdline/apt-key.in` (`is_supported_keyring`).
    package static func isReadByApt(_ bytes: [UInt8], name: String) -> Bool {
        if name.hasSuffix(".asc") { return OpenPGPArmour.isPresent(in: bytes) }
        return bytes.first.map { [0x98, 0x99, 0xC6].contains($0) } ?? false
    }

    /// The keys of a keyring in either form, in order, subkeys left out.
    ///
    /// - Throws: when it is no keyring, or is cut off; the line is that of the text, or the number of the packet.
    package static func keys(in bytes: [UInt8]) throws(ParseError) -> [OpenPGPKey] {
        let packets = try OpenPGPPacket.split(form(of: bytes) == .binary ? bytes : OpenPGPArmour.decode(bytes))
        var keys: [OpenPGPKey] = []
        var start: Int?
        for index in 0...packets.count where index == packets.count || packets[index].tag == OpenPGPPacket.publicKey {
            if let start, let key = try OpenPGPKey(packets[start..<index]) { keys.append(key) }
            start = index
        }
        guard !keys.isEmpty else { throw ParseError(line: 1, "expected a public key of version 4 or 6") }
        return keys
    }

    /// The key that a group of packets is; `nil` for a version that is not known here.
    private init?(_ packets: ArraySlice<OpenPGPPacket>) throws(ParseError) {
        guard let first = packets.first else { return nil }
        var body = first.body
        guard let version = body.popFirst(), version == 4 || version == 6 else { return nil }
        guard let created = body.popNumber(4) else {
            throw ParseError(line: packets.startIndex + 1, "expected more bytes in the key")
        }
        let count = first.body.count
        let head: [UInt8] =
            version == 4
            ? [0x99, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)]
            : [0x9B] + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        self.version = Int(version)
        createdAt = created
        fingerprintInput = head + first.body
        userIDs = packets.filter { $0.tag == OpenPGPPacket.userID }.map { String(decoding: $0.body, as: UTF8.self) }
        // What follows the first subkey is about subkeys.
        let own = packets.prefix { $0.tag != OpenPGPPacket.publicSubkey }
        signatures = own.filter { $0.tag == OpenPGPPacket.signature }.compactMap { OpenPGPSignature($0.body) }
    }

    /// What its own signatures say of it.
    package struct Life: Equatable, Sendable {
        /// When it ends, in seconds since 1970; `nil` when it never does.
        package let expiresAt: Int?

        /// Whether its owner took it back.
        package let isRevoked: Bool
    }

    /// What its own signatures say of it, the newest before the others.
    ///
    /// Signatures of other makers do not count, and `fingerprint`, in hexadecimal digits, says which are its own.
    package func life(fingerprint: String) -> Life {
        let own = signatures.filter { $0.isBy(fingerprint) }
        // On its names or on the key itself; of two made in one second the later one stands in for the earlier.
        let newest = own.filter { (0x10...0x13).contains($0.type) || $0.type == 0x1F }.reduce(nil) {
            (best: OpenPGPSignature?, next) in
            guard let best, best.createdAt > next.createdAt else { return next }
            return best
        }
        let lifetime = newest?.keyLifetime ?? 0
        return Life(
            expiresAt: lifetime == 0 ? nil : createdAt + lifetime, isRevoked: own.contains { $0.type == 0x20 })
    }
}

/// What a signature says of itself.
///
/// - Source: RFC 9580, 5.2.3 and 5.2.3.7.
private struct OpenPGPSignature: Equatable, Sendable {
    let type: Int
    let createdAt: Int
    /// In seconds from the key's making; 0 is for ever.
    let keyLifetime: Int
    /// The fingerprint or the last bytes of it that the signature names as its maker's.
    let issuers: [[UInt8]]

    init?(_ body: ArraySlice<UInt8>) {
        var rest = body
        guard let version = rest.popFirst(), version == 4 || version == 6, let type = rest.popFirst(),
            rest.popNumber(2) != nil
        else { return nil }
        let width = version == 6 ? 4 : 2
        guard let hashedCount = rest.popNumber(width), hashedCount <= rest.count else { return nil }
        let hashed = rest.prefix(hashedCount)
        rest = rest.dropFirst(hashedCount)
        guard let openCount = rest.popNumber(width), openCount <= rest.count else { return nil }
        var created: Int?
        var lifetime = 0
        var issuers: [[UInt8]] = []
        // What says when and for how long must be signed itself; who signed is only a hint.
        for (type, value) in Self.subpackets(hashed) {
            var value = value
            switch type {
            case 2: created = value.popNumber(4)
            case 9: lifetime = value.popNumber(4) ?? 0
            default: break
            }
        }
        for (type, value) in Self.subpackets(hashed) + Self.subpackets(rest.prefix(openCount)) {
            switch type {
            case 16: issuers.append(Array(value))
            case 33: issuers.append(Array(value.dropFirst()))
            default: break
            }
        }
        guard let created else { return nil }
        self.type = Int(type)
        createdAt = created
        keyLifetime = lifetime
        self.issuers = issuers
    }

    /// Whether the key of this fingerprint is named as the maker; a signature that names none is taken as its own.
    func isBy(_ fingerprint: String) -> Bool {
        let digits = fingerprint.utf8.compactMap(\.hexDigit)
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        // A key id is the end of a fingerprint of version 4, and the beginning of one of version 6.
        return issuers.allSatisfy { issuer in
            issuer == bytes || issuer.count == 8 && (bytes.suffix(8) == issuer[...] || bytes.prefix(8) == issuer[...])
        }
    }

    /// The types and contents of subpackets, up to the first that is cut off.
    private static func subpackets(_ area: ArraySlice<UInt8>) -> [(type: UInt8, value: ArraySlice<UInt8>)] {
        var rest = area
        var found: [(type: UInt8, value: ArraySlice<UInt8>)] = []
        while let first = rest.popFirst() {
            let length: Int?
            switch first {
            case ..<192: length = Int(first)
            case 255: length = rest.popNumber(4)
            default: length = rest.popFirst().map { (Int(first) - 192) << 8 + Int($0) + 192 }
            }
            guard let length, length > 0, length <= rest.count, let type = rest.first else { break }
            // The highest bit says that the subpacket matters; it is no part of its type.
            found.append((type & 0x7F, rest.prefix(length).dropFirst()))
            rest = rest.dropFirst(length)
        }
        return found
    }
}
