internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd may open enough files.
///
/// The hard limit counts: the runtime of Go raises the soft one by itself. `/etc/security/limits.d` never reaches services.
/// - Source: proc_pid_limits(5); systemd.exec(5), `LimitNOFILE=`; Go 1.19, `os/rlimit.go`.
package struct ContainerdFileLimit: Requirement {
    package static let entry = CatalogEntry(
        "containerd-file-limit", group: "runtime", title: "containerd may open enough files", severity: .info,
        why: "containers stop with \"too many open files\" under load", source: "systemd.exec(5); proc_pid_limits(5)",
        checks: "The hard limit of open files of containerd's process: \(least).",
        manual: ["systemctl show -p LimitNOFILE containerd"])

    private static let least = 65_536

    package let inputs: [Input] = [.unit(ContainerdUnit.name)]

    package init(_ configuration: Configuration) {}

    /// Where the limit is read, and what it is.
    package struct Observation: Equatable, Sendable {
        /// `nil` while containerd does not run.
        var path: FilePath?
        /// `.max` for no limit.
        var limit = 0
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let process = try await host.units.unit(ContainerdUnit.name)?.mainPID else { return Observation() }
        let path = FilePath("/proc/\(process)/limits")
        let lines = try await host.files.text(at: path)?.textLines() ?? []
        let words = lines.first { $0.hasPrefix("Max open files") }?.split(separator: " ") ?? []
        guard words.count > 4, let limit = words[4] == "unlimited" ? Int.max : Int(words[4]) else {
            throw ObservationError(reading: path.string, cause: "it has no limit of open files")
        }
        return Observation(path: path, limit: limit)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "the limit is that of a process") }
        guard let path = seen.path else { return .notApplicable(because: "containerd does not run") }
        guard seen.limit < Self.least else {
            return .met(observed: seen.limit == .max ? "no limit" : "\(seen.limit)")
        }
        return .unmet([
            Finding(
                "low", severity: .info, expected: "at least \(Self.least) open files",
                actual: "containerd may open \(seen.limit) files", remedy: "raise LimitNOFILE in a drop-in of the unit",
                manual: [
                    "sudo mkdir -p /etc/systemd/system/containerd.service.d",
                    "printf '[Service]\\nLimitNOFILE=1048576\\n' | sudo tee /etc/systemd/system/containerd.service.d/limits.conf",
                    "sudo systemctl daemon-reload",
                ], evidence: [Evidence(path)])
        ])
    }
}
