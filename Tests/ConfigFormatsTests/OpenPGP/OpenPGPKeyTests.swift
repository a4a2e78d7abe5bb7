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
    private func only(_ bytes: [UInt8]) throws -> OpenPGPKey {
        let keys = try OpenPGPKey.keys(in: bytes)
        try #require(keys.count == 1)
        return keys[0]
    }

    @Test("a key has its making, its names, its subkeys and their signatures")
    func reading() throws {
        let key = try only(TestKeys.withSubkey)
        #expect(key.key.version == 4 && key.key.createdAt == 1_704_067_200 && key.key.algorithm == 22)
        #expect(key.key.hashed.prefix(4) == [0x99, 0, 51, 4] && key.key.hashed.count == 54)
        #expect(key.names.map { String(decoding: $0.bytes, as: UTF8.self) } == ["Test repository <test@example.org>"])
        #expect(key.names.map { $0.signatures.map(\.kind) } == [[.certification]])
        #expect(key.subkeys.map { $0.signatures.map(\.kind) } == [[.subkeyBinding]])
        #expect(key.subkeys.first?.signatures.first?.embedded.count == 1)
        #expect(try only(TestKeys.revoked).signatures.map(\.kind) == [.keyRevocation])
    }

    @Test("a signature says when it was made, for how long the key is good, and who made it")
    func signatures() throws {
        let name = try #require(try only(TestKeys.certified).names.first)
        #expect(name.signatures.map(\.createdAt) == [1_748_736_000, 1_811_808_000])
        #expect(name.signatures.map(\.keyLifetime) == [126_230_400, nil])
        #expect(name.signatures.map(\.keyFlags) == [3, nil])
        let digits = Array(TestKeys.fingerprint.utf8)
        let own = stride(from: 0, to: 40, by: 2).map { index in
            UInt8(String(decoding: digits[index..<(index + 2)], as: UTF8.self), radix: 16) ?? 0
        }
        #expect(name.signatures.map { $0.isBy(own) } == [true, false])
    }

    @Test("a keyring has all its keys, as text as well")
    func keyrings() throws {
        let ring = TestKeys.expiring + TestKeys.never
        #expect(try OpenPGPKey.keys(in: ring).count == 2)
        let text = TestKeys.armoured(TestKeys.expiring) + TestKeys.armoured(TestKeys.never)
        #expect(try OpenPGPKey.keys(in: text) == OpenPGPKey.keys(in: ring))
        let windows = String(decoding: text, as: UTF8.self).replacing("\n", with: "\r\n")
        #expect(try OpenPGPKey.keys(in: Array(windows.utf8)) == OpenPGPKey.keys(in: ring))
        let around = Array("before\n".utf8) + text + Array("after\n".utf8)
        #expect(try OpenPGPKey.keys(in: around) == OpenPGPKey.keys(in: ring))
    }

    @Test("a key of another version is listed, and its signatures are not read")
    func versions() throws {
        let body: [UInt8] = [6, 0x65, 0x92, 0, 0x80, 27, 0, 0, 0, 2, 7, 7]
        let key = try only([0xC6, UInt8(body.count)] + body + [0xC2, 2, 6, 6])
        #expect(key.key.version == 6 && key.signatures == [])
        #expect(try OpenPGPKey.keys(in: [0xC6, 2, 9, 9] + TestKeys.never).map(\.key.version) == [9, 4])
        #expect(throws: ParseError.self) { try OpenPGPKey.keys(in: [0xC6, 0]) }
    }

    @Test("what a keyring of public keys does not have is an error, and what is said behind a key's end as well")
    func packets() {
        let secret: [UInt8] = [0xC5, 2, 4, 4]
        let marker: [UInt8] = [0xCA, 3, 0x50, 0x47, 0x50]
        for extra in [secret, marker, [0xC2, 2, 5, 5], [0xC2, 2, 4, 4], [0], Array("text".utf8)] {
            #expect(throws: ParseError.self) { try OpenPGPKey.keys(in: TestKeys.never + extra) }
        }
        #expect(throws: ParseError.self) { try OpenPGPKey.keys(in: marker + TestKeys.never) }
    }

    @Test("each of apt's readers goes by the name in its own way")
    func names() {
        let text = TestKeys.armoured(TestKeys.never)
        for reader in OpenPGPKey.Reader.allCases {
            #expect(OpenPGPKey.isRead(TestKeys.never, name: "k.gpg", by: reader))
            #expect(OpenPGPKey.isRead(TestKeys.never, name: "k.key", by: reader))
            #expect(OpenPGPKey.isRead(text, name: "k.asc", by: reader))
            #expect(OpenPGPKey.isRead(text, name: "k.asc", by: reader, isNamed: false))
            #expect(!OpenPGPKey.isRead(text, name: "k.gpg", by: reader, isNamed: false))
            #expect(!OpenPGPKey.isRead(TestKeys.never, name: "k.asc", by: reader, isNamed: false))
            #expect(OpenPGPKey.isRead(text, name: "k.gpg", by: reader) == (reader == .sqv))
            #expect(OpenPGPKey.isRead(TestKeys.never, name: "k.asc", by: reader) == (reader == .sqv))
            #expect(OpenPGPKey.isRead(text, name: "k.key", by: reader) == (reader != .gpgv))
            #expect(OpenPGPKey.isRead([0x0A] + text, name: "k.key", by: reader) == (reader == .sqv))
            #expect(!OpenPGPKey.isRead([], name: "k.gpg", by: reader))
            #expect(!OpenPGPKey.isRead([], name: "k.asc", by: reader))
            #expect(!OpenPGPKey.isRead(Array("<html>".utf8), name: "k.gpg", by: reader))
        }
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
                _ = try? OpenPGPKey.keys(in: bytes)
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
