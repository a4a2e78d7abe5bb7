package import NodeState
internal import SystemPackage

/// The kubelet is installed and not newer than the control plane that is planned.
///
/// Its program is not run: whether it starts is seen when it does.
/// - Source: kubeadm `cmd/kubeadm/app/preflight/checks.go` (`KubeletVersionCheck`); kubernetes.io, "Version Skew Policy".
package struct KubeletVersion: Requirement {
    package static let entry = CatalogEntry(
        "kubelet-version", group: "packages", title: "The kubelet is not newer than the control plane",
        prerequisites: ["package-system-healthy", "package-versions"], kubeadmChecks: ["KubeletVersion"],
        why: "a kubelet that is newer than the API server is not supported, and kubeadm refuses it",
        source: "kubeadm preflight/checks.go; kubernetes.io, Version Skew Policy",
        checks: """
            The version of the package kubelet, its program, one that comes before it in root's PATH, and \
            kubernetes-version of [cluster] in nucprep.toml.
            """,
        manual: ["kubelet --version"])

    static let program: FilePath = "/usr/bin/kubelet"
    /// The folders of root's PATH that come before the one of the package.
    static let before = Array(RequiredCommands.path.prefix { $0 != program.removingLastComponent() })

    private let planned: String
    package let inputs: [Input] =
        DpkgEvidence.inputs + (before + [program.removingLastComponent()]).map { .path($0) } + ProgramFile.inputs

    package init(_ configuration: Configuration) { planned = configuration.cluster.kubernetesVersion }

    /// The package, and its program.
    package struct Observation: Equatable, Sendable {
        var kubelet: SeenPackage
        var program: ProgramFile
        /// Whether the kernel cannot execute it.
        var isForeign: Bool
        /// A kubelet that is found before the one of the package.
        var other: FilePath?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var other: FilePath?
        for folder in Self.before where other == nil {
            let path = folder.appending("kubelet")
            if try await ProgramFile.at(path, host) == .runs { other = path }
        }
        let program = try await ProgramFile.at(Self.program, host)
        let isForeign = try await ProgramFile.isForeign(Self.program, host)
        return Observation(
            kubelet: SeenPackage(name: "kubelet", package: try await host.packages.package("kubelet")),
            program: program, isForeign: isForeign, other: other)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.kubelet.isGood, let version = seen.kubelet.package?.version else {
            return unmet(
                "missing", "the kubelet is installed", seen.kubelet.actual, remedy: "install the kubelet first",
                manual: ["sudo apt-get install -y kubelet"])
        }
        guard seen.program == .runs, !seen.isForeign else {
            let what =
                switch seen.program {
                case .absent: "is absent"
                case .notExecutable: "is no file that can be executed"
                case .runs: "is no program for the processor of this machine"
                }
            return unmet(
                seen.program == .absent ? "missing" : "cannot-run", "\(Self.program) can be executed",
                "\(seen.kubelet.actual), but \(Self.program) \(what)",
                remedy: "install the package again",
                manual: ["sudo apt-get install -y --reinstall --allow-change-held-packages kubelet=\(version)"])
        }
        if let other = seen.other {
            return unmet(
                "other-program", "kubeadm asks \(Self.program) for its version",
                "\(other) is found first in PATH, and its version is not known", remedy: "remove \(other)",
                manual: ["\(other) --version", "sudo rm \(other)"], at: Evidence(other))
        }
        guard let wanted = KubernetesRelease(planned), let installed = KubernetesRelease(version) else {
            return unmet(
                "unreadable-version", "a version such as 1.28.1-1.1", seen.kubelet.actual,
                remedy: "install the kubelet from the Kubernetes repository", manual: Self.entry.manual)
        }
        // kubeadm compares the minor alone: `MinorVersion` of the control plane against that of the kubelet.
        guard (installed.major, installed.minor) <= (wanted.major, wanted.minor) else {
            return unmet(
                "newer", "the kubelet at \(wanted.line) or older", seen.kubelet.actual,
                remedy: "install the kubelet of the planned version, or plan a newer one",
                manual: ["sudo apt-get install -y --allow-downgrades kubelet=\(planned)-1.1"])
        }
        return .met(observed: "\(seen.kubelet.actual), the control plane at \(planned)")
    }

    private func unmet(
        _ reason: String, _ expected: String, _ actual: String, remedy: String, manual: [String],
        at place: Evidence = DpkgEvidence.status
    ) -> Assessment {
        let finding = Finding(
            reason, expected: expected, actual: actual, predicts: Prediction(kubeadm: "ERROR KubeletVersion"),
            remedy: remedy, manual: manual, evidence: [place])
        return .unmet(observed: actual, findings: [finding], proposals: [])
    }
}
