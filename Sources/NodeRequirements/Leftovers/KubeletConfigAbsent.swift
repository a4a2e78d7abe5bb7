package import NodeState
internal import SystemPackage

/// No kubeconfig of an earlier join exists before the node joins.
///
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunJoinNodeChecks`, `FileAvailableCheck`).
package struct KubeletConfigAbsent: Requirement {
    package static let entry = CatalogEntry(
        "kubelet-config-absent", group: "leftovers", title: "No kubeconfig of an earlier join exists",
        phases: [.join],
        kubeadmChecks: [
            "FileAvailable--etc-kubernetes-kubelet.conf", "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf",
        ], why: "kubeadm join refuses, and the kubelet would call another cluster",
        source: "kubeadm preflight/checks.go",
        checks: "kubelet.conf and bootstrap-kubelet.conf in /etc/kubernetes.",
        manual: ["ls /etc/kubernetes", "sudo kubeadm reset"])

    static let files: [FilePath] = ["/etc/kubernetes/kubelet.conf", "/etc/kubernetes/bootstrap-kubelet.conf"]

    package let inputs: [Input] = LifecycleRule.evidence

    package init(_ configuration: Configuration) {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError)
        -> StaticManifestsAbsent.Observation
    {
        StaticManifestsAbsent.Observation(
            files: try await ClusterLeftovers.present(Self.files, host),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: StaticManifestsAbsent.Observation, at horizon: Horizon) -> Assessment {
        guard seen.membership != .initialised, seen.membership != .joined else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard !seen.files.isEmpty else { return .met(observed: "none in /etc/kubernetes") }
        let findings = ClusterLeftovers.findings(
            seen.files, expected: "no kubeconfig of a kubelet",
            remedy: "an earlier join left it: look at it, then run kubeadm reset")
        return .unmet(
            observed: seen.files.map(\.string).joined(separator: ", "), findings: findings, proposals: [])
    }
}
