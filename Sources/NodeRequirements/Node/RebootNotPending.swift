package import NodeState
internal import SystemPackage

/// The machine runs the kernel that is installed, and no package asks for a reboot.
///
/// - Source: Debian and Ubuntu, update-notifier-common and needrestart: `/run/reboot-required`; rule P9.
package struct RebootNotPending: Requirement {
    package static let entry = CatalogEntry(
        "reboot-not-pending", group: "node", title: "No reboot is pending", severity: .warning,
        why: "modules of a kernel that was replaced cannot be loaded, and a later reboot may bring surprises",
        source: "update-notifier-common; uname(2)",
        checks: "/run/reboot-required; the running kernel beside the newest one in /boot.",
        manual: ["cat /run/reboot-required.pkgs", "sudo reboot"])

    static let request: FilePath = "/run/reboot-required"

    package let inputs: [Input] = [.path("/boot"), .path("/etc/default")]

    package init(_ configuration: Configuration) {}

    /// What asks for a reboot.
    package struct Observation: Equatable, Sendable {
        var isRequested: Bool
        var running: String
        /// The kernels that the next boot may start.
        var next: [String]
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            isRequested: try await host.files.kind(of: Self.request) != nil,
            running: try await host.kernel.release(), next: try await BootedKernel.predict(host).candidates)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "a reboot is what it asks for") }
        var findings: [Finding] = []
        if !seen.next.contains(seen.running), let next = seen.next.first {
            findings.append(
                Finding(
                    "other-kernel", severity: .warning, expected: "the machine runs Linux \(next)",
                    actual: "the machine runs Linux \(seen.running), and the next boot starts Linux \(next)",
                    remedy: "reboot before kubeadm init or join", manual: ["sudo reboot"],
                    evidence: [Evidence(FilePath("/boot/vmlinuz-\(next)"))]))
        }
        if seen.isRequested {
            findings.append(
                Finding(
                    "requested", severity: .warning, expected: "no package asks for a reboot",
                    actual: "\(Self.request) exists", remedy: "reboot before kubeadm init or join",
                    manual: Self.entry.manual, evidence: [Evidence(Self.request)]))
        }
        guard !findings.isEmpty else { return .met(observed: "Linux \(seen.running)") }
        return .unmet(observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: [])
    }
}
