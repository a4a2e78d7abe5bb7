package import NodeState

/// The tools that the cluster needs are installed.
///
/// - Source: kubeadm `cmd/kubeadm/app/preflight/checks.go` (`InPathCheck`), v1.28: conntrack must be there, socat, ebtables
///   and ethtool ought to.
package struct PrerequisitePackages: Requirement {
    package static let entry = CatalogEntry(
        "prerequisite-packages", group: "packages", title: "The tools the cluster needs are installed",
        prerequisites: ["package-system-healthy"],
        kubeadmChecks: [
            "FileExisting-conntrack", "FileExisting-ebtables", "FileExisting-ethtool", "FileExisting-socat",
        ],
        why: "kube-proxy, port-forward and the lab's own steps call these programs",
        source: "kubeadm preflight/checks.go; dpkg-query(1)",
        checks: "Status in /var/lib/dpkg/status of each package in prerequisites of [packages] in nucprep.toml.",
        manual: ["sudo apt-get install -y apt-transport-https curl ipvsadm wget conntrack socat ebtables ethtool"])

    private let names: [String]
    package let inputs: [Input] = DpkgEvidence.inputs

    package init(_ configuration: Configuration) { names = configuration.packages.prerequisites }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [SeenPackage] {
        try await SeenPackage.all(names, host)
    }

    package func assess(_ seen: [SeenPackage], at horizon: Horizon) -> Assessment {
        let lacking = seen.filter { !$0.isGood }
        guard !lacking.isEmpty else {
            return .met(observed: seen.isEmpty ? "no package is asked for" : "all \(seen.count) are installed")
        }
        let order = PackageOrder(
            lacking.map { PackageVersion($0.name) }, changesHeld: lacking.contains { $0.package?.isHeld == true })
        return .unmet(
            observed: lacking.map(\.actual).joined(separator: ", "), findings: lacking.map(finding),
            proposals: [Proposal(.installPackages(order), .withConsent(.packages))])
    }

    private func finding(_ seen: SeenPackage) -> Finding {
        Finding(
            seen.isThere ? "half-installed" : "missing", severity: Self.severity(of: seen.name),
            expected: "\(seen.name) is installed", actual: seen.actual, predicts: Self.predicts(seen.name),
            manual: ["sudo apt-get install -y \(seen.name)"], evidence: [DpkgEvidence.status])
    }

    /// Only without conntrack kubeadm stops; apt-transport-https is an empty package since apt 1.5.
    private static func severity(of name: String) -> Severity {
        switch name {
        case "conntrack": .error
        case "apt-transport-https": .info
        default: .warning
        }
    }

    private static func predicts(_ name: String) -> Prediction {
        switch name {
        case "conntrack":
            Prediction(
                kubeadm: "ERROR FileExisting-conntrack",
                kubelet: "starts; kube-proxy cannot end stale connections")
        case "ebtables", "ethtool", "socat": Prediction(kubeadm: "WARNING FileExisting-\(name)")
        default: Prediction()
        }
    }
}
