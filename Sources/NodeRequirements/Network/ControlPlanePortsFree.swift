package import NodeState
internal import SystemPackage

/// The ports of the control plane are free before there is one.
///
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunInitNodeChecks`, `PortOpenCheck`) and
///   `constants.go`.
package struct ControlPlanePortsFree: Requirement {
    package static let entry = CatalogEntry(
        "control-plane-ports-free", group: "network", title: "The ports of the control plane are free",
        phases: [.initialise], kubeadmChecks: ports.map { "Port-\($0)" },
        why: "the API server, etcd, the scheduler and the controller manager could not bind them",
        source: "kubeadm preflight/checks.go; proc_net_tcp.rst",
        checks: "The sockets that listen on TCP 6443, 10259, 10257, 2379 and 2380, on whatever address.",
        manual: ["sudo ss -ltnp"])

    static let ports = [6443, 10259, 10257, 2379, 2380]

    private let configuration: Configuration
    package let inputs: [Input] = LifecycleRule.evidence + [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The ports that are taken, and what the node is.
    package struct Observation: Equatable, Sendable {
        var taken: [Int]
        var role: Configuration.Role
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            taken: try await KubernetesPorts.taken(Self.ports, host), role: try await NodeRole.of(host, configuration),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "what listens after a boot is not known before it")
        }
        guard seen.role == .controlPlane else {
            return .notApplicable(because: "a worker does not use these ports")
        }
        guard seen.membership != .initialised else {
            return .notApplicable(because: "the control plane on this node uses these ports")
        }
        guard !seen.taken.isEmpty else {
            return .met(observed: "\(Self.ports.map(String.init).joined(separator: ", ")) are free")
        }
        let findings = seen.taken.map {
            KubernetesPorts.finding(
                "port-taken", $0,
                remedy: "stop the process that listens there and keep it from starting at boot")
        }
        return .unmet(
            observed: "taken: \(seen.taken.map(String.init).joined(separator: ", "))", findings: findings,
            proposals: [])
    }
}
