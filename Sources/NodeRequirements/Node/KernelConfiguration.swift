internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The kernel has the options that containers need, the running one and the one that the next boot starts.
///
/// Unreadable is unknown as a warning: distributions' kernels have all of them.
/// - Source: system-validators v1.8, `validators/types_unix.go` (`KernelSpec`) and `kernel_validator.go`.
package struct KernelConfiguration: Requirement {
    package static let entry = CatalogEntry(
        "kernel-configuration", group: "node", title: "The kernel has the options that containers need",
        severity: .warning, kubeadmChecks: ["SystemVerification"],
        why: "runc cannot isolate containers without them",
        source: "system-validators types_unix.go, kernel_validator.go",
        checks:
            "The options of the running kernel and of the newest one in /boot, from /boot/config-RELEASE or where else kubeadm looks.",
        manual: ["grep -E 'CONFIG_(CPUSETS|MEMCG|CGROUP_PIDS)=' /boot/config-$(uname -r)"])

    /// Without one of these kubeadm refuses; each option with its other names.
    static let required: [[String]] = [
        ["NAMESPACES"], ["NET_NS"], ["PID_NS"], ["IPC_NS"], ["UTS_NS"], ["CGROUPS"], ["CGROUP_CPUACCT"],
        ["CGROUP_DEVICE"], ["CGROUP_FREEZER"], ["CGROUP_PIDS"], ["CGROUP_SCHED"], ["CPUSETS"], ["MEMCG"], ["INET"],
        ["EXT4_FS"], ["PROC_FS"], ["NETFILTER_XT_TARGET_REDIRECT", "IP_NF_TARGET_REDIRECT"],
        ["NETFILTER_XT_MATCH_COMMENT"], ["FAIR_GROUP_SCHED"],
    ]

    /// Of these kubeadm warns; AUFS_FS is left out, since no current kernel has it.
    static let optional: [[String]] = [
        ["OVERLAY_FS", "OVERLAYFS_FS"], ["BLK_DEV_DM"], ["CFS_BANDWIDTH"], ["CGROUP_HUGETLB"], ["SECCOMP"],
        ["SECCOMP_FILTER"],
    ]

    /// A distribution's file has some 250 KB.
    private static let limit = 4 << 20

    package let inputs: [Input] = [.path("/boot"), .path("/etc/default")] + folders.map { .twoLevels($0) }

    private static let folders: [FilePath] = ["/usr/src", "/usr/lib/modules", "/lib/modules", "/usr/lib/kernel"]

    package init(_ configuration: Configuration) {}

    /// What one kernel lacks.
    package struct Kernel: Equatable, Sendable {
        var release: String
        var file: FilePath
        var required: [String]
        var optional: [String]
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [Kernel] {
        let running = try await host.kernel.release()
        let releases = horizon == .now ? [running] : try await BootedKernel.predict(host).candidates
        var kernels: [Kernel] = []
        for release in releases { kernels.append(try await kernel(release, host)) }
        return kernels
    }

    private func kernel(_ release: String, _ host: HostView) async throws(ObservationError) -> Kernel {
        let places = Self.places(of: release)
        for place in places {
            guard let bytes = try await host.files.bytes(at: place, limit: Self.limit) else { continue }
            let options = KernelOptions(parsing: bytes)
            guard options.count > 0 else {
                throw ObservationError(reading: place.string, cause: "it lists no options of a kernel")
            }
            return Kernel(
                release: release, file: place, required: lacking(Self.required, options),
                optional: lacking(Self.optional, options))
        }
        throw ObservationError(
            reading: places[0].string,
            cause: "it is absent, and so are the other files that list the options of kernel \(release)")
    }

    private func lacking(_ options: [[String]], _ kernel: KernelOptions) -> [String] {
        options.filter { !kernel.contains($0) }.map { $0.joined(separator: " or ") }
    }

    /// Where kubeadm looks, the compressed `/proc/config.gz` left out: nothing here unpacks it.
    private static func places(of release: String) -> [FilePath] {
        let folder = { (parent: FilePath, name: String) in parent.appending(name) }
        return [
            folder("/boot", "config-\(release)"), folder("/usr/src", "linux-\(release)").appending(".config"),
            "/usr/src/linux/.config", folder("/usr/lib/modules", release).appending("config"),
            folder("/usr/lib/kernel", "config-\(release)"),
            folder("/usr/src", "linux-headers-\(release)").appending(".config"),
            folder("/lib/modules", release).appending("config"),
        ]
    }

    package func assess(_ kernels: [Kernel], at horizon: Horizon) -> Assessment {
        let findings = kernels.flatMap(findings)
        let observed = kernels.map { "Linux \($0.release) (\($0.file))" }.joined(separator: ", ")
        return findings.isEmpty
            ? .met(observed: observed) : .unmet(observed: observed, findings: findings, proposals: [])
    }

    private func findings(_ kernel: Kernel) -> [Finding] {
        var findings: [Finding] = []
        if !kernel.required.isEmpty {
            findings.append(
                Finding(
                    "option-missing", expected: "Linux \(kernel.release) is built with \(list(kernel.required))",
                    actual: "Linux \(kernel.release) is built without \(list(kernel.required))",
                    predicts: Prediction(kubeadm: "ERROR SystemVerification"),
                    remedy: "run a kernel of the distribution", manual: Self.entry.manual,
                    evidence: [Evidence(kernel.file)]))
        }
        if !kernel.optional.isEmpty {
            findings.append(
                Finding(
                    "optional-missing", severity: .warning,
                    expected: "Linux \(kernel.release) is built with \(list(kernel.optional))",
                    actual: "Linux \(kernel.release) is built without \(list(kernel.optional))",
                    predicts: Prediction(kubeadm: "WARNING SystemVerification"),
                    remedy: "run a kernel of the distribution", manual: Self.entry.manual,
                    evidence: [Evidence(kernel.file)]))
        }
        return findings
    }

    private func list(_ options: [String]) -> String { options.map { "CONFIG_\($0)" }.joined(separator: ", ") }
}
