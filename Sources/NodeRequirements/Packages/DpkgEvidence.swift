internal import NodeState
internal import SystemPackage

/// What all requirements about packages share.
enum DpkgEvidence {
    /// The package database; dpkg replaces the file, so its folder is what can be watched.
    static let inputs: [Input] = [.path("/var/lib/dpkg"), .path("/var/lib/dpkg/updates")]

    /// Where a package is seen.
    static let status = Evidence("/var/lib/dpkg/status")

    /// The packages of Kubernetes, which carry one version, in the order of their installation.
    static let kubernetes = ["kubeadm", "kubelet", "kubectl"]
}

/// A package that was asked for, and what dpkg has of it.
package struct SeenPackage: Equatable, Sendable {
    var name: String
    /// `nil` when dpkg knows nothing of it.
    var package: InstalledPackage?

    /// Looks up each of `names`.
    static func all(_ names: [String], _ host: HostView) async throws(ObservationError) -> [SeenPackage] {
        var seen: [SeenPackage] = []
        for name in names { seen.append(SeenPackage(name: name, package: try await host.packages.package(name))) }
        return seen
    }

    /// Whether files of it are on the machine, whole or not.
    var isThere: Bool { package.map { !["config-files", "not-installed"].contains($0.state) } ?? false }

    /// Whether it is there, whole, and meant to stay.
    var isGood: Bool { package.map { $0.isInstalled && ["install", "hold"].contains($0.want) } ?? false }

    /// What dpkg has of it, in words.
    var actual: String {
        guard let package, isThere else { return "\(name) is not installed" }
        return isGood
            ? "\(name) is at \(package.version)" : "\(name) \(package.version) has the status \"\(package.status)\""
    }
}

extension InstalledPackage {
    /// The three words of `Status`, such as `hold ok installed`.
    var status: String { "\(want) \(flag) \(state)" }
}
