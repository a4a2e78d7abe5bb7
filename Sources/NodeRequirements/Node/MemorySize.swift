package import NodeState
internal import SystemPackage

/// There is enough memory for what the node is to run.
///
/// - Source: kubeadm `cmd/kubeadm/app/preflight/checks_linux.go` (`MemCheck`) and `constants.go` (`ControlPlaneMem`):
///   `totalram` of sysinfo(2), which `/proc/meminfo` shows as `MemTotal`, in whole MiB.
package struct MemorySize: Requirement {
    package static let entry = CatalogEntry(
        "memory-size", group: "node", title: "There is enough memory", kubeadmChecks: ["Mem"],
        why: "with less the control plane is ended for want of memory",
        source: "kubeadm preflight/checks_linux.go; proc_meminfo(5)",
        checks: "MemTotal in /proc/meminfo: 1700 MiB for a control plane, 1024 MiB for a worker.",
        manual: ["free -m"])

    private static let file: FilePath = "/proc/meminfo"

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The memory, and what it is for.
    package struct Observation: Equatable, Sendable {
        var role: Configuration.Role
        var mebibytes: Int
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let kibibytes = try await SwapRoom.memoryKiB("MemTotal", host) else {
            throw ObservationError(reading: Self.file.string, cause: "it has no MemTotal")
        }
        return Observation(role: try await NodeRole.of(host, configuration), mebibytes: kibibytes / 1024)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let isControlPlane = seen.role == .controlPlane
        let least = isControlPlane ? 1700 : 1024
        let observed = "\(seen.mebibytes) MiB"
        guard seen.mebibytes < least else { return .met(observed: observed) }
        let finding = Finding(
            "too-small", severity: isControlPlane ? .error : .warning, expected: "at least \(least) MiB",
            actual: observed, predicts: isControlPlane ? Prediction(kubeadm: "ERROR Mem") : Prediction(),
            remedy: isControlPlane
                ? "give the machine more memory, or make another machine the control plane"
                : "give the machine more memory",
            manual: Self.entry.manual, evidence: [Evidence(Self.file)])
        return .unmet(observed: observed, findings: [finding], proposals: [])
    }
}
