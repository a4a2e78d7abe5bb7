internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// Finds the kubeadm that is at work on a host; nothing is changed meanwhile.
///
/// Any user can start a process that calls itself kubeadm, and so can a pod. What counts is a process of uid 0 in the
/// host's own pid namespace whose executable is the host's kubeadm.
/// - Source: proc_pid_status(5), `Uid`, `NSpid`; proc_pid_stat(5), `starttime`.
package enum KubeadmAtWork {
    /// The oldest such process; `nil` when there is none.
    ///
    /// - Throws: when the processes cannot be listed, or the executable of one that may be kubeadm cannot be told.
    package static func process(on host: HostView) async throws(ObservationError) -> KubeadmProcess? {
        try await sighting(on: host).process
    }

    /// The same, with whether there is any process of that name.
    package static func sighting(on host: HostView) async throws(ObservationError) -> KubeadmSighting {
        var sighting = KubeadmSighting(process: nil)
        var candidates: [Int] = []
        for name in try await host.files.names(in: "/proc") {
            guard let pid = Int(name), pid > 0, await isNamed(pid, host) else { continue }
            sighting.hasNamesakes = true
            if try await isCandidate(pid, host) { candidates.append(pid) }
        }
        // Most of the time there is none, and then no program has to be run to find out more.
        if !candidates.isEmpty { sighting.process = try await oldest(of: candidates, host) }
        return sighting
    }

    private static func oldest(of candidates: [Int], _ host: HostView) async throws(ObservationError) -> KubeadmProcess?
    {
        let found = try await host.processes.kubeadms(among: candidates.sorted())
        var processes: [KubeadmProcess] = []
        for pid in found.sorted() { processes.append(KubeadmProcess(pid: pid, startedAt: await start(of: pid, host))) }
        return processes.min { ($0.startedAt ?? 0, $0.pid) < ($1.startedAt ?? 0, $1.pid) }
    }

    /// Whether a process calls itself kubeadm; one that has ended between the list and the look does not.
    private static func isNamed(_ pid: Int, _ host: HostView) async -> Bool {
        ((try? await host.files.text(at: FilePath("/proc/\(pid)/comm"))) ?? nil)?.hasPrefix("kubeadm") ?? false
    }

    /// Whether a process may be kubeadm, by what any process can see of another.
    private static func isCandidate(_ pid: Int, _ host: HostView) async throws(ObservationError) -> Bool {
        let folder = FilePath("/proc/\(pid)")
        guard let status = (try? await host.files.text(at: folder.appending("status"))) ?? nil else {
            guard await isNamed(pid, host) else { return false }
            throw ObservationError(reading: "\(folder)/status", cause: "it is absent or unreadable")
        }
        let fields = { (name: String) -> [Substring] in
            let line = status.textLines().first { $0.hasPrefix(name + ":") }
            return line?.dropFirst(name.count + 1).split(whereSeparator: { $0 == " " || $0 == "\t" }) ?? []
        }
        // Real, effective, saved, file system: kubeadm does nothing without the effective one.
        let users = fields("Uid")
        guard users.count > 1 else {
            throw ObservationError(reading: "\(folder)/status", cause: "it does not say whose process it is")
        }
        // One that has exited and waits to be reaped has no executable any more.
        guard fields("State").first != "Z", fields("State").first != "X" else { return false }
        // One number for each pid namespace from ours down to its own.
        return users[1] == "0" && fields("NSpid").count <= 1
    }

    /// When a process was started, in microseconds since 1970; `nil` where the kernel does not say.
    private static func start(of pid: Int, _ host: HostView) async -> Int? {
        guard let stat = try? await host.files.text(at: FilePath("/proc/\(pid)/stat")),
            let kernel = try? await host.files.text(at: "/proc/stat"),
            // The name in parentheses may hold anything; what comes after its end is numbers.
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        let boot = kernel.textLines().first { $0.hasPrefix("btime ") }?.dropFirst("btime ".count)
        guard fields.count > 19, let ticks = Int(fields[19]), let boot = boot.flatMap({ Int($0) }), ticks >= 0,
            ticks < 1 << 50, boot < 1 << 40
        else { return nil }
        // The kernel counts a hundred ticks a second for programs on every architecture that Debian runs systemd on.
        return boot * 1_000_000 + ticks * 10_000
    }
}
