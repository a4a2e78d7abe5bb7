package import NodeState
internal import SystemPackage

/// Where the kubelet is configured not to change kernel parameters, they are what it wants.
///
/// Without that it sets them itself when it starts.
/// - Source: kubernetes v1.28 `pkg/kubelet/cm/container_manager_linux.go` (`setupKernelTunables`), `pkg/util/sysctl`.
package struct KubeletSysctls: Requirement {
    package static let entry = CatalogEntry(
        "kubelet-sysctls", group: "kernel", title: "Kernel parameters are what the kubelet wants",
        why: "with protectKernelDefaults the kubelet does not start beside other values",
        source: "kubernetes, container_manager_linux.go (setupKernelTunables)",
        checks:
            "protectKernelDefaults of the kubelet, by flag or in its file; with it, \(wanted.map { "\($0.key) \($0.value)" }.joined(separator: ", ")), in the kernel and in sysctl.d.",
        manual: wanted.map { "echo '\($0.key) = \($0.value)' | sudo tee -a /etc/sysctl.d/90-kubelet.conf" }
            + ["sudo sysctl --system"])

    /// The values, and what the kernel begins with where no file says otherwise.
    private static let wanted: [(key: String, value: String, default: String)] = [
        ("vm.overcommit_memory", "1", "0"), ("vm.panic_on_oom", "0", "0"), ("kernel.panic", "10", "0"),
        ("kernel.panic_on_oops", "1", "0"), ("kernel.keys.root_maxkeys", "1000000", "1000000"),
        ("kernel.keys.root_maxbytes", "25000000", "25000000"),
    ]

    package let inputs: [Input] =
        KubeletSettings.inputs + BootedSysctls.inputs + wanted.map { .sysctl(FilePath("/proc/sys/\(path($0.key))")) }

    package init(_ configuration: Configuration) {}

    private static func path(_ key: String) -> String { String(key.map { $0 == "." ? "/" : $0 }) }

    /// One value that is another.
    package struct Difference: Equatable, Sendable {
        var key: String
        var wanted: String
        var actual: String
        var evidence: Evidence
    }

    /// What protects the values; `nil` when nothing does.
    package struct Observation: Equatable, Sendable {
        var protection: Evidence?
        var differences: [Difference] = []
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard let setting = try await KubeletSettings.read(host).protectKernelDefaults,
            ["true", "True", "TRUE", "1", "t", "T"].contains(setting.value)
        else { return Observation() }
        var seen = Observation(protection: setting.evidence)
        let booted = horizon == .nextBoot ? try await BootedSysctls.predict(host) : nil
        for (key, value, initial) in Self.wanted {
            let path = Self.path(key)
            let winner = booted?.winner(of: [path])
            let actual: String
            if booted != nil {
                actual = winner?.value ?? initial
            } else {
                guard let text = try await host.files.text(at: FilePath("/proc/sys/\(path)")) else {
                    throw ObservationError(reading: "/proc/sys/\(path)", cause: "it is absent")
                }
                actual = text
            }
            let word = String(actual.drop(while: \.isWhitespace).prefix { !$0.isWhitespace })
            guard word != value else { continue }
            seen.differences.append(
                Difference(
                    key: key, wanted: value, actual: word,
                    evidence: winner?.evidence ?? Evidence(FilePath("/proc/sys/\(path)"))))
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let protection = seen.protection else { return .met(observed: "the kubelet sets them itself") }
        guard !seen.differences.isEmpty else { return .met(observed: "as the kubelet wants them") }
        return .unmet(
            seen.differences.map { one in
                Finding(
                    "value", expected: "\(one.key) is \(one.wanted)",
                    actual: horizon == .now
                        ? "\(one.key) is \(one.actual)" : "the next boot leaves \(one.key) at \(one.actual)",
                    why: "the kubelet is configured not to change kernel parameters",
                    predicts: Prediction(kubelet: "exits: invalid kernel flag"),
                    remedy: "set it in sysctl.d, or take protectKernelDefaults out",
                    manual: [
                        "echo '\(one.key) = \(one.wanted)' | sudo tee -a /etc/sysctl.d/90-kubelet.conf",
                        "sudo sysctl --system",
                    ], evidence: [one.evidence, protection])
            })
    }
}
