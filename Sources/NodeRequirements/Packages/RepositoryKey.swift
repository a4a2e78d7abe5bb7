internal import ConfigFormats
internal import Keyrings
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
        /// The wanted key is there, and these are as well: apt takes packages that are signed by any of them.
        case foreign([String])
        /// Nothing that the keyring says of the wanted key can be believed, for this reason.
        case unverified(String)
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

    /// Whether apt verifies the repository with it, and with no other key.
    var isGood: Bool { if case .good = state { true } else { false } }

    /// Whether it lies where every repository trusts it.
    var isTrustedByAll: Bool {
        evidence.path == "/etc/apt/trusted.gpg" || evidence.path.starts(with: "/etc/apt/trusted.gpg.d")
    }

    /// The place, with words in front, where it is one that every repository trusts; else nothing.
    func place(for words: String) -> String { isTrustedByAll ? "\(words)\(evidence.path)" : "" }

    /// How good a state is: the best of several keyrings counts.
    var rank: Int {
        switch state {
        case .good: 7
        case .foreign: 6
        case .expired: 5
        case .revoked: 4
        case .unverified: 3
        case .other: 2
        case .unreadable, .closed: 1
        case .missing: 0
        }
    }

    /// The key of an entry; without one, that of our own keyring.
    ///
    /// For an entry without Signed-By, or with a bare fingerprint, apt looks in the keyrings that every repository trusts.
    static func read(
        _ wanted: WantedRepository, for entry: AptEntry?, _ host: HostView
    ) async throws(ObservationError) -> RepositoryKey {
        let reading = KeyringReading(
            wanted: wanted, now: try await host.kernel.today() / 1_000_000, reader: try await host.keyringReader(),
            host: host)
        guard let entry else { return try await reading.keyring(WantedRepository.keyring) }
        switch entry.entry.signedBy {
        case .inline(let text)?:
            let state = reading.judge(Array(text.utf8), name: "inline.asc")
            return RepositoryKey(evidence: entry.evidence, state: state)
        case .files(let paths)?: return try await reading.named(paths.map { FilePath($0) })
        case .fingerprints?, nil: return try await reading.trusted(entry)
        }
    }
}

extension HostView {
    /// What apt verifies with on this machine.
    ///
    /// - Source: apt `apt-pkg/acquire-item.cc` (`GetCustomURI` of the signature): sqv where apt was built with it, which
    ///   Debian's is from 2.9.19 on, and the program is there; the shell script went with 2.9.
    fileprivate func keyringReader() async throws(ObservationError) -> OpenPGPKey.Reader {
        // Without dpkg's answer the one that goes by the name alone, whose rules the others understand.
        guard let text = (try? await packages.package("apt"))??.version else { return .gpgv }
        let version = DebianVersion(text)
        guard version >= DebianVersion("2.9") else { return .script }
        return try await files.kind(of: "/usr/bin/sqv") != nil && version >= DebianVersion("2.9.19") ? .sqv : .gpgv
    }
}

/// Reads keyrings as apt would on one machine.
private struct KeyringReading {
    let wanted: WantedRepository
    /// In seconds since 1970.
    let now: Int
    let reader: OpenPGPKey.Reader
    let host: HostView

    /// The keyrings that an entry names: apt trusts all keys of all of them.
    func named(_ paths: [FilePath]) async throws(ObservationError) -> RepositoryKey {
        var found: [RepositoryKey] = []
        for path in paths { found.append(try await keyring(path)) }
        guard var best = Self.best(found) else { return try await keyring(WantedRepository.keyring) }
        let others = found.flatMap { key in
            switch key.state {
            case .other(let others), .foreign(let others): others
            default: [String]()
            }
        }
        if case .good = best.state, !others.isEmpty {
            let place = found.first { [.other(others), .foreign(others)].contains($0.state) }
            best = RepositoryKey(evidence: place?.evidence ?? best.evidence, state: .foreign(others))
        }
        return best
    }

    /// The keyrings that every repository trusts.
    ///
    /// Keys of others in there are no foreign ones; the wanted one may be missing among them.
    func trusted(_ entry: AptEntry) async throws(ObservationError) -> RepositoryKey {
        let folder: FilePath = "/etc/apt/trusted.gpg.d"
        let names = try await host.files.names(in: folder).filter { $0.hasSuffix(".gpg") || $0.hasSuffix(".asc") }
        var found: [RepositoryKey] = []
        for path in ["/etc/apt/trusted.gpg"] + names.map({ folder.appending($0) }) {
            found.append(try await keyring(path, isNamed: false))
        }
        guard var best = Self.best(found), best.rank >= 3 else {
            return RepositoryKey(evidence: entry.evidence, state: .missing)
        }
        best.place = nil
        return best
    }

    private static func best(_ keys: [RepositoryKey]) -> RepositoryKey? {
        keys.reduce(nil) { (best: RepositoryKey?, next) in
            guard let best, best.rank >= next.rank else { return next }
            return best
        }
    }

    func keyring(_ path: FilePath, isNamed: Bool = true) async throws(ObservationError) -> RepositoryKey {
        let bytes = try await host.files.bytes(at: path)
        if bytes == nil, case .link? = try await host.files.kind(of: path) {
            // What somebody linked is theirs to mend: a fetched key would end up elsewhere, or nowhere.
            return RepositoryKey(evidence: Evidence(path), state: .unreadable("it is a broken link"))
        }
        let state = bytes.map { judge($0, name: path.string, isNamed: isNamed) } ?? .missing
        if case .good = state, let barrier = try await host.files.barrier(to: path) {
            // The mode is an operator's word, and a key that is fetched again would not be read either.
            return RepositoryKey(evidence: Evidence(path), state: .closed(barrier))
        }
        // A keyring of the operator's may hold other keys, and what packages installed is theirs to change.
        let isOurs = path == WantedRepository.keyring || bytes == nil && path.starts(with: "/etc/apt/keyrings")
        return RepositoryKey(
            evidence: Evidence(path), state: state, place: isOurs ? .init(path: path, before: bytes) : nil)
    }

    func judge(_ bytes: [UInt8], name: String, isNamed: Bool = true) -> RepositoryKey.State {
        guard !bytes.isEmpty else { return .unreadable("it is empty") }
        guard OpenPGPKey.isRead(bytes, name: name, by: reader, isNamed: isNamed) else {
            return .unreadable(
                name.hasSuffix(".asc")
                    ? "it is no armoured key, and its name ends in .asc"
                    : OpenPGPKey.form(of: bytes) == .armoured
                        ? "it is no binary key, and the name of an armoured one must end in .asc"
                        : "it does not begin with a key")
        }
        let ring: VerifiedKeyring
        do throws(ParseError) {
            ring = try VerifiedKeyring(bytes, now: now, reader: reader)
        } catch {
            return .unreadable(error.problem)
        }
        let others = ring.others(than: wanted.fingerprint)
        switch ring.state(of: wanted.fingerprint) {
        case nil: return .other(others)
        case .revoked?: return .revoked
        case .unusable(let cause)?: return .unverified(cause)
        case .expired(let end)?: return .expired(end)
        case .good(let end)?: return others.isEmpty || !isNamed ? .good(until: end) : .foreign(others)
        }
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
