internal import ConfigFormats
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Tells which processes run the host's kubeadm, asked by the unit for that.
///
/// The kernel shows a process's executable to whoever could trace it: a process with every capability is shown to
/// CAP_SYS_PTRACE alone, which the daemon has not and is not to have, since it is power over every process.
/// - Source: ptrace(2), "Ptrace access mode checking"; proc_pid_exe(5); kernel, security/commoncap.c,
///   cap_ptrace_access_check().
actor KubeadmLook: ProcessReading {
    private let thread: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private let run: UnitRun
    private let files: RootedOpen
    /// What is known of a process as long as it is the same one and runs the same program.
    private var known: [Int: (version: [UInt8], isKubeadm: Bool)] = [:]

    /// The folders of root's PATH, as login(1) and sudo(8) of Debian and Ubuntu set it.
    static let folders = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
    private static let most = 256

    /// Asks on the running machine.
    init(files: RootedOpen, thread: any SerialExecutor) {
        self.init(UnitRun(units: BusOrders(), folder: StateFolder("/run/nucprep")), files: files, thread: thread)
    }

    init(
        _ run: UnitRun, files: RootedOpen,
        thread: any SerialExecutor = DedicatedThread(label: "nucprep.processes")
    ) {
        self.thread = thread
        self.run = run
        self.files = files
    }

    func kubeadms(among pids: [Int]) throws(ObservationError) -> Set<Int> {
        let what = "the executables of processes named kubeadm"
        guard pids.count <= Self.most else {
            throw ObservationError(reading: what, cause: "there are \(pids.count) of them")
        }
        let versions = pids.map { (pid: $0, version: version(of: $0)) }
        known = known.filter { entry in
            versions.contains { $0.pid == entry.key && !$0.version.isEmpty && $0.version == entry.value.version }
        }
        let asked = versions.filter { known[$0.pid] == nil }
        if !asked.isEmpty {
            let text = try ask(asked.map(\.pid), what)
            for one in asked {
                guard let isKubeadm = Self.isKubeadm(one.pid, in: text) else {
                    // It has ended, or the kernel did not tell.
                    guard self.version(of: one.pid).isEmpty else {
                        throw ObservationError(
                            reading: "/proc/\(one.pid)/exe", cause: "nucprep-look-kubeadm.service did not report it")
                    }
                    continue
                }
                known[one.pid] = (one.version, isKubeadm)
            }
        }
        return Set(known.filter { $0.value.isKubeadm }.keys)
    }

    private func ask(_ pids: [Int], _ what: String) throws(ObservationError) -> String {
        let outcome: UnitRun.Outcome
        do throws(BusError) {
            outcome = try run.run(
                "look-kubeadm", order: OrderFile(lookingAt: pids), output: "look-kubeadm", deadline: .seconds(20))
        } catch {
            throw ObservationError(reading: what, cause: error.description, errno: error.errno)
        }
        guard outcome.isDone, let output = outcome.output else {
            throw ObservationError(reading: what, cause: "nucprep-look-kubeadm.service ended with \(outcome.word)")
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// What changes when a process is another one or runs another program: its start, the size of its code, its words.
    ///
    /// A shell script named kubeadm that becomes the program of that name keeps its number, its start and its name.
    private func version(of pid: Int) -> [UInt8] {
        let read = { [files] (name: String) -> [UInt8] in
            ((try? files.bytes(at: FilePath("/proc/\(pid)/\(name)"), limit: 1 << 16)) ?? nil) ?? []
        }
        let stat = String(decoding: read("stat"), as: UTF8.self)
        guard let end = stat.lastIndex(of: ")") else { return [] }
        let fields = stat[end...].split(separator: " ")
        guard fields.count > 20 else { return [] }
        let code = String(decoding: read("status"), as: UTF8.self).textLines().first {
            $0.hasPrefix("VmExe:")
        }
        return Array("\(fields[20]) \(code ?? "")\0".utf8) + read("cmdline")
    }

    /// Whether what stat(1) told says that a process runs the host's kubeadm; `nil` when it does not tell its executable.
    ///
    /// The same file is the same device and inode, whatever either name is. One that was replaced while it runs, as by an
    /// upgrade of its package, is known by its former name, which only counts where names mean what they mean here.
    static func isKubeadm(_ pid: Int, in text: String) -> Bool? {
        var identities: [Substring: Substring] = [:]
        var names: [Substring] = []
        for line in text.textLines() {
            if line.hasPrefix("'") {
                names.append(line)
                continue
            }
            let parts = line.split(separator: " ", maxSplits: 1)
            if parts.count == 2 { identities[parts[1]] = parts[0] }
        }
        guard let executable = identities["/proc/\(pid)/exe"] else { return nil }
        let programs = folders.map { "\($0)/kubeadm" }
        if programs.contains(where: { identities[Substring($0)] == executable }) { return true }
        guard let own = identities["/proc/\(pid)/ns/mnt"], own == identities["/proc/1/ns/mnt"] else { return false }
        return programs.contains { names.contains("'/proc/\(pid)/exe' -> '\($0) (deleted)'") }
    }
}
