internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The key that apt would verify the wanted repository with.
struct RepositoryKey: Equatable, Sendable {
    /// What is wrong with it, or how long it is good.
    enum State: Equatable, Sendable {
        /// Ends at this moment, in seconds since 1970; `nil` never.
        case good(until: Int?)
        /// Ended at this moment.
        case expired(Int)
        /// It was taken back by its owner.
        case revoked
        /// There are keys, and the wanted one is not among them; their fingerprints.
        case other([String])
        /// apt does not take the file, for this reason.
        case unreadable(String)
        /// The key is good, and the mode of this file or folder keeps the user as whom apt verifies from reading it.
        case closed(FilePath)
        case missing
    }

    /// The keyring, or the file with the entry that holds the key.
    var evidence: Evidence
    var state: State
    /// Where a key may be fetched to, and what lies there; `nil` where only a person may change something.
    var place: Place?

    /// A place for a fetched key.
    struct Place: Equatable, Sendable {
        var path: FilePath
        var before: [UInt8]?
    }

    /// How good a state is: the best of several keyrings counts.
    var rank: Int {
        switch state {
        case .good: 5
        case .expired: 4
        case .revoked: 3
        case .other: 2
        case .unreadable, .closed: 1
        case .missing: 0
        }
    }

    /// The key of an entry; without one, or for one that names no key, that of our own keyring.
    static func read(
        _ wanted: WantedRepository, for entry: AptEntry?, _ host: HostView
    ) async throws(ObservationError) -> RepositoryKey {
        let now = try await host.kernel.today() / 1_000_000
        var found: [RepositoryKey] = []
        switch entry?.entry.signedBy {
        case .inline(let text)?:
            let state = judge(Array(text.utf8), name: "inline.asc", wanted, now, host)
            return RepositoryKey(evidence: entry?.evidence ?? Evidence(WantedRepository.list), state: state)
        case .files(let paths)?:
            for path in paths { found.append(try await keyring(FilePath(path), wanted, now, host)) }
        case .fingerprints?:
            // The keys that every repository trusts: the only place where apt looks for a bare fingerprint.
            for path in try await trusted(host) { found.append(try await keyring(path, wanted, now, host)) }
            for index in found.indices { found[index].place = nil }
        case nil: break
        }
        let best = found.reduce(nil) { (best: RepositoryKey?, next) in
            guard let best, best.rank >= next.rank else { return next }
            return best
        }
        // Keys of others in apt's own keyrings are no wrong keys: the wanted one is missing among them.
        if case .fingerprints? = entry?.entry.signedBy, (best?.rank ?? 0) < 3 {
            return RepositoryKey(evidence: entry?.evidence ?? Evidence("/etc/apt/trusted.gpg.d"), state: .missing)
        }
        if let best { return best }
        return try await keyring(WantedRepository.keyring, wanted, now, host)
    }

    private static func trusted(_ host: HostView) async throws(ObservationError) -> [FilePath] {
        let folder: FilePath = "/etc/apt/trusted.gpg.d"
        let names = try await host.files.names(in: folder).filter { $0.hasSuffix(".gpg") || $0.hasSuffix(".asc") }
        return ["/etc/apt/trusted.gpg"] + names.map { folder.appending($0) }
    }

    private static func keyring(
        _ path: FilePath, _ wanted: WantedRepository, _ now: Int, _ host: HostView
    ) async throws(ObservationError) -> RepositoryKey {
        let bytes = try await host.files.bytes(at: path)
        if bytes == nil, case .link? = try await host.files.kind(of: path) {
            // What somebody linked is theirs to mend: a fetched key would end up elsewhere, or nowhere.
            return RepositoryKey(evidence: Evidence(path), state: .unreadable("it is a link that leads nowhere"))
        }
        let state = bytes.map { judge($0, name: path.string, wanted, now, host) } ?? .missing
        if case .good = state, let barrier = try await host.files.barrier(to: path) {
            // The mode is an operator's word, and a key that is fetched again would not be read either.
            return RepositoryKey(evidence: Evidence(path), state: .closed(barrier))
        }
        // A keyring of the operator's may hold other keys, and what packages installed is theirs to change.
        let isOurs = path == WantedRepository.keyring || bytes == nil && path.starts(with: "/etc/apt/keyrings")
        return RepositoryKey(
            evidence: Evidence(path), state: state, place: isOurs ? Place(path: path, before: bytes) : nil)
    }

    private static func judge(
        _ bytes: [UInt8], name: String, _ wanted: WantedRepository, _ now: Int, _ host: HostView
    ) -> State {
        guard !bytes.isEmpty else { return .unreadable("it is empty") }
        guard OpenPGPKey.isReadByApt(bytes, name: name) else {
            return .unreadable(
                name.hasSuffix(".asc")
                    ? "it is no armoured key, and its name ends in .asc"
                    : OpenPGPKey.form(of: bytes) == .armoured
                        ? "it is no binary key, and the name of an armoured one must end in .asc"
                        : "it does not begin with a key")
        }
        let keys: [OpenPGPKey]
        do throws(ParseError) {
            keys = try OpenPGPKey.keys(in: bytes)
        } catch {
            return .unreadable(error.problem)
        }
        var others: [String] = []
        for key in keys {
            guard key.version == 4 else { continue }
            let fingerprint = host.packages.sha1(key.fingerprintInput)
            guard fingerprint == wanted.fingerprint else {
                others.append(fingerprint)
                continue
            }
            let life = key.life(fingerprint: fingerprint)
            if life.isRevoked { return .revoked }
            if let end = life.expiresAt, end <= now { return .expired(end) }
            return .good(until: life.expiresAt)
        }
        return .other(others)
    }
}

/// A day of the calendar.
enum CalendarDay {
    /// The day of a moment in UTC, `YYYY-MM-DD`, counted in years of the Gregorian calendar that begin in March.
    static func text(seconds: Int) -> String {
        let days = Int((Double(seconds) / 86_400).rounded(.down)) + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let month = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * month + 2) / 5 + 1
        let number = month < 10 ? month + 3 : month - 9
        let year = yearOfEra + era * 400 + (number <= 2 ? 1 : 0)
        let padded = { (value: Int) in value < 10 ? "0\(value)" : "\(value)" }
        return "\(year)-\(padded(number))-\(padded(day))"
    }
}
