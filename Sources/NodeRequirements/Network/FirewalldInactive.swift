package import NodeState
internal import SystemPackage

/// firewalld does not filter the ports of the cluster.
///
/// Which ports its zones let in is not read: an active firewalld is told with the ports that must be open.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`FirewalldCheck`).
package struct FirewalldInactive: Requirement {
    package static let entry = CatalogEntry(
        "firewalld-inactive", group: "network", title: "firewalld does not filter the ports of the cluster",
        severity: .warning, kubeadmChecks: ["Firewalld"], why: "a join waits for ever behind a filter",
        source: "kubeadm preflight/checks.go",
        checks: "firewalld.service: whether it is active, and whether it starts at boot.",
        manual: [
            "sudo firewall-cmd --permanent --add-port=6443/tcp --add-port=10250/tcp --add-port=8472/udp",
            "sudo firewall-cmd --reload",
        ])

    static let unit = "firewalld.service"

    package let inputs: [Input] = [.unit(unit)] + BootedUnits.inputs

    package init(_ configuration: Configuration) {}

    /// The unit at one horizon.
    package struct Observation: Equatable, Sendable {
        var isFiltering: Bool
        var evidence: FilePath?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        if horizon == .now {
            let unit = try await host.units.unit(Self.unit)
            return Observation(
                isFiltering: ["active", "activating", "reloading"].contains(unit?.active), evidence: unit?.fragment)
        }
        var units = try await BootedUnits(host)
        guard case .starts(let link) = try await units.start(of: Self.unit) else {
            return Observation(isFiltering: false, evidence: nil)
        }
        return Observation(isFiltering: true, evidence: link.path)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let state = horizon == .now ? "is active" : "starts at boot"
        guard seen.isFiltering else {
            return .met(observed: horizon == .now ? "firewalld is not active" : "firewalld does not start at boot")
        }
        let finding = Finding(
            "active", severity: .warning, expected: "firewalld lets in TCP 6443 and 10250 and UDP 8472, or is off",
            actual: "\(Self.unit) \(state)", predicts: Prediction(kubeadm: "WARNING Firewalld"),
            remedy: "open the ports of the cluster; then waive this requirement", manual: Self.entry.manual,
            evidence: seen.evidence.map { [Evidence($0)] } ?? [])
        return .unmet(observed: "firewalld \(state)", findings: [finding], proposals: [])
    }
}
