internal import ConfigFormats
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Has sshd itself test its configuration, in the unit for that.
///
/// sshd is run when one of the files has changed that its answer rests on, and not in every look.
/// - Source: sshd(8), `-t`; openssh `sshd.c` (`main`).
actor SSHDaemonLook: SSHDaemonReading {
    private let thread = DedicatedThread(label: "nucprep.sshd")
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private let run: UnitRun
    private let files: RootedOpen
    private var known: (versions: [FileVersion], answer: SSHDaemonAnswer)?

    /// What sshd says of its folder, which systemd makes when it starts ssh.service: it looks for it last of all.
    private static let folderIsMissing = "Missing privilege separation directory"
    /// What it says of a host name in `ListenAddress`, which cannot be resolved in a unit without a network.
    private static let nameIsUnresolved = "bad addr or host"

    /// Asks on the running machine.
    init(files: RootedOpen) {
        self.init(UnitRun(units: BusOrders(), folder: StateFolder("/run/nucprep")), files: files)
    }

    init(_ run: UnitRun, files: RootedOpen) {
        self.run = run
        self.files = files
    }

    func testConfiguration() throws(ObservationError) -> SSHDaemonAnswer {
        let before = try versions()
        if let known, known.versions == before { return known.answer }
        let answer = try ask()
        // What changed meanwhile is asked for again at the next look.
        if try versions() == before { known = (before, answer) }
        return answer
    }

    private func ask() throws(ObservationError) -> SSHDaemonAnswer {
        let what = "the configuration of sshd"
        let outcome: UnitRun.Outcome
        do throws(BusError) {
            outcome = try run.run("look-sshd", errors: "look-sshd.log", deadline: .seconds(20))
        } catch {
            throw ObservationError(reading: what, cause: error.description, errno: error.errno)
        }
        if outcome.isDone { return .accepted }
        let lines = outcome.errors.textLines().map(String.init)
        guard !lines.contains(where: { $0.contains(Self.nameIsUnresolved) }) else {
            throw ObservationError(reading: what, cause: "sshd -t: \(lines[0])")
        }
        let faults = lines.filter { !$0.contains(Self.folderIsMissing) }
        if faults.isEmpty, !lines.isEmpty { return .accepted }
        guard !faults.isEmpty else {
            throw ObservationError(reading: what, cause: "nucprep-look-sshd.service ended with \(outcome.word)")
        }
        return .refused(Array(faults.prefix(8)))
    }

    /// The files that the answer rests on, in their present versions: sshd, its user, all below its folder.
    private func versions() throws(ObservationError) -> [FileVersion] {
        let folder: FilePath = "/etc/ssh"
        var paths: [FilePath] = ["/usr/sbin/sshd", "/etc/passwd", folder]
        for name in try files.names(in: folder) {
            let path = folder.appending(name)
            paths.append(path)
            guard try files.kind(of: path) == .directory else { continue }
            paths += try files.names(in: path).map { path.appending($0) }
        }
        return try FileVersion.all(paths, in: files)
    }
}
