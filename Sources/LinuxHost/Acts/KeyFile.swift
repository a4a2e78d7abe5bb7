internal import ConfigFormats
internal import Keyrings
internal import NodeEngine

/// A keyring as it came, in binary form, which apt reads under any name but `.asc`.
struct KeyFile: Equatable, Sendable {
    /// The packets, out of their armour.
    let binary: [UInt8]

    /// Takes a keyring that holds exactly the key of this fingerprint.
    ///
    /// apt trusts every key of a keyring, so one more is refused; nor is a key taken that was revoked, or whose own
    /// signatures do not verify. One that has ended is taken: the host's clock may be wrong, and its end is told.
    ///
    /// - Parameters:
    ///   - bytes: what came, in either form.
    ///   - url: where it came from, for the error.
    ///   - fingerprint: 40 upper-case hexadecimal digits.
    ///   - now: seconds since 1970.
    /// - Throws: with what is wrong with it; nothing was written then.
    init(_ bytes: [UInt8], from url: String, fingerprint: String, now: Int) throws(ChangeError) {
        let ring: VerifiedKeyring
        do throws(ParseError) {
            binary = try OpenPGPKey.binary(of: bytes)
            ring = try VerifiedKeyring(binary, now: now, reader: .gpgv)
        } catch {
            throw .refused("cannot take the key of \(url): it is no keyring, \(error)")
        }
        let others = ring.others(than: fingerprint)
        guard let state = ring.state(of: fingerprint), others.isEmpty else {
            let found = others.prefix(3).joined(separator: ", ") + (others.count > 3 ? ", …" : "")
            throw .refused(
                "cannot take the key of \(url): it holds the key \(found), and \(fingerprint) alone is expected")
        }
        switch state {
        case .good, .expired: break
        case .revoked: throw .refused("cannot take the key of \(url): it was revoked by its owner")
        case .unusable(let cause): throw .refused("cannot take the key of \(url): \(cause)")
        }
    }
}
