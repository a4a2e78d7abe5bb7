internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The key that the packages' repository is signed with is there, is the right one, and is good for a while.
///
/// - Source: sources.list(5), `Signed-By`; kubernetes.io, "Changing The Kubernetes Package Repository".
package struct AptKey: Requirement {
    package static let entry = CatalogEntry(
        "apt-key", group: "packages", title: "The repository's signing key is present and valid",
        why:
            "the key of the community repositories ends on 2026-12-29, and repositories of versions past their end of life were not signed again when the former key ended",
        source:
            "sources.list(5), Signed-By; apt, doc/examples/configure-index, APT::Sandbox::User; RFC 9580, 5.2.3; kubernetes/release#3818",
        checks:
            "The keyring that the repository's entry names: whether apt takes a file of that name, that it holds the expected key and no other, the key's end by the newest of its own signatures, which must all verify, and whether the file's mode lets the user _apt read it.",
        manual: [
            "sudo mkdir -p /etc/apt/keyrings",
            "curl -fsSL https://pkgs.k8s.io/core:/stable:/v1.28/deb/Release.key | sudo gpg --dearmor --yes -o /etc/apt/keyrings/kubernetes-apt-keyring.gpg",
            "gpg --show-keys /etc/apt/keyrings/kubernetes-apt-keyring.gpg",
        ])

    /// With less than this a person should think of keeping the packages.
    static let days = 60

    let wanted: WantedRepository
    package let inputs: [Input]

    package init(_ configuration: Configuration) {
        wanted = WantedRepository(configuration)
        inputs =
            AptSourceFiles.inputs + [
                .path("/etc/apt/keyrings"), .path("/usr/share/keyrings"), .path("/etc/apt"),
                .path("/etc/apt/trusted.gpg.d"), .path("/var/lib/dpkg"), .path("/var/lib/apt/lists"), .path("/usr/bin"),
            ]
    }

    /// What was seen of the key.
    package struct Observation: Equatable, Sendable {
        var key: RepositoryKey
        /// The clock of the host, in seconds since 1970.
        var now: Int
        /// The packages are there and held: nothing more is needed of the repository.
        var isSettled = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let entries = try await AptSourceFiles.read(host).entries
        var serving = entries.filter { entry in
            !entry.entry.isTrusted && entry.entry.types.contains("deb")
                && entry.entry.addresses.contains { wanted.bearing(of: $0, suites: entry.entry.suites) == .wanted }
        }
        if serving.isEmpty { serving = await RepositoryMirrors.entries(wanted, entries, host) }
        // Of several entries the one with the best key stays; that there are several is told of the repository.
        var keys: [RepositoryKey] = []
        for entry in serving {
            let key = try await RepositoryKey.read(wanted, for: entry, host)
            // An entry without Signed-By gets one, and then its key matters; until then one that every entry trusts does.
            if key.isGood || entry.entry.signedBy != nil { keys.append(key) }
        }
        if keys.isEmpty { keys.append(try await RepositoryKey.read(wanted, for: nil, host)) }
        let key = keys.dropFirst().reduce(keys[0]) { $1.rank > $0.rank ? $1 : $0 }
        return Observation(
            key: key, now: try await host.kernel.today() / 1_000_000,
            isSettled: await SettledPackages.areSettled(wanted, host))
    }

    /// The horizon of a key is its date: both answers are the same.
    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let name = wanted.fingerprint.suffix(16)
        switch seen.key.state {
        case .good(until: nil): return .met(observed: "\(name), without an end\(seen.key.place(for: " in "))")
        case .good(until: let end?):
            let left = (end - seen.now) / 86_400
            let text =
                "\(name) until \(CalendarDay.text(seconds: end)), \(left) days left\(seen.key.place(for: ", in "))"
            return left >= Self.days
                ? .met(observed: text) : .unmet(observed: text, findings: [soon(seen, end, left)], proposals: [])
        case .missing, .expired, .revoked, .other, .foreign, .unverified, .unreadable, .closed: return unmet(seen)
        }
    }

    private func soon(_ seen: Observation, _ end: Int, _ left: Int) -> Finding {
        Finding(
            "expires-soon", severity: seen.isSettled ? .info : .warning,
            expected: "the key is good for \(Self.days) days and more",
            actual: "it ends on \(CalendarDay.text(seconds: end)), in \(left) days",
            why: "nothing can be fetched from the repository after that day unless it is signed anew",
            remedy: "install the packages before that day, and keep a copy of them",
            manual: [
                "apt-get download \(WantedRepository.packages.map { "\($0)=\(wanted.version)" }.joined(separator: " "))"
            ],
            evidence: [seen.key.evidence])
    }

    private func unmet(_ seen: Observation) -> Assessment {
        let (reason, actual) = told(seen.key)
        var finding = Finding(
            reason, severity: seen.isSettled ? .info : .error, expected: "the key \(wanted.fingerprint)",
            actual: actual, why: "apt takes nothing from a repository whose signature it cannot verify",
            manual: commands(seen.key), evidence: [seen.key.evidence])
        if seen.isSettled {
            finding.remedy = "nothing, while the packages are installed and held: the repository is not needed"
            return .unmet(observed: actual, findings: [finding], proposals: [])
        }
        if case .closed(let barrier) = seen.key.state {
            finding.remedy = "let every user read \(barrier): there is nothing secret in a public key"
            return .unmet(observed: actual, findings: [finding], proposals: [])
        }
        guard let place = seen.key.place else {
            let isOurs = seen.key.evidence.path == WantedRepository.keyring
            finding.remedy =
                isOurs
                ? "take \(WantedRepository.keyring) away"
                : "fetch the key into \(WantedRepository.keyring) and let the entry name that; nucprep leaves a keyring of the operator's alone"
            return .unmet(observed: actual, findings: [finding], proposals: [])
        }
        let order = KeyOrder(
            url: wanted.keyAddress, fingerprint: wanted.fingerprint, path: place.path, before: place.before)
        return .unmet(
            observed: actual, findings: [finding],
            proposals: [Proposal(.fetchKey(order), .withConsent(.network))])
    }

    private func told(_ key: RepositoryKey) -> (reason: String, actual: String) {
        let path = key.evidence.path
        switch key.state {
        case .missing where key.evidence.line != nil || path == "/etc/apt/trusted.gpg.d":
            return ("missing", "the key is in none of apt's own keyrings")
        case .missing, .good: return ("missing", "\(path) is not there")
        case .expired(let end): return ("expired", "the key in \(path) ended on \(CalendarDay.text(seconds: end))")
        case .revoked: return ("wrong-key", "the key in \(path) was revoked by its owner")
        case .other(let fingerprints):
            return ("wrong-key", "\(path) holds \(fingerprints.isEmpty ? "no key" : Self.list(fingerprints))")
        case .foreign(let fingerprints):
            return (
                "foreign-key",
                "\(path) holds \(fingerprints.count == 1 ? "another key" : "other keys") as well: "
                    + Self.list(fingerprints)
            )
        case .unverified(let cause): return ("unverified", "the key in \(path) does not verify: \(cause)")
        case .unreadable(let cause): return ("unreadable-by-apt", "apt does not take \(path): \(cause)")
        case .closed(let barrier):
            let mode = barrier == path ? "its mode" : "the mode of \(barrier)"
            return ("unreadable-by-apt", "the user _apt cannot read \(path): \(mode) is closed to others")
        }
    }

    /// Three of them at the most.
    private static func list(_ fingerprints: [String]) -> String {
        let shown = fingerprints.prefix(3).joined(separator: ", ")
        return fingerprints.count > 3 ? "\(shown) and \(fingerprints.count - 3) more" : shown
    }

    private func commands(_ key: RepositoryKey) -> [String] {
        let path = key.place?.path ?? WantedRepository.keyring
        if case .closed(let barrier) = key.state {
            return ["sudo chmod a+rX '\(barrier)'", "sudo runuser -u _apt -- test -r '\(path)' && echo readable"]
        }
        let fetch = "curl -fsSL '\(wanted.keyAddress)'"
        return [
            "sudo mkdir -p \(path.removingLastComponent())",
            path.extension == "asc"
                ? "\(fetch) | sudo tee '\(path)'" : "\(fetch) | sudo gpg --dearmor --yes -o '\(path)'",
            "gpg --show-keys '\(path)'",
        ]
    }
}
