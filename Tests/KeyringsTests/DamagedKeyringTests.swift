import ConfigFormats
import Testing

@testable import Keyrings

/// A generator whose numbers are the same in every run.
///
/// - Source: xorshift64*, Vigna, "An experimental exploration of Marsaglia's xorshift generators".
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64
    init(seed: UInt64) { state = seed | 1 }

    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

@Suite("Damaged keyrings")
struct DamagedKeyringTests {
    private static let names = ["both", "ed25519", "nistp256", "names", "rsa4096", "subkey", "revoked"]

    /// What is believed of the key although it is not so.
    private func wrong(_ bytes: [UInt8], _ fingerprint: String, _ truth: VerifiedKeyring.State) -> String? {
        guard let ring = try? VerifiedKeyring(bytes, now: TestKeyring.now, reader: .gpgv),
            // A damaged head may make a key of a signature: one more key is refused whatever is said of the first.
            ring.others(than: fingerprint).isEmpty, let state = ring.state(of: fingerprint), state != truth
        else { return nil }
        switch state {
        case .good, .expired: return "\(state)"
        case .revoked, .unusable: return nil
        }
    }

    @Test("no byte can be changed in one bit so that another end is believed", arguments: names)
    func flipped(name: String) throws {
        let bytes = try TestKeyring.bytes(name)
        let whole = try #require(try VerifiedKeyring(bytes, now: TestKeyring.now, reader: .gpgv).keys.first)
        // Every bit of what frames the packets, and one of each byte that a signature covers.
        let heads = try OpenPGPPacketRange.all(bytes).flatMap { [$0.lowerBound, $0.lowerBound + 1] }
        for index in bytes.indices {
            for bit in heads.contains(index) ? Array(0..<8) : [(index &* 5) % 8] {
                var damaged = bytes
                damaged[index] ^= 1 << bit
                guard let found = wrong(damaged, whole.fingerprint, whole.state) else { continue }
                Issue.record("bit \(bit) of byte \(index): \(found) in place of \(whole.state)")
            }
        }
    }

    @Test("nor any damage that a disk or a program does", arguments: names)
    func damaged(name: String) throws {
        let bytes = try TestKeyring.bytes(name)
        let whole = try #require(try VerifiedKeyring(bytes, now: TestKeyring.now, reader: .gpgv).keys.first)
        var generator = SeededGenerator(seed: 2026)
        for round in 0..<120 {
            var damaged = bytes
            let start = Int.random(in: 0..<bytes.count, using: &generator)
            let end = min(bytes.count, start + Int.random(in: 1...64, using: &generator))
            switch round % 5 {
            case 0: damaged[start] = UInt8.random(in: 0...255, using: &generator)
            case 1: for index in start..<end { damaged[index] = 0 }
            case 2: damaged.removeSubrange(start..<end)
            case 3: damaged.insert(contentsOf: bytes[start..<end], at: start)
            default:
                for _ in 0..<Int.random(in: 2...8, using: &generator) {
                    damaged[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                        1 << Int.random(in: 0...7, using: &generator)
                }
            }
            guard let found = wrong(damaged, whole.fingerprint, whole.state) else { continue }
            Issue.record("round \(round): \(found) in place of \(whole.state)")
        }
    }

    @Test("the same signature twice, and one of another key, change nothing")
    func harmless() throws {
        let bytes = try TestKeyring.bytes("both")
        let packets = try OpenPGPPacketRange.all(bytes)
        let twice = bytes + bytes[packets[2]]
        let other = try TestKeyring.bytes("rsa4096")
        let foreign = bytes + other[try OpenPGPPacketRange.all(other)[2]]
        let fingerprint = "FA26A9DB45030768361C819B9329C27D01B35099"
        for changed in [twice, foreign] {
            let ring = try VerifiedKeyring(changed, now: TestKeyring.now, reader: .gpgv)
            #expect(ring.state(of: fingerprint) == .good(until: 1_843_344_000))
        }
    }

    @Test("a keyring with thousands of signatures of its own is not believed, and takes no time")
    func many() throws {
        let bytes = try TestKeyring.bytes("both")
        let packets = try OpenPGPPacketRange.all(bytes)
        let ring = bytes + (0..<1000).flatMap { _ in Array(bytes[packets[2]]) }
        let read = try VerifiedKeyring(ring, now: TestKeyring.now, reader: .gpgv)
        guard case .unusable? = read.keys.first?.state else {
            Issue.record("believed")
            return
        }
    }
}
