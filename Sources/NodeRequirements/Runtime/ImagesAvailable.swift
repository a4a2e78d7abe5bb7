package import NodeState

/// The control plane has the images that kubeadm init would pull first.
///
/// Nothing is pulled, and no registry is asked: what is missing is a matter of minutes, or of a registry that does not
/// answer, and kubeadm alone finds out which.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/images/images.go` (`GetControlPlaneImages`) and
///   `cmd/kubeadm/app/constants/constants.go` (`DefaultEtcdVersion`, `CoreDNSVersion`, `PauseVersion`).
package struct ImagesAvailable: Requirement {
    package static let entry = CatalogEntry(
        "images-available", group: "runtime", title: "The images of the control plane are here", severity: .warning,
        phases: [.initialise], prerequisites: ["containerd-cri-enabled"], kubeadmChecks: ["ImagePull"],
        why: "kubeadm init pulls what is missing, which takes minutes, and fails where the registry does not answer",
        source: "kubeadm images/images.go, constants/constants.go",
        checks:
            "The names that the container runtime lists, against those of kubernetes-version of [cluster]; before the node has joined a cluster.",
        manual: ["sudo kubeadm config images pull --kubernetes-version v1.28.1"])

    /// Where the community's images lie.
    private static let registry = "registry.k8s.io"

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses, .unit("containerd.service")] + LifecycleRule.membershipInputs

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The images that this version of Kubernetes runs on.
    ///
    /// Those with a version of their own are known for 1.28.
    private var wanted: [String] {
        let version = configuration.cluster.kubernetesVersion
        var names = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"].map {
            "\($0):v\(version)"
        }
        if KubernetesRelease(version)?.line == "1.28" {
            names += ["coredns/coredns:v1.10.1", "pause:3.9", "etcd:3.5.9-0"]
        }
        return names.map { "\(Self.registry)/\($0)" }
    }

    /// What is missing, and of how many; `nil` where nothing is pulled.
    package struct Observation: Equatable, Sendable {
        var role: Configuration.Role
        var isMember: Bool
        var missing: [String] = []
        var count = 0
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(
            role: try await NodeRole.of(host, configuration),
            isMember: try await LifecycleRule.membership(of: host) != nil)
        guard horizon == .now, seen.role == .controlPlane, !seen.isMember else { return seen }
        let present = try await ContainerdCRIEnabled.asking { () async throws(ObservationError) in
            try await host.runtime.images()
        }
        seen.missing = wanted.filter { !present.contains($0) }
        seen.count = wanted.count
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "images stay on the disk") }
        guard seen.role == .controlPlane else { return .notApplicable(because: "kubeadm join pulls nothing first") }
        guard !seen.isMember else { return .notApplicable(because: "the node already belongs to a cluster") }
        guard !seen.missing.isEmpty else { return .met(observed: "all \(seen.count) are here") }
        let observed = "\(seen.missing.count) of \(seen.count) \(seen.missing.count == 1 ? "is" : "are") missing"
        let version = configuration.cluster.kubernetesVersion
        let finding = Finding(
            "missing", severity: .warning, expected: "the images of Kubernetes \(version)",
            actual: "\(observed): \(seen.missing.joined(separator: ", "))",
            predicts: Prediction(kubeadm: "ERROR ImagePull where the registry does not answer"),
            remedy: "pull them before init, or let kubeadm init do it",
            manual: ["sudo kubeadm config images pull --kubernetes-version v\(version)"])
        return .unmet(observed: observed, findings: [finding], proposals: [])
    }
}
