package import NodeState

/// kubeadm is run as root; nothing of a node could tell.
///
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`IsPrivilegedUserCheck`).
package struct RootPrivileges: Requirement {
    package static let entry = CatalogEntry(
        "root-privileges", group: "machine", title: "kubeadm is run as root", severity: .info,
        kubeadmChecks: ["IsPrivilegedUser"], why: "kubeadm writes below /etc and /var",
        source: "kubeadm preflight/checks.go", checks: "Nothing: every command that is printed begins with sudo.",
        manual: ["sudo -v"])

    package let inputs: [Input] = []

    package init(_ configuration: Configuration) {}

    /// Nothing is seen.
    package struct Observation: Equatable, Sendable {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation()
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        .notApplicable(because: "who runs kubeadm decides; the commands that are printed begin with sudo")
    }
}
