internal import ConfigFormats
internal import NodeEngine

/// A keyring as it came: in binary form for apt, and by the fingerprints of its keys.
struct KeyFile: Equatable, Sendable {
    /// The packets, out of their armour.
    let binary: [UInt8]
    /// Those of the keys of version 4, 40 upper-case hexadecimal digits each; subkeys are left out.
    let fingerprints: [String]

    /// Takes the armour off, and reads the keys.
    ///
    /// - Throws: when it is no keyring.
    init(_ bytes: [UInt8], from url: String) throws(ChangeError) {
        do throws(ParseError) {
            binary = try OpenPGPKey.binary(of: bytes)
            fingerprints = try OpenPGPKey.keys(in: binary).filter { $0.version == 4 }.map {
                Fingerprint.sha1($0.fingerprintInput)
            }
        } catch {
            throw .refused("cannot take the key of \(url): it is no keyring, \(error)")
        }
    }
}
