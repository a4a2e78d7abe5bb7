internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd serves the CRI, and will after its next start.
///
/// - Source: containerd `docs/cri/config.md`; containerd#4581, #8139: Docker's package ships it disabled.
package struct ContainerdCRIEnabled: Requirement {
    package static let entry = CatalogEntry(
        "containerd-cri-enabled", group: "runtime", title: "containerd serves the CRI",
        prerequisites: ["containerd-installed", "containerd-service", "containerd-config-current"],
        kubeadmChecks: ["CRI"],
        why: "Docker's package ships disabled_plugins = [\"cri\"], with which the kubelet finds no runtime",
        source: "containerd docs/cri/config.md; kubernetes.io, Container Runtimes; containerd#4581, #8139",
        checks:
            "Now: whether runtime.v1.RuntimeService/Version is answered on the socket. Next boot: disabled_plugins of the file and of all that it imports, taken together, settings with which the CRI does not load (systemd_cgroup, registry.mirrors or configs beside config_path, a snapshotter that is not there), the socket, and whether the default runtime is there.",
        manual: [
            "sudoedit /etc/containerd/config.toml   # disabled_plugins = []", "sudo systemctl restart containerd",
            "sudo crictl version",
        ])

    package let inputs: [Input] = containerdInputs

    package init(_ configuration: Configuration) {}

    /// What was seen of the CRI, or of the files that decide about it.
    package struct Observation: Equatable, Sendable {
        /// What the socket answered.
        var answer: RuntimeAnswer?
        var reading = ContainerdReading()
        /// What would make the files right.
        var cure = ContainerdReading.Cure()
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        if horizon == .now {
            seen.answer = try await host.runtime.version()
            if case .serving = seen.answer { return seen }
        }
        seen.reading = try await ContainerdReading.read(host)
        if horizon == .nextBoot { seen.cure = seen.reading.cure }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        horizon == .now ? assessNow(seen) : assessNextBoot(seen)
    }

    private static let predicts = Prediction(
        kubeadm: "ERROR CRI", kubelet: "exits at start: the CRI v1 runtime API is not implemented")

    private func assessNow(_ seen: Observation) -> Assessment {
        let actual: String
        switch seen.answer {
        case .serving(let name, let version): return .met(observed: "\(name) \(version) answers")
        case .withoutCRI: actual = "the socket answers, and knows no CRI: the plug-in is off or did not load"
        case .noSocket(let cause): actual = "the CRI does not answer: \(cause)"
        case nil: actual = "the CRI was not asked"
        }
        // What is wrong in the files is the next boot's finding, and the restart another requirement's.
        return .unmet(
            observed: actual,
            findings: [
                Finding(
                    "not-serving", expected: "runtime.v1.RuntimeService/Version is answered", actual: actual,
                    predicts: Self.predicts, remedy: "make the files right, then restart containerd",
                    manual: seen.reading.manual + ["sudo crictl version"],
                    evidence: [Evidence(seen.reading.unit.configuration)])
            ], proposals: [])
    }

    private func assessNextBoot(_ seen: Observation) -> Assessment {
        guard seen.reading.isInstalled else {
            return broken(seen, "containerd is not installed", Evidence(seen.reading.unit.configuration))
        }
        if let fault = seen.reading.startFault { return broken(seen, "containerd does not start", fault.evidence) }
        guard let configuration = seen.reading.configuration else {
            return broken(seen, "the files are not known", Evidence(seen.reading.unit.configuration))
        }
        var findings = configuration.disablings.map { disabling in
            Finding(
                "disabled", expected: "disabled_plugins names no part of the CRI",
                actual: "disabled_plugins has \"\(disabling.name)\"", predicts: Self.predicts,
                evidence: [Evidence(disabling.place)])
        }
        if let place = configuration.legacyKey {
            findings.append(
                Finding(
                    "legacy-key", expected: "systemd_cgroup is not true",
                    actual: "systemd_cgroup is true, with which the CRI does not load", predicts: Self.predicts,
                    evidence: [Evidence(place)]))
        }
        findings += configuration.criRefusals.map { refusal in
            Finding(
                refusal.reason, expected: "the CRI loads with its settings", actual: refusal.text,
                predicts: Self.predicts, remedy: refusal.remedy,
                evidence: [
                    refusal.place.map { Evidence($0) } ?? Evidence(seen.reading.unit.configuration)
                ])
        }
        if configuration.defaultRuntime == nil {
            var finding = Finding(
                "default-runtime-missing", expected: "there is a runtime by the name of the default one",
                actual: "the default runtime \(configuration.defaultRuntimeName) is not one of the runtimes",
                predicts: Self.predicts,
                evidence: [configuration.decidingPlace.map { Evidence($0) }].compactMap { $0 })
            if configuration.defaultRuntimeName != "runc" {
                finding.remedy = "name one that is there in default_runtime_name"
            }
            findings.append(finding)
        }
        guard !findings.isEmpty else {
            let version = configuration.files.isEmpty ? "no file" : "file version \(configuration.version)"
            return .met(observed: "the CRI is enabled (containerd \(configuration.release), \(version))")
        }
        return .unmet(
            observed: findings.map(\.actual).joined(separator: "; "),
            findings: findings.map { seen.reading.completed($0, with: seen.cure) }, proposals: seen.cure.proposals)
    }

    /// What another requirement says in full; this one is blocked by it.
    private func broken(_ seen: Observation, _ actual: String, _ evidence: Evidence) -> Assessment {
        .unmet(
            observed: actual,
            findings: [
                Finding(
                    "config-broken", expected: "containerd starts with its files", actual: actual,
                    predicts: Self.predicts, remedy: "first make containerd start", manual: seen.reading.manual,
                    evidence: [evidence])
            ], proposals: [])
    }
}

extension ContainerdCRIEnabled {
    /// Asks the CRI: a look that gets no answer waits for this requirement, and is unknown only while this one is met.
    ///
    /// - Throws: what `question` does, with this requirement as the one that is needed.
    static func asking<Value>(_ question: () async throws(ObservationError) -> Value) async throws(ObservationError)
        -> Value
    {
        do throws(ObservationError) {
            return try await question()
        } catch {
            var told = error
            told.needs = entry.id
            throw told
        }
    }
}
