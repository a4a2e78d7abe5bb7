package import NodeState

/// The installed kubeadm is of the same minor as the version that the configuration plans.
///
/// - Source: kubeadm `cmd/kubeadm/app/preflight/checks.go` (`KubernetesVersionCheck`); kubernetes.io, "Version Skew
///   Policy".
package struct KubernetesVersion: Requirement {
    package static let entry = CatalogEntry(
        "kubernetes-version", group: "packages", title: "The planned version fits kubeadm", phases: [.initialise],
        prerequisites: ["package-system-healthy", "package-versions"], kubeadmChecks: ["KubernetesVersion"],
        why: "kubeadm makes a control plane of its own minor version, and otherwise asks the internet which is newest",
        source: "kubernetes.io, Version Skew Policy",
        checks: "kubernetes-version of [cluster] in nucprep.toml beside the version of the package kubeadm.",
        manual: ["kubeadm version -o short", "sudo kubeadm init --kubernetes-version v1.28.1"])

    private let planned: String
    package let inputs: [Input] = DpkgEvidence.inputs

    package init(_ configuration: Configuration) { planned = configuration.cluster.kubernetesVersion }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> SeenPackage {
        SeenPackage(name: "kubeadm", package: try await host.packages.package("kubeadm"))
    }

    package func assess(_ seen: SeenPackage, at horizon: Horizon) -> Assessment {
        let manual = ["sudo kubeadm init --kubernetes-version v\(planned)"]
        guard seen.isGood, let version = seen.package?.version else {
            let finding = Finding(
                "missing", expected: "kubeadm is installed", actual: seen.actual,
                remedy: "install kubeadm first", manual: ["sudo apt-get install -y kubeadm"],
                evidence: [DpkgEvidence.status])
            return .unmet(observed: seen.actual, findings: [finding], proposals: [])
        }
        let observed = "planned \(planned), \(seen.actual)"
        guard let wanted = KubernetesRelease(planned), let installed = KubernetesRelease(version),
            wanted.line == installed.line
        else {
            let finding = Finding(
                "other-minor", expected: "kubeadm of the minor version of \(planned)", actual: seen.actual,
                predicts: Prediction(kubeadm: "WARNING KubernetesVersion"),
                remedy: "set kubernetes-version and package-version of [cluster] to the same minor version",
                manual: manual, evidence: [DpkgEvidence.status])
            return .unmet(observed: observed, findings: [finding], proposals: [])
        }
        return .met(observed: observed)
    }
}
