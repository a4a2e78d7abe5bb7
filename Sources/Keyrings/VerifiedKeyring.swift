package import ConfigFormats
internal import Crypto
internal import TextForms

/// A keyring, and what the verified signatures of its own keys say of them.
///
/// apt trusts every key of a keyring, so all of its primary keys are listed, those that cannot be read as well.
package struct VerifiedKeyring: Equatable, Sendable {
    /// A primary key.
    package struct Key: Equatable, Sendable {
        /// 40 upper-case hexadecimal digits; of a key that is not of version 4 that version, such as `version 6`.
        package let fingerprint: String
        package let state: State
    }

    /// Whether a repository's signature by a key counts.
    package enum State: Equatable, Sendable {
        /// It does until then, in seconds since 1970; `nil` for ever.
        case good(until: Int?)
        /// It did until then.
        case expired(Int)
        /// Its owner took it back.
        case revoked
        /// Nothing that the keyring says of the key can be believed, for this cause.
        case unusable(String)
    }

    /// The primary keys in their order; one that is there twice is listed twice.
    package let keys: [Key]

    /// Reads a keyring in either form and verifies what its keys say of themselves.
    ///
    /// - Parameters:
    ///   - bytes: the whole file.
    ///   - now: the moment for which it is judged, in seconds since 1970.
    ///   - reader: what verifies with it; they differ in the digests that they take.
    /// - Throws: when it is no keyring, or is cut off.
    package init(_ bytes: [UInt8], now: Int, reader: OpenPGPKey.Reader) throws(ParseError) {
        keys = try OpenPGPKey.keys(in: bytes).map { key in
            guard key.key.version == 4 else {
                return Key(fingerprint: "version \(key.key.version)", state: .unusable("only version 4 is known here"))
            }
            let digest = Array(Insecure.SHA1.hash(data: key.key.hashed))
            var judge = KeyJudge(key, fingerprint: digest, now: now, reader: reader)
            return Key(fingerprint: Self.text(of: digest), state: judge.state())
        }
    }

    /// The digits of a fingerprint.
    private static func text(of bytes: [UInt8]) -> String { Hexadecimal.text(bytes, uppercase: true) }

    /// What the key of this fingerprint is; of several copies the one that is worst off, since which of them counts
    /// differs between the programs that apt verifies with.
    package func state(of fingerprint: String) -> State? {
        keys.filter { $0.fingerprint == fingerprint }.map(\.state).reduce(nil) { (worst: State?, next) in
            guard let worst else { return next }
            return next.rank < worst.rank ? next : worst
        }
    }

    /// The fingerprints of all keys but this one.
    package func others(than fingerprint: String) -> [String] {
        keys.map(\.fingerprint).filter { $0 != fingerprint }
    }
}

extension VerifiedKeyring.State {
    /// Higher is better.
    fileprivate var rank: Int {
        switch self {
        case .revoked: 0
        case .unusable: 1
        case .expired(let end): 2 + max(end, 0)
        case .good(until: let end): end.map { 3 + max($0, 0) } ?? .max
        }
    }
}
