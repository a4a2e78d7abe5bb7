internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Where a package can be had, as unattended-upgrades sees it.
///
/// - Source: unattended-upgrades `unattended-upgrade` (`match_whitelist_string`); python-apt, `Origin`.
struct UpgradeOrigin: Equatable, Sendable {
    /// The host of the repository.
    var site: String
    /// The component; empty where the repository has none.
    var component: String
    /// The fields of its Release file; `nil` when that is not there or cannot be read.
    var release: Release?

    /// What a repository says of itself.
    struct Release: Equatable, Sendable {
        var origin = ""
        var label = ""
        var suite = ""
        var codename = ""

        /// Reads the first stanza of a Release or InRelease file.
        init?(_ bytes: [UInt8]) {
            let text = Deb822(bytes)
            // The frame of a signed file is a stanza of its own.
            guard let stanza = text.first(where: { text.value("Date", of: $0) != nil }) else { return nil }
            origin = text.value("Origin", of: stanza) ?? ""
            label = text.value("Label", of: stanza) ?? ""
            suite = text.value("Suite", of: stanza) ?? ""
            codename = text.value("Codename", of: stanza) ?? ""
        }
    }

    /// What stands for the distribution in the rules.
    struct Distribution: Equatable, Sendable {
        var id: String
        var codename: String

        /// What os-release says; `nil` without an id and a code name.
        ///
        /// - Source: os-release(5); unattended-upgrades takes the words of `lsb_release`, whose id has a capital.
        init?(_ text: String) {
            func value(_ key: String) -> String? {
                let line = text.textLines().last { $0.hasPrefix("\(key)=") }
                return line.map { $0.dropFirst(key.count + 1).filter { $0 != "\"" && $0 != "'" } }
            }
            guard let id = value("ID"), let first = id.first, let codename = value("VERSION_CODENAME") else {
                return nil
            }
            self.id = first.uppercased() + id.dropFirst()
            self.codename = codename
        }
    }

    /// Whether a rule of `Origins-Pattern` allows upgrades from here; `nil` when that is not known.
    func matches(pattern: String, _ distribution: Distribution?) -> Bool? {
        var isKnown = true
        let tokens = pattern.replacing("\\,", with: "%2C").split(separator: ",", omittingEmptySubsequences: false)
        for token in tokens {
            let words = token.split(separator: "=", maxSplits: 1).map { Self.trimmed($0) }
            if words == ["*"] { continue }
            // The program ends with an error at such a rule, and upgrades nothing.
            guard words.count == 2 else { return false }
            guard let value = value(of: words[0]) else {
                isKnown = false
                continue
            }
            guard let wanted = Self.filled(words[1].replacing("%2C", with: ","), distribution) else {
                isKnown = false
                continue
            }
            guard GlobPattern(wanted, as: .shell).matches(value) else { return false }
        }
        return isKnown ? true : nil
    }

    /// Whether a rule of `Allowed-Origins`, which is an origin and a suite, allows upgrades from here.
    func matches(allowed: String, _ distribution: Distribution?) -> Bool? {
        let separator: Character = allowed.contains(":") ? ":" : " "
        let words = allowed.split(separator: separator, maxSplits: 1).map { $0.filter { $0 != " " } }
        guard words.count == 2 else { return false }
        return matches(pattern: "o=\(words[0]),a=\(words[1])", distribution)
    }

    /// Whether a rule is about the archive of Debian or Ubuntu alone, and so cannot be about any other repository.
    static func isOfDistribution(_ rule: AptConfiguration.Setting, isPattern: Bool) -> Bool {
        let origin: Substring?
        if isPattern {
            let token = rule.value.split(separator: ",").first {
                ["o", "origin"].contains($0.prefix { $0 != "=" }.filter { $0 != " " })
            }
            origin = token?.drop { $0 != "=" }.dropFirst().drop { $0 == " " }
        } else {
            origin = rule.value.split { $0 == ":" || $0 == " " }.first
        }
        return origin.map { origin in ["${distro_id}", "Debian", "Ubuntu"].contains { origin.hasPrefix($0) } } ?? false
    }

    /// The value that a key of a rule is about; `nil` when the Release file does not say it.
    private func value(of key: String) -> String? {
        switch key {
        case "o", "origin": release?.origin
        case "l", "label": release?.label
        case "a", "suite", "archive": release?.suite
        case "n", "codename": release?.codename
        case "c", "component": component
        case "site": site
        default: nil
        }
    }

    /// The text without blanks at both ends; those inside belong to it, as in `Docker CE`.
    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop { $0 == " " || $0 == "\t" }
        return String(start.reversed().drop { $0 == " " || $0 == "\t" }.reversed())
    }

    private static func filled(_ text: String, _ distribution: Distribution?) -> String? {
        guard text.contains("${") else { return text }
        guard let distribution else { return nil }
        return text.replacing("${distro_id}", with: distribution.id)
            .replacing("${distro_codename}", with: distribution.codename)
    }
}

/// Reads the origins of packages.
struct UpgradeOrigins {
    let policy: AptPolicy
    let host: HostView

    /// Where the versions of a package can be had; `nil` when apt was not asked for it.
    ///
    /// apt prints every package that is installed, so one that is missing in its answer was not asked for.
    func origins(of name: String) async throws(ObservationError) -> [UpgradeOrigin]? {
        guard let package = policy.package(name) else { return nil }
        var origins: [UpgradeOrigin] = []
        for source in package.versions.flatMap(\.sources) where !source.text.hasPrefix("/") {
            let words = source.text.split(separator: " ")
            guard let address = words.first else { continue }
            // A flat repository has no suite, and apt prints two blanks in its place.
            let isFlat = words.count < 3
            let place = isFlat ? [] : words[1].split(separator: "/")
            let suite = place.dropLast(place.count > 1 ? 1 : 0).joined(separator: "/")
            let origin = UpgradeOrigin(
                site: source.host, component: place.count > 1 ? String(place.last ?? "") : "",
                release: try await release(String(address), suite: isFlat ? nil : suite))
            if !origins.contains(origin) { origins.append(origin) }
        }
        return origins
    }

    /// - Source: apt `apt-pkg/contrib/strutl.cc` (`URItoFileName`).
    private func release(_ address: String, suite: String?) async throws(ObservationError) -> UpgradeOrigin.Release? {
        let path = address.split(separator: "/", omittingEmptySubsequences: false).dropFirst(2).joined(separator: "/")
        let folder = suite.map { "\(path)/dists/\($0)" } ?? path
        let name = folder.replacing("_", with: "%5f").replacing("~", with: "%7e").replacing("/", with: "_")
        for ending in ["InRelease", "Release"] {
            let file = FilePath("/var/lib/apt/lists").appending("\(name)_\(ending)")
            if let bytes = try await host.files.bytes(at: file), let release = UpgradeOrigin.Release(bytes) {
                return release
            }
        }
        return nil
    }
}
