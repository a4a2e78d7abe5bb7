internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Exactly one signed repository has the packages of the cluster's Kubernetes minor.
///
/// - Source: sources.list(5); kubernetes.io, "Changing The Kubernetes Package Repository".
package struct AptRepository: Requirement {
    package static let entry = CatalogEntry(
        "apt-repository", group: "packages",
        title: "Exactly one signed repository of the cluster's minor is configured",
        why:
            "the exact version exists only in the community repository of that minor; the former repositories are gone",
        source: "sources.list(5); kubernetes.io, Changing The Kubernetes Package Repository; kubernetes/release#3485",
        checks:
            "All of apt's sources, one-line and deb822: entries of the configured repository and who signs them, entries of other minors, and those of repositories that are gone.",
        manual: [
            "echo 'deb [signed-by=/etc/apt/keyrings/kubernetes-apt-keyring.gpg] https://pkgs.k8s.io/core:/stable:/v1.28/deb/ /' | sudo tee /etc/apt/sources.list.d/kubernetes.list",
            "sudo apt-get update",
        ])

    let wanted: WantedRepository
    let pins: AptPins
    package let inputs: [Input]

    package init(_ configuration: Configuration) {
        wanted = WantedRepository(configuration)
        pins = AptPins(configuration)
        inputs = AptKey(configuration).inputs + pins.inputs
    }

    /// An entry that is about Kubernetes.
    package struct Source: Equatable, Sendable {
        var entry: AptEntry
        var bearing: WantedRepository.Bearing
        /// Other repositories stand in the same entry, and would be switched off with it.
        var isShared = false
        /// How good the key is that it names; the best one stays of several.
        var keyRank = 0
        /// The keyring for all repositories that has the right key, for an entry that names none.
        var trustedBy: FilePath?

        var isSigned: Bool { entry.entry.signedBy != nil && !entry.entry.isTrusted }
        /// Whether apt verifies what it brings with the right key.
        var isServing: Bool { isSigned || trustedBy != nil && !entry.entry.isTrusted }
    }

    /// What was seen of apt's sources.
    package struct Observation: Equatable, Sendable {
        var sources: [Source] = []
        /// Entries of other addresses that serve the wanted version under the wanted key; looked for where none serves.
        var mirrors: [AptEntry] = []
        /// The files with such an entry, and our own list, where it is there.
        var files: [FilePath: [UInt8]] = [:]
        /// The right key is there: lists can be fetched.
        var hasKey = false
        var hasLists = false
        var isPinned = false
        /// The packages are there and held: nothing more is needed of the repository.
        var isSettled = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let all = try await AptSourceFiles.read(host)
        var seen = Observation()
        // Thousands of entries may name one keyring: it is read once.
        var keys: [AptSources.SignedBy?: RepositoryKey] = [:]
        for entry in all.entries {
            let bearings = entry.entry.addresses.map { wanted.bearing(of: $0, suites: entry.entry.suites) }
            for bearing in Set(bearings) where bearing != .none {
                // Sources alone bring no package; those of a repository that is gone stop apt as well.
                guard bearing == .legacy || entry.entry.types.contains("deb") else { continue }
                var source = Source(entry: entry, bearing: bearing)
                source.isShared =
                    bearings.contains { $0 != bearing } || bearing == .wanted && entry.entry.suites.count > 1
                if bearing == .wanted, !entry.entry.isTrusted {
                    let known = keys[entry.entry.signedBy]
                    let key = if let known { known } else { try await RepositoryKey.read(wanted, for: entry, host) }
                    keys[entry.entry.signedBy] = key
                    source.keyRank = key.rank
                    if key.isGood, key.isTrustedByAll { source.trustedBy = key.evidence.path }
                }
                seen.sources.append(source)
                seen.files[entry.file] = all.bytes[entry.file]
            }
        }
        if keeper(seen) == nil {
            for entry in await RepositoryMirrors.entries(wanted, all.entries, host)
            where try await RepositoryKey.read(wanted, for: entry, host).isGood { seen.mirrors.append(entry) }
        }
        let own = WantedRepository.list
        seen.files[own] = try await host.files.bytes(at: own)
        let key = try await RepositoryKey.read(wanted, for: nil, host)
        if case .good = key.state { seen.hasKey = true }
        seen.hasLists = try await hasLists(host)
        // A pin that cannot be judged is no pin here; why is told by the requirement about pins.
        if seen.sources.contains(where: { if case .otherMinor = $0.bearing { true } else { false } }),
            let pinned = try? await pins.observe(host, at: horizon)
        {
            if case .met = pins.assess(pinned, at: horizon) { seen.isPinned = true }
        }
        seen.isSettled = await SettledPackages.areSettled(wanted, host)
        return seen
    }

    /// Whether apt fetched the repository's lists before.
    ///
    /// - Source: apt `apt-pkg/contrib/strutl.cc` (`URItoFileName`): the address without its scheme, slashes as `_`.
    private func hasLists(_ host: HostView) async throws(ObservationError) -> Bool {
        let start = String(
            wanted.address.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).joined(separator: "_"))
        return try await host.files.names(in: "/var/lib/apt/lists").contains {
            $0.hasPrefix(start) && ($0.hasSuffix("InRelease") || $0.hasSuffix("Release"))
        }
    }

    /// The sources are on disk: the next boot changes nothing.
    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let findings = findings(seen)
        guard !findings.isEmpty else {
            let serving = seen.sources.first { $0.bearing == .wanted }
            let place = serving.map { "\($0.entry.file):\($0.entry.entry.line)" } ?? ""
            return .met(
                observed: "\(place) serves \(wanted.address)\(seen.hasLists ? "" : ", its lists not fetched yet")")
        }
        return .unmet(
            observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: changes(seen))
    }
}
