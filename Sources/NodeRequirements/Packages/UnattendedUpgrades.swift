internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Automatic upgrades leave the cluster's packages alone.
///
/// - Source: unattended-upgrades(8); apt `debian/apt.systemd.daily`; apt.conf(5).
package struct UnattendedUpgrades: Requirement {
    package static let entry = CatalogEntry(
        "unattended-upgrades", group: "packages", title: "Automatic upgrades cannot touch the cluster's packages",
        severity: .warning,
        why:
            "a security update of containerd restarts it under running pods, and an upgraded kubelet leaves its cluster behind",
        source: "unattended-upgrades(8), Package-Blacklist; apt.conf(5)",
        checks:
            "Whether unattended-upgrades is installed and switched on, which of the packages are installed and not held, whether an allowed origin offers them, and which its Package-Blacklist keeps out, over all of /etc/apt/apt.conf.d and apt.conf.",
        manual: [
            "printf 'Unattended-Upgrade::Package-Blacklist { \"^kube(adm|let|ctl)$\"; \"^containerd([.]io)?$\"; \"^runc$\"; };\\n' | sudo tee /etc/apt/apt.conf.d/52kubernetes",
            "apt-config dump Unattended-Upgrade::Package-Blacklist",
        ])

    /// The file that nucprep owns.
    static let file: FilePath = "/etc/apt/apt.conf.d/52nucprep"
    /// The packages that must stay as they are.
    static let packages = WantedRepository.packages + ["containerd", "containerd.io", "runc"]
    static let timer = "apt-daily-upgrade.timer"
    private static let list = "Unattended-Upgrade::Package-Blacklist"

    package let inputs: [Input] = [
        .path("/etc/apt/apt.conf"), .path("/etc/apt/apt.conf.d"), .path("/var/lib/dpkg"), .path("/var/lib/apt/lists"),
        .path("/etc/os-release"), .unit(timer),
    ]

    package init(_ configuration: Configuration) {}

    /// What was seen of automatic upgrades.
    package enum Observation: Equatable, Sendable {
        /// They do not happen, for this reason.
        case off(String)
        /// They happen.
        case on(Rules)
    }

    /// What they may upgrade.
    package struct Rules: Equatable, Sendable {
        /// The packages that no pattern keeps out.
        var open: [String]
        /// The origins they come from, each as it is written.
        var origins: [AptConfiguration.Setting]
        /// The present bytes of our own file; `nil` when it is absent.
        var ownFile: [UInt8]?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard try await host.packages.package("unattended-upgrades")?.isInstalled == true else {
            return .off("not installed")
        }
        let (all, ownFile) = try await settings(host)
        if all.value("APT::Periodic::Enable").map({ Self.isZero($0.value) }) == true {
            return .off("APT::Periodic::Enable is 0")
        }
        guard let interval = all.value("APT::Periodic::Unattended-Upgrade"), !Self.isZero(interval.value) else {
            return .off("not switched on")
        }
        let rules = Self.rules(all)
        guard !rules.isEmpty else { return .off("no origin is allowed") }
        let patterns = all.list(Self.list).map { NameExpression($0.value) }
        var open: [String] = []
        var origins: [AptConfiguration.Setting] = []
        for name in Self.packages where !patterns.contains(where: { $0?.begins(name) == true }) {
            // What is not there is not upgraded, and what is held is left alone: unattended-upgrades(8).
            guard let package = try await host.packages.package(name), !package.isHeld,
                !["not-installed", "config-files"].contains(package.state)
            else { continue }
            let touching = try await touching(name, rules, host)
            guard !touching.isEmpty else { continue }
            open.append(name)
            for rule in touching where !origins.contains(rule) { origins.append(rule) }
        }
        let seen = Rules(open: open, origins: origins, ownFile: ownFile)
        guard !open.isEmpty else { return .on(seen) }
        if let reason = try await idle(host, horizon) { return .off(reason) }
        return .on(seen)
    }

    /// A rule that allows an origin.
    private struct Rule {
        var setting: AptConfiguration.Setting
        var isPattern: Bool
    }

    private static func rules(_ all: AptConfiguration) -> [Rule] {
        all.list("Unattended-Upgrade::Allowed-Origins").map { Rule(setting: $0, isPattern: false) }
            + all.list("Unattended-Upgrade::Origins-Pattern").map { Rule(setting: $0, isPattern: true) }
    }

    /// The rules that allow upgrades of a package, or may: what is not known counts.
    private func touching(
        _ name: String, _ rules: [Rule], _ host: HostView
    ) async throws(ObservationError) -> [AptConfiguration.Setting] {
        guard let text = try? await host.packages.policy(), let policy = try? AptPolicy(parsing: text),
            let origins = try await UpgradeOrigins(policy: policy, host: host).origins(of: name)
        else {
            // Neither Debian nor Ubuntu has these; containerd and runc they have.
            let isElsewhere = !["containerd", "runc"].contains(name)
            return rules.filter {
                !isElsewhere || !UpgradeOrigin.isOfDistribution($0.setting, isPattern: $0.isPattern)
            }.map(\.setting)
        }
        let distribution = try await host.files.text(at: "/etc/os-release").flatMap(UpgradeOrigin.Distribution.init)
        return rules.filter { rule in
            origins.contains { origin in
                if origin.release == nil, !["containerd", "runc"].contains(name),
                    UpgradeOrigin.isOfDistribution(rule.setting, isPattern: rule.isPattern)
                {
                    return false
                }
                let value = rule.setting.value
                let isAllowed =
                    rule.isPattern
                    ? origin.matches(pattern: value, distribution) : origin.matches(allowed: value, distribution)
                return isAllowed != false
            }
        }.map(\.setting)
    }

    /// apt's settings from all files in their order, and the bytes of our own one.
    private func settings(_ host: HostView) async throws(ObservationError) -> (AptConfiguration, [UInt8]?) {
        var all = AptConfiguration()
        var own: [UInt8]?
        let single: FilePath = "/etc/apt/apt.conf"
        let paths = try await host.aptFiles(single, "/etc/apt/apt.conf.d", .configuration)
        // Unlike with its other files apt reads the single one last.
        for path in paths.filter({ $0 != single }) + paths.filter({ $0 == single }) {
            guard let bytes = try await host.files.bytes(at: path) else { continue }
            var read = all
            do throws(ParseError) {
                try read.read(bytes, file: path.string)
            } catch {
                // Whatever became of our own file, it is written anew.
                guard path == Self.file else { throw .malformed(path, error) }
            }
            all = read
            if path == Self.file { own = bytes }
        }
        if let other = all.inclusions.first {
            throw ObservationError(
                reading: "\(other.file):\(other.line)", cause: "it includes \(other.value), which is not followed here")
        }
        return (all, own)
    }

    /// Why no timer starts them; `nil` when one does.
    private func idle(_ host: HostView, _ horizon: Horizon) async throws(ObservationError) -> String? {
        guard let unit = try await host.units.unit(Self.timer) else { return "there is no \(Self.timer)" }
        switch horizon {
        case .now: return unit.active == "inactive" || unit.load == "masked" ? "\(Self.timer) does not run" : nil
        case .nextBoot: return ["disabled", "masked"].contains(unit.file) ? "\(Self.timer) is \(unit.file)" : nil
        }
    }

    /// A number of days that is 0, with or without its unit.
    private static func isZero(_ value: String) -> Bool {
        let digits = value.utf8.prefix { (0x30...0x39).contains($0) }
        return !digits.isEmpty && digits.allSatisfy { $0 == 0x30 } || value.isEmpty
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        switch seen {
        case .off(let reason): return .met(observed: reason)
        case .on(let rules) where rules.open.isEmpty:
            return .met(observed: "on, and no allowed origin can upgrade the cluster's packages")
        case .on(let rules):
            let names = rules.open.joined(separator: ", ")
            let isWritten = rules.ownFile == Self.text
            let origins = rules.origins.prefix(4).map { "\"\($0.value)\"" }.joined(separator: ", ")
            let finding = Finding(
                "could-upgrade", severity: .warning, expected: "automatic upgrades leave \(names) alone",
                actual: "\(names) may be upgraded", why: "allowed is what comes from \(origins)",
                remedy: isWritten ? "look for what clears \(Self.list) after \(Self.file)" : nil,
                manual: ["apt-config dump \(Self.list)"],
                evidence: rules.origins.prefix(4).map { Evidence(FilePath($0.file), line: $0.line) })
            let edit = FileEdit(path: Self.file, before: rules.ownFile, after: Self.text)
            return .unmet(
                observed: finding.actual, findings: [finding],
                proposals: isWritten ? [] : [Proposal(.writeFile(edit), .always)])
        }
    }

    /// The bytes of our own file: the whole name of each package, so that nothing else is kept back.
    static var text: [UInt8] {
        let names = packages.map { "  \"^\($0.replacing(".", with: "[.]"))$\";" }
        return OwnFile.text(
            about: "packages that automatic upgrades leave alone, unattended-upgrades(8)",
            lines: ["\(list) {"] + names + ["};"])
    }
}
