import ConfigFormats
import FoundationEssentials
import Testing

@testable import Keyrings

/// Keyrings made for these tests with GnuPG 2.2; nobody holds their other halves.
enum TestKeyring {
    /// 2026-07-29.
    static let now = 1_785_283_200
    static let end2028 = 1_861_747_200

    static func bytes(_ name: String) throws -> [UInt8] {
        let path = "\(#filePath)".split(separator: "/").dropLast().joined(separator: "/")
        return Array(try Data(contentsOf: URL(filePath: "/\(path)/Fixtures/\(name).gpg")))
    }

    static func state(_ name: String, reader: OpenPGPKey.Reader = .gpgv, now: Int = now) throws -> VerifiedKeyring.State
    {
        try #require(try VerifiedKeyring(bytes(name), now: now, reader: reader).keys.first).state
    }
}

@Suite("Verified keyrings")
struct VerifiedKeyringTests {
    @Test(
        "fingerprint and end are those that GnuPG reads, whatever algorithm and digest the key has",
        arguments: [
            ("both", "FA26A9DB45030768361C819B9329C27D01B35099", VerifiedKeyring.State.good(until: 1_843_344_000)),
            ("rsa4096", "C9F79DCCB4C39A47410C5F7B3B511366C1E5FC7E", .good(until: nil)),
            ("ed25519", "920C856330C852CEC05459AB97C96BCC2F43791D", .good(until: TestKeyring.end2028)),
            ("nistp256", "67F6670E55B3A4358107CD2B620261D3639975A1", .good(until: TestKeyring.end2028)),
            ("nistp384", "97D690E442DE2D2CD849769DA3E5D96460370560", .good(until: TestKeyring.end2028)),
            ("nistp521", "0B2EDD77B2CA1C76D41D5D63E07A052EA14BC6CC", .good(until: TestKeyring.end2028)),
            ("names", "52F96C5D1BAF5A8D175942C6641CBAC12D27F070", .good(until: TestKeyring.end2028)),
            ("revoked", "26531AD5128B15C3A90FC3E2EE7ACC90D377EF1C", .revoked),
        ])
    func fingerprints(name: String, fingerprint: String, state: VerifiedKeyring.State) throws {
        let ring = try VerifiedKeyring(TestKeyring.bytes(name), now: TestKeyring.now, reader: .gpgv)
        #expect(ring.keys == [.init(fingerprint: fingerprint, state: state)])
        #expect(ring.state(of: fingerprint) == state && ring.others(than: fingerprint) == [])
        #expect(ring.state(of: String(repeating: "A", count: 40)) == nil)
    }

    @Test("a key has ended from the second of its end on")
    func ended() throws {
        #expect(try TestKeyring.state("ed25519", now: TestKeyring.end2028 - 1) == .good(until: TestKeyring.end2028))
        #expect(try TestKeyring.state("ed25519", now: TestKeyring.end2028) == .expired(TestKeyring.end2028))
    }

    @Test("a key that may only certify is good for as long as its subkey that may sign")
    func subkeys() throws {
        #expect(try TestKeyring.state("subkey") == .good(until: 1_798_675_200))
        guard case .unusable(let cause) = try TestKeyring.state("certonly") else {
            Issue.record("a key that may not sign is good")
            return
        }
        #expect(cause.contains("may sign"))
    }

    @Test("a subkey that does not say that it belongs to the key is not believed")
    func withoutBackSignature() throws {
        // The embedded signature's kind is primary binding; as any other kind it is none.
        var bytes = try TestKeyring.bytes("subkey")
        let places = bytes.indices.dropLast(3).filter { Array(bytes[$0..<($0 + 3)]) == [32, 4, 0x19] }
        try #require(places.count == 1)
        bytes[places[0] + 2] = 0x18
        let ring = try VerifiedKeyring(bytes, now: TestKeyring.now, reader: .gpgv)
        guard case .unusable? = ring.keys.first?.state else {
            Issue.record("believed: \(ring.keys)")
            return
        }
    }

