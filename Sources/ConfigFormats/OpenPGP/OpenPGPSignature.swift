/// What a signature packet says of itself; whether it verifies is not known here.
///
/// - Source: RFC 9580, 5.2.3 and 5.2.3.7 (version 4), 5.2.2 (version 3).
package struct OpenPGPSignature: Equatable, Sendable {
    /// What a signature is about.
    ///
    /// - Source: RFC 9580, 5.2.1.
    package enum Kind: Equatable, Sendable {
        /// 0x10 to 0x13: a name belongs to the key.
        case certification
        /// 0x30: it no longer does.
        case certificationRevocation
        /// 0x1F: about the key itself.
        case direct
        /// 0x20: the key was taken back.
        case keyRevocation
        /// 0x18: a subkey belongs to the key.
        case subkeyBinding
        /// 0x28: it no longer does.
        case subkeyRevocation
        /// 0x19: the key belongs to the subkey; made by the subkey.
        case primaryBinding
        case other(UInt8)

        init(_ type: UInt8) {
            switch type {
            case 0x10...0x13: self = .certification
            case 0x18: self = .subkeyBinding
            case 0x19: self = .primaryBinding
            case 0x1F: self = .direct
            case 0x20: self = .keyRevocation
            case 0x28: self = .subkeyRevocation
            case 0x30: self = .certificationRevocation
            default: self = .other(type)
            }
        }
    }

    /// 4, or 3 for the old form whose contents are not read.
    package let version: Int
    package let kind: Kind
    /// Of the key that made it, such as 1 for RSA; RFC 9580, 9.1.
    package let keyAlgorithm: UInt8
    /// RFC 9580, 9.5.
    package let digestAlgorithm: UInt8
    /// When it was made, in seconds since 1970.
    package let createdAt: Int
    /// How long it counts after that; `nil` for ever.
    package let lifetime: Int?
    /// How long the key is good, from the key's making; `nil` when it does not say so, or says for ever.
    package let keyLifetime: Int?
    /// What the key may be used for, the first octet; `nil` when it does not say so.
    ///
    /// - Source: RFC 9580, 5.2.3.29.
    package let keyFlags: UInt8?
    /// A subpacket of a kind that is not known here and that must be understood.
    package let hasUnknownCriticalPart: Bool
    /// Signatures inside of this one, such as a subkey's own.
    package let embedded: [[UInt8]]
    /// From the version to the end of the signed part: what is hashed of it.
    package let hashed: [UInt8]
    /// The numbers of the signature, as the algorithm has them.
    package let numbers: [UInt8]
    /// The fingerprints or key ids that it names as its maker's.
    private let issuers: [[UInt8]]

    /// Reads the contents of a signature packet.
    ///
    /// - Throws: when it is cut off, of an unknown version, or does not say when it was made; `line` is that of the error.
    package init(_ body: some Collection<UInt8>, line: Int = 1) throws(ParseError) {
        var rest = Array(body)[...]
        switch rest.first {
        case 4: try self.init(version4: rest, line: line)
        case 3:
            // One octet says how many are hashed, always 5; then the type, the time and the maker's id.
            rest = rest.dropFirst(2)
            guard let type = rest.popFirst(), let created = rest.popNumber(4), rest.count >= 10 else {
                throw ParseError(line: line, "expected more bytes in the signature")
            }
            self.init(version3: type, created, issuer: Array(rest.prefix(8)), rest.dropFirst(8))
        default: throw ParseError(line: line, "expected a signature of version 4")
        }
    }

    private init(version3 type: UInt8, _ created: Int, issuer: [UInt8], _ rest: ArraySlice<UInt8>) {
        version = 3
        kind = Kind(type)
        createdAt = created
        issuers = [issuer]
        keyAlgorithm = rest.first ?? 0
        digestAlgorithm = rest.dropFirst().first ?? 0
        lifetime = nil
        keyLifetime = nil
        keyFlags = nil
        hasUnknownCriticalPart = false
        embedded = []
        hashed = []
        numbers = []
    }

    private init(version4 body: ArraySlice<UInt8>, line: Int) throws(ParseError) {
        let cut = ParseError(line: line, "expected more bytes in the signature")
        var rest = body.dropFirst()
        guard let type = rest.popFirst(), let keyAlgorithm = rest.popFirst(), let digestAlgorithm = rest.popFirst(),
            let hashedCount = rest.popNumber(2), hashedCount <= rest.count
        else { throw cut }
        let signed = rest.prefix(hashedCount)
        rest = rest.dropFirst(hashedCount)
        guard let openCount = rest.popNumber(2), openCount <= rest.count else { throw cut }
        let open = rest.prefix(openCount)
        rest = rest.dropFirst(openCount)
        // The first two octets of the digest, which say nothing that the signature itself does not say.
        guard rest.popNumber(2) != nil else { throw cut }
        // When, for how long and for what must be signed itself; who signed is only a hint.
        let parts = try Self.subpackets(signed, line: line)
        let hints = try Self.subpackets(open, line: line)
        guard var created = parts.last(where: { $0.type == 2 })?.value, let createdAt = created.popNumber(4) else {
            throw ParseError(line: line, "expected the time in the signature")
        }
        version = 4
        kind = Kind(type)
        self.keyAlgorithm = keyAlgorithm
        self.digestAlgorithm = digestAlgorithm
        self.createdAt = createdAt
        lifetime = Self.duration(3, parts)
        keyLifetime = Self.duration(9, parts)
        keyFlags = parts.last { $0.type == 27 }?.value.first
        hasUnknownCriticalPart = parts.contains { $0.isCritical && !Self.knownTypes.contains($0.type) }
        embedded = (parts + hints).filter { $0.type == 32 }.map { Array($0.value) }
        issuers = (parts + hints).compactMap { part in
            switch part.type {
            case 16: Array(part.value)
            case 33: Array(part.value.dropFirst())
            default: nil
            }
        }
        hashed = Array(body.prefix(6 + hashedCount))
        numbers = Array(rest)
    }

    /// Those whose meaning is read here, or changes nothing of what is read here.
    private static let knownTypes: Set<UInt8> = [
        2, 3, 4, 7, 9, 11, 16, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 32, 33, 34, 39,
    ]

    /// A number of seconds; `nil` for none, and for 0, which stands for ever.
    private static func duration(_ type: UInt8, _ parts: [Subpacket]) -> Int? {
        guard var value = parts.last(where: { $0.type == type })?.value, let seconds = value.popNumber(4), seconds > 0
        else { return nil }
        return seconds
    }

    /// Whether the key of this fingerprint, in bytes, is named as the maker; one that names nobody is taken as its own.
    ///
    /// One name is enough: the other may be damaged, and a signature by another key never names this one.
    package func isBy(_ fingerprint: [UInt8]) -> Bool {
        issuers.isEmpty || issuers.contains { $0 == fingerprint || $0.count == 8 && $0[...] == fingerprint.suffix(8) }
    }

    private struct Subpacket {
        var type: UInt8
        var isCritical: Bool
        var value: ArraySlice<UInt8>
    }

    /// The parts of an area.
    private static func subpackets(_ area: ArraySlice<UInt8>, line: Int) throws(ParseError) -> [Subpacket] {
        let cut = ParseError(line: line, "expected more bytes in the signature")
        var rest = area
        var found: [Subpacket] = []
        while let first = rest.popFirst() {
            let length: Int?
            switch first {
            case ..<192: length = Int(first)
            case 255: length = rest.popNumber(4)
            default: length = rest.popFirst().map { (Int(first) - 192) << 8 + Int($0) + 192 }
            }
            guard let length, length > 0, length <= rest.count, let type = rest.first else { throw cut }
            // The highest bit says that the part must be understood; it is no part of its type.
            found.append(
                Subpacket(type: type & 0x7F, isCritical: type & 0x80 != 0, value: rest.prefix(length).dropFirst()))
            rest = rest.dropFirst(length)
        }
        return found
    }
}
