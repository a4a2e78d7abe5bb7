internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// No swap area is active: the kubelet refuses to start beside one unless `failSwapOn` is `false`.
///
/// - Source: kubernetes.io, "Swap memory management"; kubeadm#610.
package struct SwapOff: Requirement {
    package static let entry = CatalogEntry(
        "swap-off", group: "swap", title: "No swap is active, and none comes back at boot", kubeadmChecks: ["Swap"],
        why: "the kubelet of 1.28 exits when swap is on, while kubeadm only prints a warning",
        source: "kubernetes.io, Swap memory management; proc_swaps(5), fstab(5), systemd-gpt-auto-generator(8)",
        checks:
            "the areas in /proc/swaps; for the next boot the swap lines of /etc/fstab, the units and generators that activate swap, the partition table as udev read it, zram, cloud-init, waagent, and the commands and scripts that the boot runs",
        manual: [
            "sudo swapoff -a", "sudo sed -i '\\|^[^#].*[[:space:]]swap[[:space:]]|s/^/#/' /etc/fstab",
            "systemctl list-unit-files --type=swap", "sudo systemctl mask 'dev-sda3.swap'",
            "after a reboot: swapon --show",
        ])

    let style: Configuration.FstabStyle
    package let inputs: [Input]

    package init(_ configuration: Configuration) {
        style = configuration.fstabStyle
        // Units and their `.wants`, drop-ins, zram-generator with its configuration, in all folders of systemd.
        let systemd = layeredInputs("systemd") + layeredInputs("systemd/system")
        let scripts: [Input] = ["2", "3", "4", "5", "S"].map { .path(FilePath("/etc/rc\($0).d")) }
        inputs =
            [
                .swaps, .path("/etc/fstab"),
            ] + CloudInit.inputs + systemd + scripts + BootCommands.inputs + KubeletSettings.inputs
    }

    /// What was seen: the areas in use now, or what the next boot activates.
    package struct Observation: Equatable, Sendable {
        var areas: [SwapArea] = []
        /// `MemAvailable` in KiB; `nil` when the kernel does not say.
        var availableKiB: Int?
        /// Who holds swap; looked up only when there is no room.
        var holders: [String] = []
        var booted = BootedSwap()
        /// What leaves the root file system read-only at the next boot, when fstab does.
        var rootFault: RootMountFault?
        /// What tells the kubelet of this node to live with swap; `nil` when nothing does.
        var tolerance: KubeletSettings.Setting?
        /// Whether the kubelet of this node is told to live with swap.
        var isTolerated: Bool { tolerance != nil }
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        seen.tolerance = try await KubeletSettings.read(host).swapTolerance
        guard horizon == .now else {
            seen.booted = try await BootedSwap.predict(host)
            if seen.booted.fstab != nil { seen.rootFault = await Self.rootFault(host) }
            if seen.booted.sources.isEmpty, !seen.isTolerated, let doubtful = seen.booted.possible.first {
                throw doubtful.doubt(
                    "swap-command", about: "swap of the next boot", expected: "no swap area is activated at boot",
                    waiving: Self.entry.id.name)
            }
            return seen
        }
        // Absent is a fact: a kernel without swap. Unreadable has thrown already.
        guard let text = try await host.files.text(at: "/proc/swaps") else { return seen }
        seen.areas = try Self.areas(text)
        guard !seen.areas.isEmpty else { return seen }
        seen.availableKiB = try await SwapRoom.memoryKiB("MemAvailable", host)
        if seen.areas.contains(where: { !Self.hasRoom($0, seen) }) { seen.holders = try await SwapRoom.holders(host) }
        return seen
    }

    /// What else is wrong in fstab; what is not known is for root-writable to say.
    private static func rootFault(_ host: HostView) async -> RootMountFault? {
        do throws(ObservationError) { return try await RootMountFault.atBoot(host) } catch { return nil }
    }

    /// The smallest first: each one that ends makes the next one's need clearer.
    private static func areas(_ text: String) throws(ObservationError) -> [SwapArea] {
        let table: SwapTable
        do throws(ParseError) {
            table = try SwapTable(parsing: text)
        } catch {
            throw ObservationError(reading: "/proc/swaps", cause: error.description)
        }
        return table.entries.map { entry in
            SwapArea(
                path: FilePath(entry.path), kind: entry.kind == .partition ? "partition" : "file",
                sizeKiB: Int(clamping: entry.sizeKiB), usedKiB: Int(clamping: entry.usedKiB),
                isDeleted: entry.isDeleted)
        }.sorted { ($0.usedKiB, $0.path.string) < ($1.usedKiB, $1.path.string) }
    }

    static func hasRoom(_ area: SwapArea, _ seen: Observation) -> Bool {
        seen.availableKiB.map { $0 >= area.neededKiB } ?? false
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let assessment = horizon == .now ? assessNow(seen) : assessNextBoot(seen)
        guard let tolerance = seen.tolerance, case .unmet(let observed, var findings, _) = assessment else {
            return assessment
        }
        // A person wants this swap: it is told, and nothing is taken away.
        for index in findings.indices {
            findings[index].severity = min(findings[index].severity, .warning)
            findings[index].why =
                "\(tolerance.isFlag ? "--fail-swap-on" : "failSwapOn") is false in \(tolerance.evidence.path): the kubelet starts beside swap, and nucprep leaves it on"
            findings[index].remedy = "nothing to do while the kubelet has this setting"
            findings[index].evidence.append(tolerance.evidence)
        }
        return .unmet(observed: observed, findings: findings, proposals: [])
    }
}
