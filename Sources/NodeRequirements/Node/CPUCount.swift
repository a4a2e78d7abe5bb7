internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The control plane has two processors.
///
/// - Source: kubeadm `cmd/kubeadm/app/preflight/checks.go` (`NumCPUCheck`) and `constants.go`
///   (`ControlPlaneNumCPU`): it counts the processors that it may run on, sched_getaffinity(2).
package struct CPUCount: Requirement {
    package static let entry = CatalogEntry(
        "cpu-count", group: "node", title: "The control plane has two processors", phases: [.initialise],
        kubeadmChecks: ["NumCPU"], why: "the API server, etcd and the controllers starve on one processor",
        source: "kubeadm preflight/checks.go; kernel, Documentation/admin-guide/cputopology.rst",
        checks:
            "The processors that are online, and which of them processes may use (Cpus_allowed_list of process 1).",
        manual: ["nproc"])

    static let online: FilePath = "/sys/devices/system/cpu/online"
    /// Processes get their set of processors from systemd, whose `CPUAffinity=` may narrow it.
    static let manager: FilePath = "/proc/1/status"

    private let configuration: Configuration
    package let inputs: [Input] = [.addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// The processors, and what they are for.
    package struct Observation: Equatable, Sendable {
        var role: Configuration.Role
        var online: Int
        /// Those that processes may use.
        var usable: Int
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let text = try await host.files.text(at: Self.online) else {
            throw ObservationError(reading: Self.online.string, cause: "it is absent")
        }
        let online = try Self.processors(text, Self.online)
        var usable = online
        let field = "Cpus_allowed_list:"
        let status = try await host.files.text(at: Self.manager) ?? ""
        if let line = status.textLines().first(where: { $0.hasPrefix(field) }) {
            usable.formIntersection(
                try Self.processors(String(line.dropFirst(field.count).filter { !$0.isWhitespace }), Self.manager))
        }
        return Observation(
            role: try await NodeRole.of(host, configuration), online: online.count, usable: usable.count)
    }

    private static func processors(_ text: String, _ path: FilePath) throws(ObservationError) -> Set<Int> {
        do throws(ParseError) {
            return try CPUList(parsing: text).processors
        } catch {
            throw ObservationError(reading: path.string, cause: error.description)
        }
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let observed = seen.usable == 1 ? "1 processor" : "\(seen.usable) processors"
        guard seen.usable < 2 else { return .met(observed: observed) }
        let isControlPlane = seen.role == .controlPlane
        let isNarrowed = seen.usable < seen.online
        let finding = Finding(
            "too-few", severity: isControlPlane ? .error : .info, expected: "at least 2 processors", actual: observed,
            why: isNarrowed ? "\(seen.online) are online, but systemd's CPUAffinity= leaves only \(seen.usable)" : nil,
            predicts: isControlPlane ? Prediction(kubeadm: "ERROR NumCPU") : Prediction(),
            remedy: isNarrowed
                ? "remove CPUAffinity= from /etc/systemd/system.conf, then reboot"
                : "give the machine a second processor, or make another machine the control plane",
            manual: Self.entry.manual, evidence: [Evidence(isNarrowed ? Self.manager : Self.online)])
        return .unmet(observed: observed, findings: [finding], proposals: [])
    }
}
