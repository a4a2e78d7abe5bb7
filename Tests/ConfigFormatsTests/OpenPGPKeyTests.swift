internal import FoundationEssentials
internal import Testing

@testable import ConfigFormats

/// Keys made for these tests with GnuPG; nobody holds their other halves.
enum TestKeys {
    static let fingerprint = "EB7C50D4E12FA93A0D5AC36ED68B84E60CB65186"
    static let otherFingerprint = "19E0B07B9838211592725D98D3DA0DD512F8B094"

    /// Ends on 2026-01-01.
    static let expiring = bytes(
        """
        mDMEZZIAgBYJKwYBBAHaRw8BAQdA98+ltmqAKiBFwcIJWFoFFq4JXXy7rVgvF/Km/1w9ldK0IlRlc3QgcmVwb3NpdG9yeSA8
        dGVzdEBleGFtcGxlLm9yZz6IlgQTFggAPhYhBOt8UNThL6k6DVrDbtaLhOYMtlGGBQJlkgCAAhsDBQkDw7iABQsJCAcCBhUK
        CQgLAgQWAgMBAh4BAheAAAoJENaLhOYMtlGG1hYBAMhgLyCfqtrgY77JaUpGZrAtGfrcrCT4OCWM+69oAdmiAP9VMzA7gwXV
        q5BkLc7lQN/gqzSsmvNLN5MYMv91sIs6Bg==
        """)
    /// The same key, given until 2028-01-01 later.
    static let extended = bytes(
        """
        mDMEZZIAgBYJKwYBBAHaRw8BAQdA98+ltmqAKiBFwcIJWFoFFq4JXXy7rVgvF/Km/1w9ldK0IlRlc3QgcmVwb3NpdG9yeSA8
        dGVzdEBleGFtcGxlLm9yZz6IlgQTFggAPgIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgBYhBOt8UNThL6k6DVrDbtaLhOYM
        tlGGBQJoO5gABQkHhh+AAAoJENaLhOYMtlGGMEkA/iEhpBRcDIWyDZDcNvD1mifd5eoXZE61UyU6DRYHXfs1AQCrHLoLfeuE
        YKOcfs6Y8XOdzRNdGmirTeu8t9fyDEkkBQ==
        """)
    /// The same with a subkey that ends earlier.
    static let withSubkey = bytes(
        """
        mDMEZZIAgBYJKwYBBAHaRw8BAQdA98+ltmqAKiBFwcIJWFoFFq4JXXy7rVgvF/Km/1w9ldK0IlRlc3QgcmVwb3NpdG9yeSA8
        dGVzdEBleGFtcGxlLm9yZz6IlgQTFggAPgIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgBYhBOt8UNThL6k6DVrDbtaLhOYM
        tlGGBQJoO5gABQkHhh+AAAoJENaLhOYMtlGGMEkA/iEhpBRcDIWyDZDcNvD1mifd5eoXZE61UyU6DRYHXfs1AQCrHLoLfeuE
        YKOcfs6Y8XOdzRNdGmirTeu8t9fyDEkkBbgzBGg7mAAWCSsGAQQB2kcPAQEHQNXBsvEjAZxaWuxpcPdkXbsNahHQmlVanumd
        X+pp9H2miPUEGBYIACYWIQTrfFDU4S+pOg1aw27Wi4TmDLZRhgUCaDuYAAIbAgUJAUL/gACBCRDWi4TmDLZRhnYgBBkWCAAd
        FiEEbuyZdBMzcKdWJemKtpXzyLKTCSIFAmg7mAAACgkQtpXzyLKTCSIRigD/Zo4HGT2nkBwqS1wxEc2WS3LaiigECqu0BdI+
        yH2EcTABAJjk0F3u19UQ6Q2k5ZQzKUHUZDCvgokN++iip9/qjeEGAhEBANj2EBF1/e6RTcm2kwOpf27vKPko31XDpQg6YkVg
        oLDkAP43jMKF3Tw/qpKlxxFsqil30/3KWn9L9BBI7IokyeBwAw==
        """)
    /// The same, certified in 2027 by the other key.
    static let certified = bytes(
        """
        mDMEZZIAgBYJKwYBBAHaRw8BAQdA98+ltmqAKiBFwcIJWFoFFq4JXXy7rVgvF/Km/1w9ldK0IlRlc3QgcmVwb3NpdG9yeSA8
        dGVzdEBleGFtcGxlLm9yZz6IlgQTFggAPgIbAwULCQgHAgYVCgkICwIEFgIDAQIeAQIXgBYhBOt8UNThL6k6DVrDbtaLhOYM
        tlGGBQJoO5gABQkHhh+AAAoJENaLhOYMtlGGMEkA/iEhpBRcDIWyDZDcNvD1mifd5eoXZE61UyU6DRYHXfs1AQCrHLoLfeuE
        YKOcfs6Y8XOdzRNdGmirTeu8t9fyDEkkBYh1BBAWCAAdFiEEGeCwe5g4IRWScl2Y09oN1RL4sJQFAmv9/wAACgkQ09oN1RL4
        sJRgZwEApASWmjwbTQhrOcynwXpX/CX+ru7qDWNkK+VZhc2W9AYA/iZAvoDrretIP01vNZw/6obLjEQy81ksE+vq8qx7SkIK
        """)
    /// Another key, without an end.
    static let never = bytes(
        """
        mDMEZZIAgBYJKwYBBAHaRw8BAQdAWoTLz8GieMJ64CQN2+xA0dYGc6dy4f+tB6gDNd12X1+0HU90aGVyIGtleSA8b3RoZXJA
        ZXhhbXBsZS5vcmc+iJAEExYIADgWIQQZ4LB7mDghFZJyXZjT2g3VEviwlAUCZZIAgAIbAwULCQgHAgYVCgkICwIEFgIDAQIe
        AQIXgAAKCRDT2g3VEviwlEJKAQC3jrdsydj9zmDwNFTtlSIh6GjL8EyAW8gjkZEZQv4Y5gEA1tqOhoMlDlvX1XSgyEt5YXTs
        Ctmv42+XRbbTh9ylhwc=
        """)
    /// That key, taken back.
    static let revoked = bytes(
        """
        mDMEZZIAgBYJKwYBBAHaRw8BAQdAWoTLz8GieMJ64CQN2+xA0dYGc6dy4f+tB6gDNd12X1+IeAQgFggAIBYhBBngsHuYOCEV
        knJdmNPaDdUS+LCUBQJlkgCAAh0AAAoJENPaDdUS+LCUP1wBAOwcUjI4hKQLHVPuyUHnV1NMSjgS12cf6xIpZv3D7as5APoD
        r6Z6u+2SIgsqBjpFfS1APoqRhPJRnhtLFWZjyGdpD7QdT3RoZXIga2V5IDxvdGhlckBleGFtcGxlLm9yZz6IkAQTFggAOBYh
        BBngsHuYOCEVknJdmNPaDdUS+LCUBQJlkgCAAhsDBQsJCAcCBhUKCQgLAgQWAgMBAh4BAheAAAoJENPaDdUS+LCUQkoBALeO
        t2zJ2P3OYPA0VO2VIiHoaMvwTIBbyCORkRlC/hjmAQDW2o6GgyUOW9fVdKDIS3lhdOwK2a/jb5dFttOH3KWHBw==
        """)

