package import NodeState
internal import SystemPackage

/// Where the kernel has AppArmor, its profiles can be loaded.
///
/// - Source: apparmor(7); containerd `contrib/apparmor/apparmor.go` runs apparmor_parser for the profile of containers.
package struct AppArmorUsable: Requirement {
    package static let entry = CatalogEntry(
        "apparmor-usable", group: "runtime", title: "AppArmor profiles can be loaded",
        why: "containerd loads a profile for each container, and without apparmor_parser none starts",
        source: "apparmor(7); containerd contrib/apparmor",
        checks: "/sys/module/apparmor/parameters/enabled, and apparmor_parser in /usr/sbin.",
        manual: ["sudo apt-get install -y apparmor", "sudo systemctl restart containerd"])

    static let switchFile: FilePath = "/sys/module/apparmor/parameters/enabled"
    static let programs: [FilePath] = ["/usr/sbin/apparmor_parser", "/sbin/apparmor_parser"]

    package let inputs: [Input] = [.path("/usr/sbin"), .path("/sbin")] + ProgramFile.inputs

    package init(_ configuration: Configuration) {}

    /// The two halves of AppArmor.
    package struct Observation: Equatable, Sendable {
        var isEnabled: Bool
        var hasParser: Bool
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(
            isEnabled: try await host.files.text(at: Self.switchFile)?.first == "Y", hasParser: false)
        for path in Self.programs where try await ProgramFile.at(path, host) == .runs { seen.hasParser = true }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.isEnabled else { return .met(observed: "AppArmor is off") }
        guard !seen.hasParser else { return .met(observed: "AppArmor is on, and apparmor_parser is there") }
        let finding = Finding(
            "parser-missing", expected: "apparmor_parser is installed",
            actual: "the kernel has AppArmor on, and apparmor_parser is not installed",
            predicts: Prediction(kubelet: "starts no container: containerd cannot load its AppArmor profile"),
            remedy: "install the package apparmor", manual: Self.entry.manual,
            evidence: [Evidence(Self.switchFile), Evidence(Self.programs[0])])
        return .unmet(observed: finding.actual, findings: [finding], proposals: [])
    }
}
