internal import Crypto

/// Digests that name a key.
package enum Fingerprint {
    /// The SHA-1 of `bytes`, 40 upper-case hexadecimal digits.
    ///
    /// No security rests on it: the formats of keys and repositories say which digest names a key.
    package static func sha1(_ bytes: [UInt8]) -> String {
        Insecure.SHA1.hash(data: bytes).map { byte in
            let text = String(byte, radix: 16, uppercase: true)
            return byte < 16 ? "0" + text : text
        }.joined()
    }
}
