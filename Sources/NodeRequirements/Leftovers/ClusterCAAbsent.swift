package import NodeState
internal import SystemPackage

/// No certificate authority of another cluster lies on the node before it joins.
///
/// On a control-plane node an authority with its key may be the operator's own, which kubeadm init takes.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunJoinNodeChecks`); kubernetes.io, "Certificate
///   Management with kubeadm", "Custom certificates".
package struct ClusterCAAbsent: Requirement {
    package static let entry = CatalogEntry(
        "cluster-ca-absent", group: "leftovers", title: "No CA certificate of another cluster exists",
        kubeadmChecks: ["FileAvailable--etc-kubernetes-pki-ca.crt"],
        why: "kubeadm join refuses, and a node with the wrong CA is never accepted",
        source: "kubeadm preflight/checks.go", checks: "ca.crt and ca.key in /etc/kubernetes/pki.",
        manual: ["ls /etc/kubernetes/pki", "sudo kubeadm reset"])

    static let certificate: FilePath = "/etc/kubernetes/pki/ca.crt"
    static let key: FilePath = "/etc/kubernetes/pki/ca.key"

    private let configuration: Configuration
    package let inputs: [Input] = LifecycleRule.evidence + [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The authority, and what the node is.
    package struct Observation: Equatable, Sendable {
        var hasCertificate: Bool
        var hasKey: Bool
        var role: Configuration.Role
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            hasCertificate: try await host.files.kind(of: Self.certificate) != nil,
            hasKey: try await host.files.kind(of: Self.key) != nil, role: try await NodeRole.of(host, configuration),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.membership != .initialised, seen.membership != .joined else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard seen.hasCertificate else { return .met(observed: "no \(Self.certificate)") }
        let observed = "\(Self.certificate) exists"
        if seen.role == .controlPlane {
            let finding = Finding(
                "own-authority", severity: .info, expected: "kubeadm init makes the certificate authority",
                actual: seen.hasKey
                    ? "\(observed) with its key"
                    : "\(observed) without its key: kubeadm init takes it for an external CA",
                remedy: "keep it only if it is meant for this cluster", manual: Self.entry.manual,
                evidence: [Evidence(Self.certificate)])
            return .unmet(observed: observed, findings: [finding], proposals: [])
        }
        let findings = ClusterLeftovers.findings(
            [Self.certificate], expected: "no CA certificate before the join",
            remedy: "an earlier cluster left it: look at it, then run kubeadm reset")
        return .unmet(observed: observed, findings: findings, proposals: [])
    }
}
