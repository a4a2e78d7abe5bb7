internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd runs, answers on its socket, and starts at boot with the files as they are.
///
/// - Source: systemd.unit(5), org.freedesktop.systemd1(5); containerd-config.toml(5).
package struct ContainerdService: Requirement {
    package static let entry = CatalogEntry(
        "containerd-service", group: "runtime", title: "containerd runs and starts at boot",
        prerequisites: ["containerd-installed"], kubeadmChecks: ["CRI"], why: "no runtime, no pods",
        source: "systemd.unit(5); containerd-config.toml(5)",
        checks:
            "Now: the state of containerd.service, and whether /run/containerd/containerd.sock answers. Next boot: whether systemd starts the unit (its file, masks, settings, program and conditions, and the way to it from default.target), and whether the installed containerd starts with its files as they lie on disk.",
        manual: ["sudo systemctl enable --now containerd"])

    package let inputs: [Input] = containerdInputs + BootedUnits.inputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the unit, or of what the next boot makes of it.
    package struct Observation: Equatable, Sendable {
        /// The unit in systemd; `nil` when it has none of this name.
        var unit: UnitState?
        /// What the socket answered; asked while the unit is active alone.
        var answer: RuntimeAnswer?
        /// What the next boot does about the unit; asked for there alone.
        var start: BootStart?
        /// Why the next start fails.
        var fault: ContainerdReading.Fault?
        /// What would mend that.
        var cure = ContainerdReading.Cure()
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        guard horizon == .nextBoot else {
            seen.unit = try await host.units.unit(ContainerdUnit.name)
            if seen.unit?.active == "active" { seen.answer = try await host.runtime.version() }
            return seen
        }
        var units = try await BootedUnits(host)
        seen.start = try await units.start(of: ContainerdUnit.name, isProgramRecorded: true)
        if case .undecided(let cause) = seen.start {
            throw ObservationError(reading: "what starts \(ContainerdUnit.name)", cause: cause)
        }
        let reading = try await ContainerdReading.read(host)
        seen.fault = reading.startFault
        if seen.fault != nil { seen.cure = reading.cure }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        horizon == .now ? assessNow(seen) : assessNextBoot(seen)
    }

    // MARK: - Now

    private static let predicts = Prediction(
        kubeadm: "ERROR CRI", kubelet: "exits at start: the runtime does not answer")

    private func assessNow(_ seen: Observation) -> Assessment {
        guard let unit = seen.unit, unit.load != "not-found" else {
            return stopped("inactive", "there is no \(ContainerdUnit.name)", remedy: "install containerd with its unit")
        }
        let state = "\(unit.active) (\(unit.sub))"
        if unit.active == "active" {
            guard case .noSocket(let cause)? = seen.answer else {
                return .met(observed: "\(state), the socket answers")
            }
            return stopped(
                "no-socket", "\(state), and the socket does not answer: \(cause)", remedy: "look into its log",
                manual: ["sudo journalctl -u containerd -n 20", "sudo systemctl restart containerd"])
        }
        let log = ["sudo journalctl -u containerd -n 20"]
        if unit.load == "masked" {
            return stopped(
                "inactive", "\(state), and the unit is masked", remedy: "unmask it; nucprep does not override a mask",
                manual: ["sudo systemctl unmask containerd", "sudo systemctl enable --now containerd"])
        }
        if unit.sub == "auto-restart" || unit.active == "activating" && unit.restarts > 2 {
            return stopped(
                "crash-loop", "\(state), restarted \(unit.restarts) times", remedy: "look into its log", manual: log)
        }
        let isFailed = unit.active == "failed"
        return stopped(
            isFailed ? "failed" : "inactive", state, manual: (isFailed ? log : []) + Self.entry.manual,
            proposals: [Proposal(.startUnit(ContainerdUnit.name), .always)])
    }

    private func stopped(
        _ reason: String, _ actual: String, remedy: String? = nil, manual: [String] = entry.manual,
        proposals: [Proposal] = []
    ) -> Assessment {
        .unmet(
            observed: actual,
            findings: [
                Finding(
                    reason, expected: "active (running), and the socket answers", actual: actual,
                    predicts: Self.predicts, remedy: remedy, manual: manual)
            ], proposals: proposals)
    }

    // MARK: - Next boot

    private func assessNextBoot(_ seen: Observation) -> Assessment {
        var findings: [Finding] = []
        var proposals: [Proposal] = []
        if case .fails(let obstacle) = seen.start {
            findings.append(
                obstacle.finding(of: ContainerdUnit.name, package: "containerd", predicts: Self.predicts))
            if obstacle.endsWithEnable { proposals.append(Proposal(.enableUnit(ContainerdUnit.name), .always)) }
        }
        if let fault = seen.fault {
            var finding = Finding(
                "config-broken", expected: "containerd starts with its files",
                actual: "containerd does not start with them: \(fault.text)", predicts: Self.predicts,
                manual: ["containerd config dump", "sudoedit \(fault.evidence.path)"], evidence: [fault.evidence]
            )
            if seen.cure.proposals.isEmpty {
                finding.remedy = "mend the file by hand"
                finding.why = seen.cure.refusal.map { "nucprep leaves it as it is: \($0)" }
            }
            findings.append(finding)
            proposals += seen.cure.proposals
        }
        guard !findings.isEmpty else {
            guard case .starts(let evidence) = seen.start else { return .met(observed: "the files are read") }
            return .met(observed: "enabled by \(evidence.path), and the files are read")
        }
        return .unmet(
            observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: proposals)
    }
}
