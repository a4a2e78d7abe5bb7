internal import ConfigFormats

/// Judges one primary key by the signatures that it made itself.
///
/// Each signature that names the key as its maker must verify: one that does not is damage, and which one it was, a
/// newer or an older, a shorter or a longer life, is not known any more.
/// - Source: RFC 9580, 5.2.4 (what is hashed), 5.2.3.13 (key expiration), 10.1.5 (subkey binding).
struct KeyJudge {
    private let key: OpenPGPKey
    private let fingerprint: [UInt8]
    private let now: Int
    private let countsSHA1: Bool
    /// The newest signature that cannot be looked at here, in seconds since 1970.
    private var newestUnread: Int?
    /// How many signatures may still be verified: a file that was made to be large must not take seconds.
    private var budget = 256

    init(_ key: OpenPGPKey, fingerprint: [UInt8], now: Int, reader: OpenPGPKey.Reader) {
        self.key = key
        self.fingerprint = fingerprint
        self.now = now
        // gpgv takes a key's own signatures with SHA-1 (GnuPG 2.2.18 refuses those of others only); sqv under apt's
        // policy does not since 2026-02-01: apt `debian/default-sequoia.config`, sha1.second_preimage_resistance.
        countsSHA1 = reader != .sqv || now < 1_769_904_000
    }

    mutating func state() -> VerifiedKeyring.State {
        do throws(UnusableKey) {
            return try judged()
        } catch {
            return .unusable(error.cause)
        }
    }

    private mutating func judged() throws(UnusableKey) -> VerifiedKeyring.State {
        let verifier = try VerifyingKey(key.key)
        var isRevoked = false
        var lives = try own(key.signatures, by: verifier, over: key.key.hashed, [.direct, .keyRevocation])
        isRevoked = lives.contains { $0.kind == .keyRevocation }
        lives.removeAll { $0.kind == .keyRevocation }
        for name in key.names {
            let count = name.bytes.count
            let head = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
            let message = key.key.hashed + [name.isAttribute ? 0xD1 : 0xB4] + head + name.bytes
            let found = try own(
                name.signatures, by: verifier, over: message, [.certification, .certificationRevocation, .other(0x16)])
            let end = found.filter { $0.kind == .certificationRevocation }.map(\.createdAt).max()
            lives += found.filter { $0.kind == .certification && (end == nil || $0.createdAt > end ?? 0) }
        }
        let subkeys = try self.subkeys(verifier)
        if isRevoked { return .revoked }
        guard let newest = newest(lives) else { throw UnusableKey("no signature of its own counts") }
        if let newestUnread, newestUnread >= newest.createdAt {
            throw UnusableKey("a signature of its own is made in a way that is not known here")
        }
        var end = newest.keyLifetime.map { key.key.createdAt + $0 }
        if !maySign(newest) {
            guard let last = subkeys.max(by: { $0 ?? .max < $1 ?? .max }) else {
                throw UnusableKey("neither the key nor a subkey of it may sign")
            }
            end = [end, last].compactMap(\.self).min()
        }
        if let end, end <= now { return .expired(end) }
        return .good(until: end)
    }

    /// Whether it lets the key sign data.
    private func maySign(_ signature: OpenPGPSignature) -> Bool { signature.keyFlags.map { $0 & 0x02 != 0 } ?? true }

    /// The newest that has not ended itself; of two made in one second the later one stands in for the earlier.
    private func newest(_ signatures: [OpenPGPSignature]) -> OpenPGPSignature? {
        let lasting = signatures.filter { signature in
            signature.lifetime.map { signature.createdAt + $0 > now } ?? true
        }
        return lasting.reduce(nil) { (best: OpenPGPSignature?, next) in
            guard let best, best.createdAt > next.createdAt else { return next }
            return best
        }
    }

    /// Until when each subkey that may sign is good.
    private mutating func subkeys(_ verifier: VerifyingKey) throws(UnusableKey) -> [Int?] {
        var ends: [Int?] = []
        for subkey in key.subkeys where subkey.key.version == 4 {
            let message = key.key.hashed + subkey.key.hashed
            let found = try own(subkey.signatures, by: verifier, over: message, [.subkeyBinding, .subkeyRevocation])
            guard !found.contains(where: { $0.kind == .subkeyRevocation }),
                let newest = newest(found.filter { $0.kind == .subkeyBinding }),
                let flags = newest.keyFlags, flags & 0x02 != 0
            else { continue }
            // The subkey must say as well that it belongs to the key, or anybody could claim another's.
            try checkBack(newest, subkey, message)
            ends.append(newest.keyLifetime.map { subkey.key.createdAt + $0 })
        }
        return ends
    }

    private mutating func checkBack(
        _ binding: OpenPGPSignature, _ subkey: OpenPGPKey.Subkey, _ message: [UInt8]
    ) throws(UnusableKey) {
        let verifier: VerifyingKey
        do throws(UnusableKey) {
            verifier = try VerifyingKey(subkey.key)
        } catch {
            throw UnusableKey("a subkey that may sign cannot be verified: \(error.cause)")
        }
        for body in binding.embedded {
            guard let signature = try? OpenPGPSignature(body), signature.kind == .primaryBinding else { continue }
            switch try outcome(of: signature, verifier, message) {
            case .valid: return
            case .invalid, .unsupported: continue
            }
        }
        throw UnusableKey("a subkey that may sign does not say that it belongs to the key")
    }

    /// The signatures of the key's own that verify.
    ///
    /// - Throws: when one of its own does not, or is of a kind that does not belong there.
    private mutating func own(
        _ signatures: [OpenPGPSignature], by verifier: VerifyingKey, over message: [UInt8],
        _ kinds: [OpenPGPSignature.Kind]
    ) throws(UnusableKey) -> [OpenPGPSignature] {
        var found: [OpenPGPSignature] = []
        for signature in signatures where signature.isBy(fingerprint) {
            guard signature.version == 4 else {
                newestUnread = max(newestUnread ?? 0, signature.createdAt)
                continue
            }
            guard kinds.contains(signature.kind) else {
                throw UnusableKey("a signature of its own is of a kind that does not belong there")
            }
            switch try outcome(of: signature, verifier, message) {
            case .invalid: throw UnusableKey("a signature of its own does not verify")
            case .valid where signature.digestAlgorithm == 2 && !countsSHA1 && signature.kind != .keyRevocation:
                continue
            case .valid where !signature.hasUnknownCriticalPart: found.append(signature)
            case .valid, .unsupported: newestUnread = max(newestUnread ?? 0, signature.createdAt)
            }
        }
        return found
    }

    private mutating func outcome(
        of signature: OpenPGPSignature, _ verifier: VerifyingKey, _ message: [UInt8]
    ) throws(UnusableKey) -> VerifyingKey.Outcome {
        guard budget > 0 else { throw UnusableKey("it has too many signatures of its own") }
        budget -= 1
        let count = signature.hashed.count
        let tail = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        return verifier.verifies(signature, message + signature.hashed + [0x04, 0xFF] + tail)
    }
}
