/// A primary key of a keyring with its names, its subkeys and their signatures, none of them verified.
///
/// - Source: RFC 9580, 10.1 (RFC 4880, 11.1).
package struct OpenPGPKey: Equatable, Sendable {
    /// A public key or subkey.
    ///
    /// - Source: RFC 9580, 5.5.2 and 5.5.4.2.
    package struct Public: Equatable, Sendable {
        /// The version of the packet; 4 is the only one that is read.
        package let version: Int
        /// When it was made, in seconds since 1970; 0 for another version.
        package let createdAt: Int
        /// Such as 1 for RSA (RFC 9580, 9.1), and 0 for another version.
        package let algorithm: UInt8
        /// The numbers of the key, as the algorithm has them.
        package let numbers: [UInt8]
        /// What is hashed of it, which gives its fingerprint as well.
        package let hashed: [UInt8]

        fileprivate init(_ packet: OpenPGPPacket, line: Int) throws(ParseError) {
            var body = packet.body
            guard let version = body.popFirst() else { throw ParseError(line: line, "expected more bytes in the key") }
            self.version = Int(version)
            let count = packet.body.count
            hashed =
                [0x99, UInt8(truncatingIfNeeded: count >> 8), UInt8(truncatingIfNeeded: count)] + Array(packet.body)
            guard version == 4 else {
                createdAt = 0
                algorithm = 0
                numbers = []
                return
            }
            guard let created = body.popNumber(4), let algorithm = body.popFirst(), count <= 0xFFFF else {
                throw ParseError(line: line, "expected more bytes in the key")
            }
            createdAt = created
            self.algorithm = algorithm
            numbers = Array(body)
        }
    }

    /// A name, and the signatures on it.
    package struct Name: Equatable, Sendable {
        /// A picture or another attribute instead of text.
        package let isAttribute: Bool
        package let bytes: [UInt8]
        package fileprivate(set) var signatures: [OpenPGPSignature] = []
    }

    /// A subkey, and the signatures on it.
    package struct Subkey: Equatable, Sendable {
        package let key: Public
        package fileprivate(set) var signatures: [OpenPGPSignature] = []
    }

    package let key: Public
    /// The signatures before the first name.
    package private(set) var signatures: [OpenPGPSignature] = []
    package private(set) var names: [Name] = []
    package private(set) var subkeys: [Subkey] = []

    /// How a keyring is written.
    package enum Form: Sendable {
        case binary, armoured
    }

    /// What a keyring is, told from its first bytes.
    package static func form(of bytes: [UInt8]) -> Form {
        bytes.first.map { $0 & 0x80 != 0 } == true ? .binary : .armoured
    }

    /// The keys of a keyring in either form, in order.
    ///
    /// - Throws: when it is no keyring, is cut off, or holds anything that a keyring of public keys does not have; the
    ///   line is that of the text, or the number of the packet.
    package static func keys(in bytes: [UInt8]) throws(ParseError) -> [OpenPGPKey] {
        var keys: [OpenPGPKey] = []
        for (offset, packet) in try OpenPGPPacket.split(try binary(of: bytes)).enumerated() {
            let line = offset + 1
            if packet.tag == OpenPGPPacket.publicKey {
                keys.append(OpenPGPKey(key: try Public(packet, line: line)))
            } else {
                guard let last = keys.indices.last else { throw ParseError(line: line, "expected a public key first") }
                try keys[last].take(packet, line: line)
            }
        }
        guard !keys.isEmpty else { throw ParseError(line: 1, "expected a public key") }
        return keys
    }

    private init(key: Public) { self.key = key }

    private mutating func take(_ packet: OpenPGPPacket, line: Int) throws(ParseError) {
        switch packet.tag {
        case OpenPGPPacket.signature:
            // A key of another version has signatures of another version, and neither is read.
            guard key.version == 4 else { return }
            let signature = try OpenPGPSignature(packet.body, line: line)
            if let last = subkeys.indices.last {
                subkeys[last].signatures.append(signature)
            } else if let last = names.indices.last {
                names[last].signatures.append(signature)
            } else {
                signatures.append(signature)
            }
        case OpenPGPPacket.userID, OpenPGPPacket.userAttribute:
            names.append(Name(isAttribute: packet.tag == OpenPGPPacket.userAttribute, bytes: Array(packet.body)))
        case OpenPGPPacket.publicSubkey: subkeys.append(Subkey(key: try Public(packet, line: line)))
        // GnuPG's own note of former times; it is not exported.
        case OpenPGPPacket.trust: break
        default: throw ParseError(line: line, "expected no packet of type \(packet.tag) in a keyring")
        }
    }
}
