internal import ConfigFormats
internal import Crypto
internal import CryptoExtras

/// A public key in the form in which the library verifies with it.
///
/// RSA and the elliptic curves that GnuPG makes keys on by itself or when asked; no DSA, which apt 3 refuses.
/// - Source: RFC 9580, 5.2.3.1, 5.5.5.1, 5.5.5.4, 5.5.5.5 and 9.2.
struct VerifyingKey {
    private enum Kind {
        case rsa(_RSA.Signing.PublicKey)
        case ed25519(Curve25519.Signing.PublicKey)
        case p256(P256.Signing.PublicKey)
        case p384(P384.Signing.PublicKey)
        case p521(P521.Signing.PublicKey)
    }
    private let kind: Kind

    /// What came of looking at a signature.
    enum Outcome {
        case valid, invalid
        /// The digest is none of those that are computed here.
        case unsupported
    }

    /// Takes the numbers of a key.
    ///
    /// - Throws: with the cause, when nothing can be verified with it.
    init(_ key: OpenPGPKey.Public) throws(UnusableKey) {
        var rest = key.numbers[...]
        switch key.algorithm {
        case 1, 3:
            guard let modulus = Self.number(&rest), let exponent = Self.number(&rest), rest.isEmpty else {
                throw UnusableKey("its numbers are cut off")
            }
            // The time of a verification grows with both.
            guard modulus.count <= 1024, exponent.count <= 4 else { throw UnusableKey("it is too large") }
            guard let rsa = try? _RSA.Signing.PublicKey(n: modulus, e: exponent) else {
                throw UnusableKey("it is no RSA key of 2048 bits or more")
            }
            kind = .rsa(rsa)
        case 19:
            kind = try Self.curve(&rest)
        case 22:
            guard let oid = Self.object(&rest), oid == [0x2B, 0x06, 0x01, 0x04, 0x01, 0xDA, 0x47, 0x0F, 0x01],
                let point = Self.number(&rest), rest.isEmpty, point.first == 0x40,
                let key = try? Curve25519.Signing.PublicKey(rawRepresentation: Array(point.dropFirst()))
            else { throw UnusableKey("it is on no curve that is known here") }
            kind = .ed25519(key)
        case 17: throw UnusableKey("it is a DSA key, which apt 3 does not take")
        default: throw UnusableKey("its algorithm \(key.algorithm) is not known here")
        }
    }

    private static func curve(_ rest: inout ArraySlice<UInt8>) throws(UnusableKey) -> Kind {
        let oid = object(&rest)
        if let point = number(&rest), rest.isEmpty {
            switch oid {
            case [0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]?:
                if let key = try? P256.Signing.PublicKey(x963Representation: point) { return .p256(key) }
            case [0x2B, 0x81, 0x04, 0x00, 0x22]?:
                if let key = try? P384.Signing.PublicKey(x963Representation: point) { return .p384(key) }
            case [0x2B, 0x81, 0x04, 0x00, 0x23]?:
                if let key = try? P521.Signing.PublicKey(x963Representation: point) { return .p521(key) }
            default: break
            }
        }
        throw UnusableKey("it is on no curve that is known here")
    }

    /// Whether the signature is one of this key over `message`, which the signature's own octets end.
    func verifies(_ signature: OpenPGPSignature, _ message: [UInt8]) -> Outcome {
        switch signature.digestAlgorithm {
        case 2: check(signature, Insecure.SHA1.hash(data: message))
        case 8: check(signature, SHA256.hash(data: message))
        case 9: check(signature, SHA384.hash(data: message))
        case 10: check(signature, SHA512.hash(data: message))
        default: .unsupported
        }
    }

    private func check(_ signature: OpenPGPSignature, _ digest: some Digest) -> Outcome {
        var rest = signature.numbers[...]
        guard let first = Self.number(&rest) else { return .invalid }
        switch kind {
        case .rsa(let key):
            guard signature.keyAlgorithm == 1 || signature.keyAlgorithm == 3, rest.isEmpty,
                let bytes = Self.padded(first, to: (key.keySizeInBits + 7) / 8)
            else { return .invalid }
            let value = _RSA.Signing.RSASignature(rawRepresentation: bytes)
            return key.isValidSignature(value, for: digest, padding: .insecurePKCS1v1_5) ? .valid : .invalid
        case .ed25519(let key):
            guard signature.keyAlgorithm == 22, let bytes = Self.pair(first, &rest, 32) else { return .invalid }
            return key.isValidSignature(bytes, for: Array(digest)) ? .valid : .invalid
        case .p256(let key):
            guard signature.keyAlgorithm == 19, let bytes = Self.pair(first, &rest, 32),
                let value = try? P256.Signing.ECDSASignature(rawRepresentation: bytes)
            else { return .invalid }
            return key.isValidSignature(value, for: digest) ? .valid : .invalid
        case .p384(let key):
            guard signature.keyAlgorithm == 19, let bytes = Self.pair(first, &rest, 48),
                let value = try? P384.Signing.ECDSASignature(rawRepresentation: bytes)
            else { return .invalid }
            return key.isValidSignature(value, for: digest) ? .valid : .invalid
        case .p521(let key):
            guard signature.keyAlgorithm == 19, let bytes = Self.pair(first, &rest, 66),
                let value = try? P521.Signing.ECDSASignature(rawRepresentation: bytes)
            else { return .invalid }
            return key.isValidSignature(value, for: digest) ? .valid : .invalid
        }
    }

    /// Two numbers of one size, the first of which was taken already.
    private static func pair(_ first: [UInt8], _ rest: inout ArraySlice<UInt8>, _ size: Int) -> [UInt8]? {
        guard let left = padded(first, to: size), let second = number(&rest), rest.isEmpty,
            let right = padded(second, to: size)
        else { return nil }
        return left + right
    }

    /// The number with zeros in front, which a number of the format does not have.
    private static func padded(_ bytes: [UInt8], to size: Int) -> [UInt8]? {
        bytes.count <= size ? [UInt8](repeating: 0, count: size - bytes.count) + bytes : nil
    }

    /// Takes a number: how many bits, and then the octets.
    ///
    /// - Source: RFC 9580, 3.2.
    private static func number(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard rest.count >= 2 else { return nil }
        let count = (Int(rest[rest.startIndex]) << 8 + Int(rest[rest.startIndex + 1]) + 7) / 8
        rest = rest.dropFirst(2)
        guard count > 0, rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }

    /// Takes the name of a curve.
    private static func object(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        guard let count = rest.popFirst(), rest.count >= count else { return nil }
        defer { rest = rest.dropFirst(Int(count)) }
        return Array(rest.prefix(Int(count)))
    }
}

/// Why nothing can be believed of a key.
struct UnusableKey: Error, Equatable {
    let cause: String
    init(_ cause: String) { self.cause = cause }
}
