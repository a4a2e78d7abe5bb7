internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// What a cluster left on the node makes a whole: nothing, a worker, or a control plane that runs.
///
/// - Source: kubeadm, cmd/kubeadm/app/preflight/checks.go: init and join refuse what they find of an
///   earlier cluster.
package struct LifecycleConsistent: Requirement {
    package static let entry = CatalogEntry(
        "lifecycle-consistent", group: "node", title: "The node's cluster state is whole",
        kubeadmChecks: [
            "DirAvailable--var-lib-etcd",
            "FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
            "FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
            "FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
            "FileAvailable--etc-kubernetes-manifests-etcd.yaml", "FileAvailable--etc-kubernetes-kubelet.conf",
            "FileAvailable--etc-kubernetes-bootstrap-kubelet.conf", "FileAvailable--etc-kubernetes-pki-ca.crt",
        ],
        why: "kubeadm refuses a node with half a cluster on it, and what it does accept fails later in odd ways",
        source: "kubeadm, cmd/kubeadm/app/preflight/checks.go and cmd/kubeadm/app/constants/constants.go",
        checks:
            "the files of the kubelet, the manifests and the authority below /etc/kubernetes, /var/lib/etcd, and for a control plane whether its API server runs; what is there against the role that nucprep.toml gives this node",
        manual: ["sudo ls -R /etc/kubernetes /var/lib/etcd", "sudo kubeadm reset"])

    private let configuration: Configuration
    package let inputs: [Input] = LifecycleRule.membershipInputs + [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// What was found of a cluster.
    package struct Observation: Equatable, Sendable {
        var paths: [FilePath] = []
        var lifecycle: Lifecycle?
        /// How the API server is, where the files are those of a whole control plane.
        var server: APIServerSigns?
        /// The role that the configuration gives the node; `nil` where it names no nodes.
        var role: Configuration.Role?
    }

    /// Looks at the files, which a boot does not change, and at the API server, which comes up again with them.
    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let evidence = try await ClusterEvidence.read(host)
        var seen = Observation(paths: evidence.paths, lifecycle: evidence.lifecycle)
        if seen.lifecycle == .initialised {
            let signs = try await APIServerSigns.read(host)
            seen.server = signs
            if signs.isDue, !signs.isRunning { seen.lifecycle = .leftover }
        }
        // Which node this is matters only where there is a whole to compare with its role.
        if seen.lifecycle == .joined || seen.lifecycle == .initialised {
            seen.role = try await NodeIdentity.of(host, configuration).node?.role
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let list = seen.paths.map(\.string).joined(separator: ", ")
        switch seen.lifecycle {
        case nil, .fresh?, .prepared?: return .met(observed: "nothing of a cluster is on this node")
        case .joined?:
            guard seen.role == .controlPlane else { return .met(observed: "this node is a worker of a cluster") }
            return unmet(
                seen, actual: "this node is a worker of a cluster, and the configuration makes it the control plane",
                remedy: "give another node the role control-plane, or take this node out of its cluster")
        case .initialised?:
            guard seen.role != .worker else {
                return unmet(
                    seen, actual: "a control plane runs on this node, and the configuration makes it a worker: \(list)",
                    remedy:
                        "give this node the role control-plane, or remove its control plane after a look at what it holds"
                )
            }
            return .met(observed: "this node is the control plane of a cluster")
        case .leftover?:
            guard let server = seen.server else {
                return unmet(
                    seen, actual: "files of an earlier cluster are left: \(list)",
                    remedy: "look at what they hold, then remove them with kubeadm reset",
                    manual: ["sudo kubeadm reset"])
            }
            return unmet(
                seen,
                actual:
                    "all files of a control plane are there, and its API server does not run on port \(server.port)",
                remedy:
                    "find out why: if kubeadm init failed here, run kubeadm reset, mend the cause, and run kubeadm init again; if this control plane has run before, do not reset it",
                manual: [
                    "sudo crictl ps -a --name kube-apiserver", "sudo journalctl -u kubelet -n 50",
                ])
        }
    }

    private func unmet(
        _ seen: Observation, actual: String, remedy: String, manual: [String] = []
    ) -> Assessment {
        .unmet(
            observed: actual,
            findings: [
                Finding(
                    "leftover", expected: "nothing of a cluster, or the whole of the node's role", actual: actual,
                    predicts: Prediction(kubeadm: "ERROR FileAvailable and DirAvailable for what is left"),
                    remedy: remedy, manual: manual, evidence: seen.paths.map { Evidence($0) })
            ], proposals: [])
    }
}
