internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The running containerd was started after its files and its program were last changed.
///
/// - Source: org.freedesktop.systemd1(5), `ExecMainStartTimestamp`; inode(7), mtime and ctime.
package struct ContainerdConfigCurrent: Requirement {
    package static let entry = CatalogEntry(
        "containerd-config-current", group: "runtime",
        title: "The running containerd has read the present configuration", prerequisites: ["containerd-service"],
        why: "an edited file does nothing until containerd starts again",
        source: "containerd-config.toml(5); org.freedesktop.systemd1(5)",
        checks:
            "When containerd's main process started, against the times of its file, of all that the file imports, and of the program. The next boot reads the files anew.",
        manual: ["sudo systemctl restart containerd"])

    package let inputs: [Input] = containerdInputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the times.
    package struct Observation: Equatable, Sendable {
        /// Whether there is a main process to compare with.
        var isRunning = false
        var age = ContainerdAge()
        /// Whether the process is known to serve as the files say in all that is judged here.
        var servesAsFiles = false
        /// Whether the files are still to be edited, so that a restart would come too early.
        var isEditPending = false
        /// Why a restart would fail.
        var fault: ContainerdReading.Fault?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        let unit = try await host.units.unit(ContainerdUnit.name)
        guard horizon == .now, let unit, unit.active == "active", let startedAt = unit.startedAt else {
            return Observation()
        }
        let reading = try await ContainerdReading.read(host)
        var seen = Observation(isRunning: true)
        seen.age = try await ContainerdAge.read(reading, startedAt: startedAt, host)
        guard seen.age != ContainerdAge() else { return seen }
        seen.fault = reading.startFault ?? reading.criFault
        seen.isEditPending = !reading.cure.proposals.isEmpty
        seen.servesAsFiles = try await Self.servesAsFiles(reading, host)
        return seen
    }

    /// Whether the process says the same as its files of what this catalogue judges; 1.x does not say it.
    private static func servesAsFiles(_ reading: ContainerdReading, _ host: HostView) async throws(ObservationError)
        -> Bool
    {
        guard let configuration = reading.configuration, !configuration.release.isFirstLine else { return false }
        guard case .serving = try await host.runtime.version(), configuration.disablings.isEmpty else { return false }
        guard let driver = try await host.runtime.cgroupDriver() else { return false }
        return (driver == .systemd) == (configuration.cgroupFault == nil)
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        if horizon == .nextBoot { return .notApplicable(because: "the next start reads the files") }
        guard seen.isRunning else {
            return .unmet(
                observed: "containerd does not run",
                findings: [
                    Finding(
                        "not-running", expected: "containerd runs", actual: "it has no main process",
                        remedy: "start containerd", manual: ["sudo systemctl start containerd"])
                ], proposals: [])
        }
        var findings: [Finding] = []
        if seen.age.isStale {
            let names = seen.age.newer.map(\.string).joined(separator: ", ")
            findings.append(
                Finding(
                    "edited-since-start", severity: seen.servesAsFiles ? .warning : .error,
                    expected: "containerd was started after its files were changed",
                    actual: "changed since it started: \(names)",
                    why: seen.servesAsFiles ? "the CRI and the cgroup driver are as the files say all the same" : nil,
                    manual: Self.entry.manual, evidence: seen.age.newer.map { Evidence($0) }))
        }
        if !seen.age.isStale, !seen.age.folders.isEmpty {
            let names = seen.age.folders.map(\.string).joined(separator: ", ")
            findings.append(
                Finding(
                    "edited-since-start", severity: .warning,
                    expected: "containerd was started after its files were changed",
                    actual: "something was added to or taken from \(names) since it started",
                    remedy: "restart containerd if it was a file of its own", manual: Self.entry.manual,
                    evidence: seen.age.folders.map { Evidence($0) }))
        }
        if let program = seen.age.replaced {
            findings.append(
                Finding(
                    "binary-replaced", severity: .warning, expected: "containerd runs the program that is installed",
                    actual: "\(program) was replaced since it started", manual: Self.entry.manual,
                    evidence: [Evidence(program)]))
        }
        guard !findings.isEmpty else { return .met(observed: "started after its files were last changed") }
        let observed = findings.map(\.actual).joined(separator: "; ")
        guard seen.age.isStale || seen.age.replaced != nil else {
            return .unmet(observed: observed, findings: findings, proposals: [])
        }
        if let obstacle = obstacle(seen) {
            for index in findings.indices { findings[index].remedy = obstacle }
            return .unmet(observed: observed, findings: findings, proposals: [])
        }
        return .unmet(
            observed: observed, findings: findings,
            proposals: [Proposal(.restartUnit(ContainerdUnit.name), .withConsent(.restart))])
    }

    /// What has to come before a restart.
    private func obstacle(_ seen: Observation) -> String? {
        if let fault = seen.fault { return "mend the files first, or it does not start again: \(fault.text)" }
        return seen.isEditPending ? "first the files, then one restart for all of it" : nil
    }
}
