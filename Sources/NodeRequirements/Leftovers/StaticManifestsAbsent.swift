package import NodeState
internal import SystemPackage

/// No manifests of a control plane lie in `/etc/kubernetes/manifests` before there is one.
///
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunInitNodeChecks`, `FileAvailableCheck`).
package struct StaticManifestsAbsent: Requirement {
    package static let entry = CatalogEntry(
        "static-manifests-absent", group: "leftovers", title: "No manifests of an earlier control plane exist",
        phases: [.initialise],
        kubeadmChecks: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map {
            "FileAvailable--etc-kubernetes-manifests-\($0).yaml"
        }, why: "kubeadm init refuses, and the kubelet starts what the manifests describe",
        source: "kubeadm preflight/checks.go",
        checks: "The four manifests of a control plane in /etc/kubernetes/manifests.",
        manual: ["ls /etc/kubernetes/manifests", "sudo kubeadm reset"])

    static let folder: FilePath = "/etc/kubernetes/manifests"
    static let files = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map {
        folder.appending("\($0).yaml")
    }

    package let inputs: [Input] = LifecycleRule.evidence

    package init(_ configuration: Configuration) {}

    /// The files, and whether they belong to a cluster that this node is a whole member of.
    package struct Observation: Equatable, Sendable {
        var files: [FilePath]
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            files: try await ClusterLeftovers.present(Self.files, host),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.membership != .initialised else {
            return .notApplicable(because: "they are those of the control plane on this node")
        }
        guard !seen.files.isEmpty else { return .met(observed: "none in \(Self.folder)") }
        let findings = ClusterLeftovers.findings(
            seen.files, expected: "no manifest of a control plane",
            remedy: "an earlier kubeadm init left it: look at it, then run kubeadm reset")
        return .unmet(observed: "\(seen.files.count) in \(Self.folder)", findings: findings, proposals: [])
    }
}
