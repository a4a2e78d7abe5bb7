package import NodeState

/// kubeadm, kubelet and kubectl are held: no upgrade moves the node to another version.
///
/// - Source: dpkg(1), "Package selection states"; apt-mark(8), `hold`.
package struct PackageHolds: Requirement {
    package static let entry = CatalogEntry(
        "package-holds", group: "packages", title: "kubeadm, kubelet and kubectl are held", severity: .warning,
        prerequisites: ["package-versions"],
        why:
            "one apt upgrade would move the node to another version, and --allow-change-held-packages drops holds silently",
        source: "apt-mark(8), hold; dpkg(1), Package selection states",
        checks: "The first word of Status of the three packages in /var/lib/dpkg/status.",
        manual: ["sudo apt-mark hold kubelet kubeadm kubectl"])

    package let inputs: [Input] = DpkgEvidence.inputs

    package init(_ configuration: Configuration) {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [SeenPackage] {
        try await SeenPackage.all(DpkgEvidence.kubernetes, host)
    }

    package func assess(_ seen: [SeenPackage], at horizon: Horizon) -> Assessment {
        let loose = seen.filter { !$0.isThere || $0.package?.isHeld != true }
        guard !loose.isEmpty else { return .met(observed: "all three are held") }
        let names = loose.filter(\.isThere).map(\.name)
        return .unmet(
            observed: loose.map(Self.actual).joined(separator: ", "),
            findings: loose.map { package in
                Finding(
                    "not-held", severity: .warning, expected: "\(package.name) is held", actual: Self.actual(package),
                    remedy: package.isThere ? nil : "install it first, at the configured version",
                    manual: ["sudo apt-mark hold \(package.name)"], evidence: [DpkgEvidence.status])
            }, proposals: names.isEmpty ? [] : [Proposal(.holdPackages(names), .always)])
    }

    private static func actual(_ seen: SeenPackage) -> String {
        guard let package = seen.package, seen.isThere else { return "\(seen.name) is not installed" }
        return "\(seen.name) has the status \"\(package.status)\""
    }
}
