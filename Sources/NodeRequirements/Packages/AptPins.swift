internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// apt prefers exactly the configured version of the cluster's packages.
///
/// - Source: apt_preferences(5), "How APT Interprets Priorities".
package struct AptPins: Requirement {
    package static let entry = CatalogEntry(
        "apt-pins", group: "packages", title: "apt prefers exactly the configured version", severity: .warning,
        why: "a hold protects what is installed; a pin also decides what a fresh installation takes",
        source: "apt_preferences(5)",
        checks:
            "What apt-cache policy says of kubeadm, kubelet and kubectl, and which stanza of /etc/apt/preferences and preferences.d decides; where apt does not know the version yet, the stanzas alone.",
        manual: [
            "printf 'Package: kubeadm kubelet kubectl\\nPin: version 1.28.1-1.1\\nPin-Priority: 990\\n' | sudo tee /etc/apt/preferences.d/kubernetes",
            "apt-cache policy kubeadm kubelet kubectl",
        ])

    /// The file that nucprep owns.
    static let file: FilePath = "/etc/apt/preferences.d/nucprep"
    /// More than every source has by itself; and what brings an older version in place of a newer one.
    static let priorities = (enough: 500, usual: 990, downgrading: 1001)

    let wanted: WantedRepository
    let isDowngradeAllowed: Bool
    package let inputs: [Input] = [
        .path("/etc/apt/preferences"), .path("/etc/apt/preferences.d"), .path("/var/lib/dpkg"),
        .path("/var/lib/apt/lists"),
    ]

    package init(_ configuration: Configuration) {
        wanted = WantedRepository(configuration)
        isDowngradeAllowed = configuration.allowDowngrade
    }

    /// A pin and its file.
    package struct Placed: Equatable, Sendable {
        var file: FilePath
        var pin: AptPreferences.Pin

        var evidence: Evidence { Evidence(file, line: pin.line) }
    }

    /// What was seen of apt's preferences.
    package struct Observation: Equatable, Sendable {
        /// All pins in the order in which apt reads them.
        var pins: [Placed] = []
        /// The files that hold a pin of ours under a name that apt passes over.
        var ignored: [Evidence] = []
        /// What apt itself says; `nil` when it does not know the version: its lists were never fetched.
        var policy: AptPolicy?
        /// The present bytes of our own file; `nil` when it is absent.
        var ownFile: [UInt8]?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        let folder: FilePath = "/etc/apt/preferences.d"
        for path in try await host.aptFiles("/etc/apt/preferences", folder, .preferences) {
            guard let bytes = try await host.files.bytes(at: path) else { continue }
            let file = AptPreferences(bytes)
            if path == Self.file {
                // Whatever became of our own file, it is written anew.
                seen.ownFile = bytes
            } else if let error = file.malformed.first {
                throw .malformed(path, error)
            }
            seen.pins += file.pins.map { Placed(file: path, pin: $0) }
        }
        for name in try await host.files.names(in: folder) where !AptFolder.preferences.reads(name) {
            // What apt does not read need not be readable.
            guard let bytes = try? await host.files.bytes(at: folder.appending(name)),
                let pin = AptPreferences(bytes).pins.first(where: isOfOurs)
            else { continue }
            seen.ignored.append(Evidence(folder.appending(name), line: pin.line))
        }
        let text = try await host.packages.policy()
        do throws(ParseError) {
            let policy = try AptPolicy(parsing: text)
            let isKnown = WantedRepository.packages.contains { policy.package($0)?.version(wanted.version) != nil }
            if isKnown { seen.policy = policy }
        } catch {
            throw ObservationError(reading: "apt-cache policy", cause: "\(error)")
        }
        return seen
    }

    private func isOfOurs(_ pin: AptPreferences.Pin) -> Bool {
        WantedRepository.packages.contains { pin.names($0) == true }
    }

    /// The files are on disk: the next boot changes nothing.
    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let wrong = WantedRepository.packages.compactMap { name in problem(name, seen).map { (name, $0) } }
        guard !wrong.isEmpty else { return .met(observed: "\(wanted.version) by \(places(seen))") }
        let findings = findings(wrong, seen)
        let observed = findings.map(\.actual).joined(separator: "; ")
        let isOurs = wrong.contains { if case .noPin = $0.1 { true } else { false } }
        guard isOurs, seen.ownFile != text else {
            return .unmet(observed: observed, findings: findings, proposals: [])
        }
        let edit = FileEdit(path: Self.file, before: seen.ownFile, after: text)
        return .unmet(observed: observed, findings: findings, proposals: [Proposal(.writeFile(edit), .always)])
    }

    private func places(_ seen: Observation) -> String {
        let deciding = WantedRepository.packages.compactMap { decider($0, seen) }
        let names = deciding.map { "\($0.file):\($0.pin.line)" }
        guard let first = names.first else { return "a pin" }
        return names.allSatisfy { $0 == first } ? first : Set(names).sorted().joined(separator: ", ")
    }

    /// The bytes of our own file.
    var text: [UInt8] {
        let priority = isDowngradeAllowed ? Self.priorities.downgrading : Self.priorities.usual
        return OwnFile.text(
            about: "the version that nucprep.toml wants, apt_preferences(5)",
            lines: [
                "Package: \(WantedRepository.packages.joined(separator: " "))", "Pin: version \(wanted.version)",
                "Pin-Priority: \(priority)",
            ])
    }
}
