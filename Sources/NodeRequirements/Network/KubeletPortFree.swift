package import NodeState
internal import SystemPackage

/// The kubelet's port is free before the node belongs to a cluster.
///
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`PortOpenCheck`, `KubeletPort`).
package struct KubeletPortFree: Requirement {
    package static let entry = CatalogEntry(
        "kubelet-port-free", group: "network", title: "The kubelet's port 10250 is free",
        kubeadmChecks: ["Port-10250"], why: "the kubelet could not bind it",
        source: "kubeadm preflight/checks.go; proc_net_tcp.rst",
        checks: "The sockets that listen on TCP 10250, on whatever address.",
        manual: ["sudo ss -ltnp 'sport = :10250'"])

    static let port = 10250

    package let inputs: [Input] = LifecycleRule.evidence + [.unit("kubelet.service")]

    package init(_ configuration: Configuration) {}

    /// Whether the port is taken, and by what as far as that is known.
    package struct Observation: Equatable, Sendable {
        var isTaken: Bool
        var membership: Lifecycle?
        /// Whether kubelet.service runs.
        var hasKubelet: Bool
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let isTaken = try await !KubernetesPorts.taken([Self.port], host).isEmpty
        let kubelet = isTaken ? try await host.units.unit("kubelet.service") : nil
        return Observation(
            isTaken: isTaken, membership: try await LifecycleRule.membership(of: host),
            hasKubelet: kubelet?.active == "active")
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else {
            return .notApplicable(because: "what listens after a boot is not known before it")
        }
        guard seen.membership != .initialised, seen.membership != .joined else {
            return .notApplicable(because: "the kubelet of this node uses it")
        }
        guard seen.isTaken else { return .met(observed: "\(Self.port) is free") }
        let finding =
            seen.hasKubelet
            ? KubernetesPorts.finding(
                "foreign-kubelet", Self.port,
                why:
                    "kubelet.service is active although the node belongs to no cluster: an earlier configuration keeps it running",
                remedy: "run kubeadm reset, or stop kubelet.service")
            : KubernetesPorts.finding(
                "port-taken", Self.port,
                remedy: "stop the process that listens there and keep it from starting at boot")
        return .unmet(observed: "\(Self.port) is taken", findings: [finding], proposals: [])
    }
}
