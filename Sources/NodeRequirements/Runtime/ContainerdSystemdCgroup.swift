internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd has systemd make the cgroups of containers, as the kubelet does.
///
/// - Source: kubernetes.io, "Container Runtimes", "systemd cgroup driver"; containerd `docs/cri/config.md`.
package struct ContainerdSystemdCgroup: Requirement {
    package static let entry = CatalogEntry(
        "containerd-systemd-cgroup", group: "runtime",
        title: "containerd puts containers into systemd's cgroups",
        prerequisites: ["containerd-cri-enabled", "containerd-config-current"],
        why:
            "two cgroup managers on one host fight: the control plane starts, and then restarts for ever, while kubeadm says nothing",
        source: "kubernetes.io, Container Runtimes, systemd cgroup driver; containerd docs/cri/config.md; k/k#107892",
        checks:
            "SystemdCgroup and runtime_type of the default runtime in the merged files, in the table of the file's version. Now: what the CRI says itself (RuntimeConfig, containerd 2.0 and newer), else those files, if the process is not older. Also the kubelet's --cgroup-driver, and cgroupDriver of its configuration once the node is a member of a cluster.",
        manual: [
            "sudoedit /etc/containerd/config.toml   # SystemdCgroup = true", "sudo systemctl restart containerd",
        ])

    package let inputs: [Input] = containerdInputs + KubeletSettings.inputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the driver, now or in the files.
    package struct Observation: Equatable, Sendable {
        /// What the CRI says; `nil` when this release does not say it.
        var driver: CgroupDriver?
        /// What the kubelet is told.
        var kubelet = KubeletSettings()
        /// Whether the process is older than the files.
        var isStale = false
        var reading = ContainerdReading()
        /// What would make the files right.
        var cure = ContainerdReading.Cure()
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        seen.kubelet = try await KubeletSettings.read(host)
        seen.reading = try await ContainerdReading.read(host)
        guard horizon == .now else {
            seen.cure = seen.reading.cure
            return seen
        }
        guard seen.reading.release.map({ $0.isFirstLine }) ?? true else {
            seen.driver = try await ContainerdCRIEnabled.asking { () async throws(ObservationError) in
                try await host.runtime.cgroupDriver()
            }
            if seen.driver != nil { return seen }
            throw ObservationError(
                reading: "the cgroup driver of the CRI", cause: "it does not say it", needs: "containerd-cri-enabled")
        }
        if let startedAt = try await host.units.unit(ContainerdUnit.name)?.startedAt {
            seen.isStale = try await ContainerdAge.read(seen.reading, startedAt: startedAt, host).isStale
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        if horizon == .now, let driver = seen.driver { return assess(driver, seen) }
        guard let configuration = seen.reading.configuration, seen.reading.startFault == nil else {
            return other("false", "there are no files that containerd starts with", seen, remedy: "first make it start")
        }
        if horizon == .now, seen.isStale {
            return other(
                "false", "the process is older than its files", seen, remedy: "restart containerd",
                manual: ["sudo systemctl restart containerd"])
        }
        guard let fault = configuration.cgroupFault else {
            let runtime = configuration.defaultRuntimeName
            return agreeing("\(runtime): SystemdCgroup = true, \(ContainerdRuntime.runc)", .systemd, seen)
        }
        var finding = finding(fault, configuration)
        var proposals: [Proposal] = []
        if horizon == .nextBoot {
            finding = seen.reading.completed(finding, with: seen.cure)
            proposals = seen.cure.proposals
        } else {
            finding.remedy = "make the files right, then restart containerd"
            finding.manual = seen.reading.manual
        }
        return .unmet(
            observed: finding.actual, findings: [finding] + (mismatch(.cgroupfs, seen).map { [$0] } ?? []),
            proposals: proposals)
    }

    // MARK: - Words

    private static let predicts = Prediction(kubelet: "starts, and its pods restart for ever")

    /// The running CRI's own word.
    private func assess(_ driver: CgroupDriver, _ seen: Observation) -> Assessment {
        guard driver == .cgroupfs else { return agreeing("the CRI says systemd", driver, seen) }
        return other(
            "false", "the CRI says cgroupfs", seen, remedy: "make the files right, then restart containerd",
            and: mismatch(driver, seen))
    }

    private func agreeing(_ observed: String, _ driver: CgroupDriver, _ seen: Observation) -> Assessment {
        guard let mismatch = mismatch(driver, seen) else { return .met(observed: observed) }
        return .unmet(observed: mismatch.actual, findings: [mismatch], proposals: [])
    }

    /// The finding that the kubelet is told otherwise; `nil` when it agrees, or is told nothing.
    private func mismatch(_ driver: CgroupDriver, _ seen: Observation) -> Finding? {
        guard let kubelet = seen.kubelet.driver, kubelet != driver, let said = seen.kubelet.cgroupDriver else {
            return nil
        }
        let path = said.evidence.path
        return Finding(
            "driver-mismatch", expected: "containerd and the kubelet have one cgroup driver",
            actual:
                "containerd uses \(driver.rawValue), and the kubelet \(kubelet.rawValue)\(said.isFlag ? " by --cgroup-driver" : "")",
            predicts: Self.predicts,
            remedy: said.isFlag
                ? "take --cgroup-driver out of \(path), then restart the kubelet"
                : "drain the node, make both systemd, and restart both",
            manual: (said.isFlag ? [] : ["kubectl drain NODE --ignore-daemonsets"]) + ["sudoedit \(path)"],
            evidence: [said.evidence])
    }

    private func other(
        _ reason: String, _ actual: String, _ seen: Observation, remedy: String, manual: [String]? = nil,
        and mismatch: Finding? = nil
    ) -> Assessment {
        let finding = Finding(
            reason, expected: "SystemdCgroup = true in effect", actual: actual, predicts: Self.predicts, remedy: remedy,
            manual: manual ?? seen.reading.manual, evidence: [Evidence(seen.reading.unit.configuration)])
        return .unmet(observed: actual, findings: [finding] + (mismatch.map { [$0] } ?? []), proposals: [])
    }

    private func finding(
        _ fault: ContainerdConfiguration.CgroupFault, _ configuration: ContainerdConfiguration
    ) -> Finding {
        let runtime = configuration.defaultRuntime
        let name = configuration.defaultRuntimeName
        var place = configuration.decidingPlace
        let actual: String
        switch fault {
        case .off:
            let isWritten = runtime?.systemdCgroup == false && place?.line != nil
            actual = "\(name): SystemdCgroup is \(isWritten ? "false" : "not set, which is false")"
        case .wrongTable:
            place = configuration.misplaced ?? place
            actual = "\(name): SystemdCgroup stands in a table that file version \(configuration.version) does not have"
        case .wrongCase:
            actual = "\(name): \(runtime?.misspelling ?? "") is written for SystemdCgroup, and the case counts"
        case .emptyType:
            actual = "\(name): runtime_type is missing beside SystemdCgroup, so that it is empty"
        case .otherType:
            actual = "\(name): runtime_type is \(runtime?.type ?? ""), and not \(ContainerdRuntime.runc)"
        case .replaced:
            actual = "\(name): an imported file has the CRI's table too, and containerd 1.x takes it instead"
        case .versionIgnored:
            place = configuration.files.last { $0.version == configuration.version }.map {
                ContainerdPlace($0, line: ["version"])
            }
            actual = "containerd \(configuration.release) reads nothing of a file of version \(configuration.version)"
        }
        return Finding(
            fault.rawValue, expected: "\(name): SystemdCgroup = true, runtime_type = \(ContainerdRuntime.runc)",
            actual: actual, predicts: Self.predicts,
            evidence: place.map { [Evidence($0)] } ?? [Evidence("/etc/containerd/config.toml")])
    }
}