    @Test("a key's own signatures with SHA-1 count for gpgv, and not for sqv since February 2026")
    func sha1() throws {
        let good = VerifiedKeyring.State.good(until: TestKeyring.end2028)
        #expect(try TestKeyring.state("sha1", reader: .gpgv) == good)
        #expect(try TestKeyring.state("sha1", reader: .script) == good)
        #expect(try TestKeyring.state("sha1", reader: .sqv, now: 1_769_903_999) == good)
        guard case .unusable = try TestKeyring.state("sha1", reader: .sqv, now: 1_769_904_000) else {
            Issue.record("sqv takes SHA-1")
            return
        }
    }

    @Test("what is too weak or not known here is not believed", arguments: ["rsa1024", "dsa2048", "brainpool"])
    func algorithms(name: String) throws {
        guard case .unusable = try TestKeyring.state(name) else {
            Issue.record("believed")
            return
        }
    }

    @Test("every primary key is listed, one of a version that is not known as well")
    func foreign() throws {
        let wanted = "920C856330C852CEC05459AB97C96BCC2F43791D"
        let unknown: [UInt8] = [0xC6, 12, 6, 0x65, 0x92, 0, 0x80, 27, 0, 0, 0, 2, 7, 7]
        let bytes = try TestKeyring.bytes("ed25519") + TestKeyring.bytes("nistp256") + unknown
        let ring = try VerifiedKeyring(bytes, now: TestKeyring.now, reader: .gpgv)
        #expect(ring.others(than: wanted) == ["67F6670E55B3A4358107CD2B620261D3639975A1", "version 6"])
        #expect(ring.state(of: wanted) == .good(until: TestKeyring.end2028))
    }

    @Test("of two copies of a key the one that is worst off counts")
    func copies() throws {
        let fingerprint = "26531AD5128B15C3A90FC3E2EE7ACC90D377EF1C"
        let revoked = try TestKeyring.bytes("revoked")
        // Without its revocation, which stands right behind the key.
        let packets = try OpenPGPPacketRange.all(revoked)
        let plain = packets.enumerated().filter { $0.offset != 1 }.flatMap { Array(revoked[$0.element]) }
        let alone = try VerifiedKeyring(plain, now: TestKeyring.now, reader: .sqv)
        #expect(alone.state(of: fingerprint) == .good(until: TestKeyring.end2028))
        for bytes in [plain + revoked, revoked + plain] {
            let ring = try VerifiedKeyring(bytes, now: TestKeyring.now, reader: .sqv)
            #expect(ring.state(of: fingerprint) == .revoked && ring.others(than: fingerprint) == [])
        }
    }

    @Test(
        "Debian's own keyrings verify",
        arguments: [
            "debian-archive-bookworm-stable", "debian-archive-bookworm-automatic", "debian-archive-trixie-automatic",
            "debian-archive-trixie-stable",
        ])
    func debian(name: String) throws {
        // Where they are not installed there is nothing to look at.
        guard let data = try? Data(contentsOf: URL(filePath: "/usr/share/keyrings/\(name).gpg")) else { return }
        let ring = try VerifiedKeyring(Array(data), now: TestKeyring.now, reader: .sqv)
        #expect(!ring.keys.isEmpty)
        for key in ring.keys {
            if case .unusable(let cause) = key.state { Issue.record("\(key.fingerprint): \(cause)") }
        }
    }
}

/// Where the packets of a keyring of GnuPG's own old form lie.
enum OpenPGPPacketRange {
    static func all(_ bytes: [UInt8]) throws -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var start = 0
        while start < bytes.count {
            try #require(bytes[start] & 0xC0 == 0x80)
            let width = [1, 2, 4, 0][Int(bytes[start] & 3)]
            let length = bytes[(start + 1)..<(start + 1 + width)].reduce(0) { $0 << 8 | Int($1) }
            ranges.append(start..<(start + 1 + width + length))
            start = start + 1 + width + length
        }
        return ranges
    }
}
