package import NodeState
internal import SystemPackage

/// The kernel is recent enough, the running one and the one that the next boot starts.
///
/// - Source: system-validators `validators/types_unix.go`, v1.8 (`KernelSpec.Versions`): 3.10 is the oldest.
package struct KernelRelease: Requirement {
    package static let entry = CatalogEntry(
        "kernel-release", group: "node", title: "The kernel is recent enough",
        kubeadmChecks: ["SystemVerification"], why: "older kernels lack what containers are built on",
        source: "system-validators types_unix.go; uname(2)",
        checks: "The release of the running kernel, and of the newest kernel in /boot.",
        manual: ["uname -r", "sudo apt-get install -y linux-image-amd64"])

    /// Below the first one kubeadm refuses; below the second one cgroup v2 is incomplete.
    private static let refused = (3, 10)
    private static let advised = (5, 4)

    package let inputs: [Input] = [.path("/boot"), .path("/etc/default")]

    package init(_ configuration: Configuration) {}

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [String] {
        let running = try await host.kernel.release()
        return horizon == .now ? [running] : try await BootedKernel.predict(host).candidates
    }

    package func assess(_ releases: [String], at horizon: Horizon) -> Assessment {
        let observed = releases.joined(separator: ", ")
        let findings = releases.compactMap(finding)
        return findings.isEmpty
            ? .met(observed: observed) : .unmet(observed: observed, findings: findings, proposals: [])
    }

    private func finding(_ release: String) -> Finding? {
        let numbers = release.split(separator: ".", omittingEmptySubsequences: false).prefix(2).map {
            Int($0.prefix { $0.isASCII && $0.isNumber })
        }
        guard numbers.count == 2, let major = numbers[0], let minor = numbers[1] else {
            return Finding(
                "unreadable-release", severity: .warning, expected: "a release such as 6.1.0-18-amd64",
                actual: "the kernel's release is \(release)", remedy: "run a kernel of the distribution",
                manual: Self.entry.manual)
        }
        if (major, minor) < Self.refused {
            return Finding(
                "too-old", expected: "Linux 3.10 or newer", actual: "Linux \(release)",
                predicts: Prediction(kubeadm: "ERROR SystemVerification"), remedy: "install a newer kernel and reboot",
                manual: Self.entry.manual)
        }
        guard (major, minor) < Self.advised else { return nil }
        return Finding(
            "old", severity: .warning, expected: "Linux 5.4 or newer", actual: "Linux \(release)",
            remedy: "install a newer kernel and reboot", manual: Self.entry.manual)
    }
}
