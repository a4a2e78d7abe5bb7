extension OpenPGPKey {
    /// A keyring without its armour, as apt reads it under any name but `.asc`.
    ///
    /// - Throws: when it is armoured text that is cut off or none at all; what the packets are is not looked at.
    package static func binary(of bytes: [UInt8]) throws(ParseError) -> [UInt8] {
        form(of: bytes) == .binary ? bytes : try OpenPGPArmour.decode(bytes)
    }
}