    private static func bytes(_ text: String) -> [UInt8] {
        Array(Data(base64Encoded: text.replacing("\n", with: "")) ?? Data())
    }

    /// A keyring as text.
    static func armoured(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Data(bytes).base64EncodedString()
        let lines = stride(from: 0, to: digits.count, by: 64).map { String(digits.dropFirst($0).prefix(64)) }
        let begin = "-----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: none\n\n"
        return Array((begin + lines.joined(separator: "\n") + "\n=abcd\n-----END PGP PUBLIC KEY BLOCK-----\n").utf8)
    }
}

@Suite("OpenPGP keys")
struct OpenPGPKeyTests {
    private let end2026 = 1_767_225_600
    private let end2028 = 1_830_297_600

    private func only(_ bytes: [UInt8]) throws -> OpenPGPKey {
        let keys = try OpenPGPKey.keys(in: bytes)
        try #require(keys.count == 1)
        return keys[0]
    }

    private func end(_ bytes: [UInt8], _ fingerprint: String = TestKeys.fingerprint) throws -> Int? {
        try only(bytes).life(fingerprint: fingerprint).expiresAt
    }

    @Test("a key has its names, its making, and the bytes of its fingerprint")
    func reading() throws {
        let key = try only(TestKeys.expiring)
        #expect(key.version == 4 && key.createdAt == 1_704_067_200)
        #expect(key.userIDs == ["Test repository <test@example.org>"])
        #expect(key.fingerprintInput.prefix(4) == [0x99, 0, 51, 4] && key.fingerprintInput.count == 54)
    }

