internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd 1.6 or newer is installed: the kubelet since 1.26 speaks no older CRI.
///
/// - Source: kubernetes.io, "Container Runtimes", "CRI v1 API requirement"; containerd `RELEASES.md`.
package struct ContainerdInstalled: Requirement {
    package static let entry = CatalogEntry(
        "containerd-installed", group: "runtime", title: "containerd 1.6 or newer is installed",
        kubeadmChecks: ["CRI"], why: "the kubelet cannot start a pod without a container runtime",
        source: "kubernetes.io, Container Runtimes; containerd RELEASES.md",
        checks:
            "dpkg's status of containerd (Debian's) and containerd.io (Docker's): one of them, whole, 1.6 or newer. A containerd that no package brought is reported.",
        manual: ["sudo apt-get install -y containerd"])

    package let inputs: [Input] = containerdInputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the packages.
    package struct Observation: Equatable, Sendable {
        /// The packages that are installed whole.
        var packages: [InstalledPackage] = []
        /// Those that dpkg has not finished with.
        var broken: [InstalledPackage] = []
        /// The program that lies on disk without a package.
        var program: FilePath?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        for name in ContainerdReading.packages {
            guard let package = try await host.packages.package(name), package.state != "config-files" else { continue }
            if package.isInstalled { seen.packages.append(package) } else { seen.broken.append(package) }
        }
        guard seen.packages.isEmpty else { return seen }
        seen.program = try await ContainerdUnit.read(host).programOnDisk(host)
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let names = seen.packages.map { "\($0.name) \($0.version), \(Self.origin($0.name))" }.joined(separator: "; ")
        if seen.packages.count > 1 {
            return .unmet(
                observed: names,
                findings: [
                    Finding(
                        "two-packages", expected: "one package of containerd", actual: names,
                        remedy: "decide for one of them, and remove the other",
                        manual: ["sudo apt-get remove containerd.io"], evidence: [Evidence("/var/lib/dpkg/status")])
                ], proposals: [])
        }
        guard let package = seen.packages.first else { return missing(seen) }
        guard let release = ContainerdRelease(package.version) else {
            return tooOld(names, "\"\(package.version)\" is no version of containerd", package)
        }
        guard release >= ContainerdRelease(major: 1, minor: 6) else {
            return tooOld(names, "containerd \(package.version) has no CRI v1", package)
        }
        return .met(observed: names)
    }

    /// Who made the package.
    private static func origin(_ name: String) -> String {
        name == ContainerdReading.packages[0] ? "the distribution's" : "Docker's"
    }

    private static let predicts = Prediction(kubeadm: "ERROR CRI", kubelet: "exits at start: there is no runtime")

    private func missing(_ seen: Observation) -> Assessment {
        if let package = seen.broken.first {
            let actual = "\(package.name) is \(package.state)"
            return .unmet(
                observed: actual,
                findings: [
                    Finding(
                        "half-installed", expected: "containerd is installed whole", actual: actual,
                        predicts: Self.predicts, remedy: "let dpkg finish its work",
                        manual: ["sudo dpkg --configure -a"],
                        evidence: [Evidence("/var/lib/dpkg/status")])
                ], proposals: [])
        }
        if let program = seen.program {
            return .unmet(
                observed: "\(program) is of no package",
                findings: [
                    Finding(
                        "not-packaged", severity: .warning, expected: "containerd comes from a package",
                        actual: "\(program) is of no package",
                        why: "nothing updates it, and its release is known only while it runs",
                        remedy: "keep it up to date by hand, or install the package containerd instead",
                        evidence: [Evidence(program)])
                ], proposals: [])
        }
        return .unmet(
            observed: "containerd is not installed",
            findings: [
                Finding(
                    "missing", expected: "containerd 1.6 or newer",
                    actual: "neither containerd nor containerd.io is installed",
                    predicts: Self.predicts, manual: Self.entry.manual, evidence: [Evidence("/var/lib/dpkg/status")])
            ],
            proposals: [
                Proposal(
                    .installPackages(PackageOrder([PackageVersion(ContainerdReading.packages[0])])),
                    .withConsent(.packages))
            ])
    }

    private func tooOld(_ observed: String, _ actual: String, _ package: InstalledPackage) -> Assessment {
        .unmet(
            observed: observed,
            findings: [
                Finding(
                    "too-old", expected: "containerd 1.6 or newer", actual: actual, predicts: Self.predicts,
                    remedy: "upgrade \(package.name) from a newer release of its repository",
                    manual: ["sudo apt-get install \(package.name)"], evidence: [Evidence("/var/lib/dpkg/status")])
            ], proposals: [])
    }
}
