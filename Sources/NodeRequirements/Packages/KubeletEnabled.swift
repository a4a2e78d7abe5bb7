package import NodeState
internal import SystemPackage

/// kubelet.service starts at boot.
///
/// That it restarts over and over before init or join is normal: it has no configuration yet.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`ServiceCheck`); systemd.unit(5).
package struct KubeletEnabled: Requirement {
    package static let entry = CatalogEntry(
        "kubelet-enabled", group: "packages", title: "kubelet.service is enabled", severity: .warning,
        prerequisites: ["package-system-healthy", "package-versions"], kubeadmChecks: ["Service-Kubelet"],
        why: "the node would not come back after a reboot", source: "kubeadm preflight/checks.go; systemd.unit(5)",
        checks: "Whether kubelet.service is enabled and not masked, now and for the next boot.",
        manual: ["sudo systemctl unmask kubelet", "sudo systemctl enable kubelet"])

    static let unit = "kubelet.service"

    package let inputs: [Input] = [.unit(unit)] + BootedUnits.inputs

    package init(_ configuration: Configuration) {}

    /// The unit at one horizon.
    package struct Observation: Equatable, Sendable {
        var isThere: Bool
        /// What masks it.
        var mask: FilePath?
        var isMasked: Bool
        var isEnabled: Bool
        /// Its state now; `nil` for the next boot.
        var state: String?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        if horizon == .now {
            let unit = try await host.units.unit(Self.unit)
            let isMasked = unit?.load == "masked" || unit?.file.hasPrefix("masked") == true
            return Observation(
                isThere: unit != nil && unit?.load != "not-found", mask: nil, isMasked: isMasked,
                isEnabled: unit?.file.hasPrefix("enabled") == true, state: unit.map { "\($0.active) (\($0.sub))" })
        }
        var units = try await BootedUnits(host)
        let mask = try await units.mask(of: Self.unit)
        return Observation(
            isThere: try await units.file(of: Self.unit) != nil, mask: mask, isMasked: mask != nil,
            isEnabled: try await units.start(of: Self.unit).isCertain, state: nil)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let evidence = seen.mask.map { [Evidence($0)] } ?? []
        if seen.isMasked {
            let finding = Finding(
                "masked", expected: "\(Self.unit) is enabled", actual: "\(Self.unit) is masked",
                predicts: Prediction(
                    kubeadm: "WARNING Service-Kubelet", kubelet: "does not start, so init and join fail"),
                remedy: "unmask and enable it", manual: Self.entry.manual, evidence: evidence)
            return .unmet(observed: "masked", findings: [finding], proposals: [])
        }
        guard seen.isEnabled else {
            let finding = Finding(
                "disabled", severity: .warning, expected: "\(Self.unit) is enabled",
                actual: seen.isThere ? "\(Self.unit) is not enabled" : "there is no \(Self.unit)",
                predicts: Prediction(kubeadm: "WARNING Service-Kubelet"),
                remedy: seen.isThere ? nil : "install the kubelet with its unit",
                manual: ["sudo systemctl enable kubelet"])
            return .unmet(
                observed: seen.isThere ? "not enabled" : "no unit", findings: [finding],
                proposals: seen.isThere ? [Proposal(.enableUnit(Self.unit), .always)] : [])
        }
        return .met(
            observed: seen.state.map { "enabled, \($0): restarts are normal before init and join" } ?? "enabled")
    }
}
