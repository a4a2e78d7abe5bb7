extension OpenPGPKey {
    /// A keyring without its armour.
    ///
    /// - Throws: when it is armoured text that is cut off or none at all; what the packets are is not looked at.
    package static func binary(of bytes: [UInt8]) throws(ParseError) -> [UInt8] {
        form(of: bytes) == .binary ? bytes : try OpenPGPArmour.decode(bytes)
    }

    /// What a program that apt verifies with goes by when it opens a keyring.
    package enum Reader: Sendable, CaseIterable {
        /// gpgv behind apt before 2.9: the shell script `apt-key` takes the armour off by the name or the first line.
        case script
        /// gpgv behind a later apt: apt takes the armour off of what is named `.asc`, and everything else is binary.
        case gpgv
        /// sqv, which apt hands the keyrings of `Signed-By` as they are.
        case sqv
    }

    /// Whether apt takes a keyring of this name.
    ///
    /// One that is named by `Signed-By` is told apart from one in `trusted.gpg.d`, where every apt goes by the name.
    /// - Source: apt 2.6 `cmdline/apt-key.in` (`is_supported_keyring`, `dearmor_filename`); apt 3.1
    ///   `apt-pkg/contrib/gpgv.cc` and `methods/sqv.cc` (`dearmorKeyOrCheckFormat`).
    package static func isRead(_ bytes: [UInt8], name: String, by reader: Reader, isNamed: Bool = true) -> Bool {
        let isArmoured = OpenPGPArmour.isPresent(in: bytes)
        let isBinary = bytes.first.map { [0x98, 0x99, 0xC6].contains($0) } ?? false
        if name.hasSuffix(".asc"), reader != .sqv || !isNamed { return isArmoured }
        switch reader {
        case .sqv where isNamed: return isArmoured || isBinary
        case .script where isNamed && !name.hasSuffix(".gpg"):
            // Only the very first line counts, as it stands.
            return isBinary || bytes.starts(with: (OpenPGPArmour.begin + "\n").utf8)
        case .script, .gpgv, .sqv: return isBinary
        }
    }
}