    @Test("the newest signature of its own says when a key ends")
    func newest() throws {
        #expect(try end(TestKeys.expiring) == end2026)
        #expect(try end(TestKeys.extended) == end2028)
        #expect(try end(TestKeys.never, TestKeys.otherFingerprint) == nil)
        let older = try #require(try OpenPGPPacket.split(TestKeys.expiring).last)
        let both = TestKeys.extended + [0x88, UInt8(older.body.count)] + older.body
        #expect(try end(both) == end2028, "the older signature stands last")
    }

    @Test("a subkey's signature and another's certification say nothing of a key's end")
    func others() throws {
        #expect(try end(TestKeys.withSubkey) == end2028)
        #expect(try end(TestKeys.certified) == end2028)
    }

    @Test("a key that was taken back says so, to its own fingerprint alone")
    func revoked() throws {
        let key = try only(TestKeys.revoked)
        #expect(key.life(fingerprint: TestKeys.otherFingerprint).isRevoked)
        #expect(!key.life(fingerprint: TestKeys.fingerprint).isRevoked)
    }

    @Test("a keyring has all its keys, as text as well")
    func keyrings() throws {
        let ring = TestKeys.expiring + TestKeys.never
        #expect(try OpenPGPKey.keys(in: ring).count == 2)
        let text = TestKeys.armoured(TestKeys.expiring) + TestKeys.armoured(TestKeys.never)
        #expect(try OpenPGPKey.keys(in: text) == OpenPGPKey.keys(in: ring))
        let windows = String(decoding: text, as: UTF8.self).replacing("\n", with: "\r\n")
        #expect(try OpenPGPKey.keys(in: Array(windows.utf8)) == OpenPGPKey.keys(in: ring))
    }

    @Test("a key of version 6 is read, and one of a version not known is passed over")
    func versions() throws {
        let body: [UInt8] = [6, 0x65, 0x92, 0, 0x80, 27, 0, 0, 0, 2, 7, 7]
        let key = try only([0xC6, UInt8(body.count)] + body)
        #expect(key.version == 6 && key.fingerprintInput == [0x9B, 0, 0, 0, 12] + body)
        #expect(try OpenPGPKey.keys(in: [0xC6, 2, 9, 9] + TestKeys.never).count == 1)
        #expect(throws: ParseError.self) { try OpenPGPKey.keys(in: [0xC6, 2, 9, 9]) }
    }

    @Test("apt goes by the name of the file")
    func names() {
        let text = TestKeys.armoured(TestKeys.never)
        #expect(OpenPGPKey.isReadByApt(TestKeys.never, name: "k.gpg"))
        #expect(OpenPGPKey.isReadByApt(text, name: "k.asc"))
        #expect(!OpenPGPKey.isReadByApt(text, name: "k.gpg"))
        #expect(!OpenPGPKey.isReadByApt(TestKeys.never, name: "k.asc"))
        #expect(!OpenPGPKey.isReadByApt([], name: "k.gpg") && !OpenPGPKey.isReadByApt([], name: "k.asc"))
        #expect(!OpenPGPKey.isReadByApt(Array("<html>".utf8), name: "k.gpg"))
    }

    @Test("a keyring that is cut anywhere is an error or a shorter keyring, and never a crash")
    func truncated() {
        for bytes in [TestKeys.withSubkey, TestKeys.armoured(TestKeys.withSubkey)] {
            for length in 0..<bytes.count { _ = try? OpenPGPKey.keys(in: Array(bytes.prefix(length))) }
        }
        for length in [0, 1, 30, 52] {
            #expect(throws: ParseError.self) { try OpenPGPKey.keys(in: Array(TestKeys.never.prefix(length))) }
        }
    }

    @Test("no byte of a keyring can be changed into a crash")
    func flipped() {
        for index in TestKeys.withSubkey.indices {
            for value in [0, 0x80, 0xC0, 0xFF, TestKeys.withSubkey[index] ^ 1] as [UInt8] {
                var bytes = TestKeys.withSubkey
                bytes[index] = value
                for key in (try? OpenPGPKey.keys(in: bytes)) ?? [] { _ = key.life(fingerprint: TestKeys.fingerprint) }
            }
        }
    }

    @Test(
        "other files are no keyrings",
        arguments: [
            "", "<html></html>", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDME\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n!!!!\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "-----BEGIN PGP MESSAGE-----\n\nmDME\n-----END PGP MESSAGE-----\n",
        ])
    func noKeyring(text: String) {
        #expect(throws: ParseError.self) { try OpenPGPKey.keys(in: Array(text.utf8)) }
    }
}
