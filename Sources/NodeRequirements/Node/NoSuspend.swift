internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Nothing puts the machine to sleep.
///
/// - Source: logind.conf(5), `IdleAction=`, `HandleLidSwitch=`; systemd.special(7), `sleep.target`, which every way of
///   sleeping requires; GNOME `org.gnome.settings-daemon.plugins.power`, `sleep-inactive-ac-type`: `suspend`.
package struct NoSuspend: Requirement {
    package static let entry = CatalogEntry(
        "no-suspend", group: "node", title: "The machine does not sleep", severity: .warning,
        why: "a node that sleeps is lost to the cluster, and its pods with it",
        source: "logind.conf(5); systemd.special(7)",
        checks:
            "Whether sleep.target is masked; else IdleAction= and HandleLidSwitch= of logind.conf, a lid, and whether GNOME's display manager is there, which suspends an idle machine unless a user's settings say otherwise.",
        manual: ["sudo systemctl mask \(targets.joined(separator: " "))"])

    private static let targets = ["sleep.target", "suspend.target", "hibernate.target", "hybrid-sleep.target"]
    private static let units: FilePath = "/etc/systemd/system"
    private static let logind: FilePath = "/etc/systemd/logind.conf"
    private static let lids: FilePath = "/proc/acpi/button/lid"
    private static let greeter: FilePath = "/usr/sbin/gdm3"

    package let inputs: [Input] = [.path(units), .path("/usr/sbin")] + layeredInputs("systemd")

    package init(_ configuration: Configuration) {}

    /// What stands in the place of the targets, and what may ask for them.
    package struct Observation: Equatable, Sendable {
        /// The targets that are masked.
        var masked: [String] = []
        /// The targets in whose place something else stands.
        var blocked: [String] = []
        var causes: [Cause] = []
    }

    /// One thing that puts the machine to sleep.
    package struct Cause: Equatable, Sendable {
        var reason: String
        var text: String
        var evidence: Evidence
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        for name in Self.targets {
            switch try await host.files.kind(of: Self.units.appending(name)) {
            case nil: continue
            case .link("/dev/null"): seen.masked.append(name)
            default: seen.blocked.append(name)
            }
        }
        guard !isMasked(seen) else { return seen }
        var files: [LayeredText] = []
        for folder in try await host.bootFolders() where files.isEmpty {
            let path = folder.appending("systemd").appending("logind.conf")
            if let text = try await host.files.text(at: path) { files.append(LayeredText(path: path, text: text)) }
        }
        files += try await host.filesAtBoot(in: "systemd/logind.conf.d")
        let idle = setting("IdleAction", in: files)
        if let idle, idle.value != "ignore", idle.value != "lock" {
            seen.causes.append(
                Cause(reason: "idle-action", text: "IdleAction is \(idle.value)", evidence: idle.evidence))
        }
        if try await !host.files.names(in: Self.lids).isEmpty {
            let lid = setting("HandleLidSwitch", in: files) ?? ("suspend", Evidence(Self.logind))
            if lid.value != "ignore", lid.value != "lock" {
                seen.causes.append(
                    Cause(
                        reason: "lid", text: "closing the lid makes the machine \(lid.value)", evidence: lid.evidence))
            }
        }
        if try await host.files.kind(of: Self.greeter) != nil {
            seen.causes.append(
                Cause(
                    reason: "desktop", text: "GNOME may suspend the machine when it is idle",
                    evidence: Evidence(Self.greeter)))
        }
        return seen
    }

    private func isMasked(_ seen: Observation) -> Bool {
        seen.masked.contains(Self.targets[0]) || seen.masked.count == Self.targets.count - 1
    }

    private func setting(_ key: String, in files: [LayeredText]) -> (value: String, evidence: Evidence)? {
        var found: (value: String, evidence: Evidence)?
        for file in files {
            for item in UnitFile(parsing: file.text).assignments where item.section == "Login" && item.key == key {
                found = item.value.isEmpty ? nil : (item.value, Evidence(file.path, line: item.line))
            }
        }
        return found
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        if isMasked(seen) { return .met(observed: "sleeping is masked") }
        guard !seen.causes.isEmpty else { return .met(observed: "nothing asks for sleep") }
        let isOurs = seen.blocked.isEmpty
        let findings = seen.causes.map { cause in
            Finding(
                cause.reason, severity: .warning, expected: "nothing puts the machine to sleep", actual: cause.text,
                remedy: isOurs
                    ? nil : "mask the targets; in the place of \(seen.blocked.joined(separator: ", ")) stands a file",
                manual: Self.entry.manual, evidence: [cause.evidence])
        }
        let missing = Self.targets.filter { !seen.masked.contains($0) }
        return .unmet(
            observed: findings.map(\.actual).joined(separator: "; "), findings: findings,
            proposals: isOurs ? missing.map { Proposal(.maskUnit($0), .always) } : [])
    }
}
