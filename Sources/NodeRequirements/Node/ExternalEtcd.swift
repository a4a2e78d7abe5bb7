package import NodeState

/// etcd runs on the control plane, the one layout that is supported.
///
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`InitNodeChecks`: only where `etcd.external` is set).
package struct ExternalEtcd: Requirement {
    package static let entry = CatalogEntry(
        "external-etcd", group: "machine", title: "etcd runs on the control plane", severity: .info,
        phases: [.initialise], kubeadmChecks: ["ExternalEtcdVersion", "ExternalEtcdClientCertificates"],
        why: "kubeadm init starts an etcd of its own unless its configuration names another",
        source: "kubeadm preflight/checks.go",
        checks: "Nothing: the kubeadm init that is printed has no configuration that names another etcd.",
        manual: ["sudo kubeadm config print init-defaults"])

    package let inputs: [Input] = []

    package init(_ configuration: Configuration) {}

    /// Nothing is seen.
    package struct Observation: Equatable, Sendable {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation()
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        .notApplicable(because: "the kubeadm init that is printed starts an etcd of its own")
    }
}
