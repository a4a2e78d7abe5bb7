internal import Glibc
internal import Kmod
internal import NodeEngine
package import NodeState
package import SystemPackage
internal import Systemd

/// A machine, seen from its root: the live one at `/`, or a mounted image or a fixture anywhere else.
package struct LinuxMachine: Sendable {
    package let root: FilePath
    /// What can be seen of it.
    package let view: HostView
    /// Tries the other nodes, when it is run; `nil` beneath another root than `/`.
    package let peers: ReachPeers?

    /// The machine beneath `root`.
    ///
    /// Beneath another root than `/`, everything is read from its files, and what is no file from `record`; what neither
    /// says is unknown. `thread` is where answers of the bus are waited for.
    /// - Throws: when the root is no directory.
    package init(
        root: FilePath, record: RecordedAnswers = RecordedAnswers(),
        thread: any SerialExecutor = DedicatedThread(label: "nucprep.units")
    ) throws(ObservationError) {
        self.root = root
        let isLive = root == "/"
        let opened = try RootedOpen(root: root)
        let files = RootedFiles(opened, record: isLive ? nil : record)
        let units = isLive ? BusUnits(thread: thread) : nil
        let peers = isLive ? ReachPeers() : nil
        let apt = AptLook()
        let packages =
            isLive
            ? DpkgPackages(files: opened) { () async throws(ObservationError) in try await apt.policy() }
            : DpkgPackages(files: opened, record: record)
        self.peers = peers
        view = HostView(
            files: files, modules: isLive ? KmodModules() : FileModules(files: files),
            kernel: FileKernel(files: files, record: isLive ? nil : record, units: units),
            network: isLive ? LiveNetwork(files: files) : record, units: units.map { $0 as any UnitReading } ?? record,
            packages: packages, runtime: isLive ? CRIRuntime() : record,
            peers: peers.map { $0 as any PeerReading } ?? record,
            processes: isLive ? KubeadmLook(files: opened, thread: thread) : record,
            sshd: isLive ? SSHDaemonLook(files: opened) : record,
            packetFilter: isLive ? LivePacketFilter(modules: KmodModules()) : record)
    }

    /// The machine beneath `root` with the record that lies beside that folder, as `machine.toml`, where there is one.
    ///
    /// - Throws: when the root is no directory, or the record cannot be read.
    package static func recorded(
        _ root: FilePath, thread: any SerialExecutor = DedicatedThread(label: "nucprep.units")
    ) throws(ObservationError) -> LinuxMachine {
        guard root != "/" else { return try LinuxMachine(root: root, thread: thread) }
        let folder = root.components.count > 1 ? root.removingLastComponent() : root.isRelative ? "." : "/"
        let name: FilePath = "machine.toml"
        guard let bytes = try RootedOpen(root: folder).bytes(at: name, limit: 1 << 18) else {
            return try LinuxMachine(root: root)
        }
        return try LinuxMachine(root: root, record: RecordedAnswers(try HostRecord(parsing: bytes)))
    }

    /// The boot that runs: 32 hexadecimal digits; zeros beneath another root than `/`.
    package var bootID: String {
        root == "/" ? (try? SystemIdentity.bootID()) ?? Self.noBoot : Self.noBoot
    }

    /// Whether any local user may read the file at `path`; absent is no secret, and unreadable is one.
    package func isWorldReadable(_ path: FilePath) -> Bool {
        do {
            return try RootedOpen(root: root).openRegular(path).status().permissions & 0o004 != 0
        } catch let error as Errno {
            return error == .noSuchFileOrDirectory
        } catch {
            return false
        }
    }

    private static let noBoot = String(repeating: "0", count: 32)
}

/// Files beneath a root.
struct RootedFiles: FileReading {
    private let files: RootedOpen
    private let record: RecordedAnswers?

    /// The files that `files` opens; the times and modes of a recorded tree are those of its record.
    init(_ files: RootedOpen, record: RecordedAnswers? = nil) {
        self.files = files
        self.record = record
    }

    func bytes(at path: FilePath, limit: Int) throws(ObservationError) -> [UInt8]? {
        try files.bytes(at: place(path), limit: limit)
    }

    func beginning(of path: FilePath, limit: Int) throws(ObservationError) -> [UInt8]? {
        try files.beginning(of: place(path), limit: limit)
    }

    func script(at path: FilePath, limit: Int) throws(ObservationError) -> [UInt8]? {
        try files.script(at: place(path), limit: limit)
    }

    func kind(of path: FilePath) throws(ObservationError) -> FileKind? { try files.kind(of: place(path)) }

    func room(at path: FilePath) throws(ObservationError) -> FileSystemRoom? { try files.room(at: path) }

    func hasEntryTypes(at path: FilePath) throws(ObservationError) -> Bool? { try files.hasEntryTypes(at: path) }

    func names(in folder: FilePath) throws(ObservationError) -> [String] { try files.names(in: place(folder)) }

    func modified(_ path: FilePath) throws(ObservationError) -> Int? {
        guard let times = record?.value.times else { return try files.modified(place(path)) }
        return try files.kind(of: path) == nil ? nil : times[path] ?? 0
    }

    func barrier(to path: FilePath) throws(ObservationError) -> FilePath? {
        guard let record else { return try files.barrier(to: place(path)) }
        return record.value.closed.first { path.starts(with: $0) }
    }

    func isExecutable(_ path: FilePath) throws(ObservationError) -> Bool? { try files.isExecutable(place(path)) }

    private static let systemCredentials: FilePath = "/run/credentials/@system"

    /// Where a file is for us: a service sees those credentials of the system that its unit names, in a folder of its own.
    ///
    /// - Source: systemd.exec(5), `LoadCredential=`.
    private func place(_ path: FilePath) -> FilePath {
        guard record == nil, path.starts(with: Self.systemCredentials), let own = unsafe getenv("CREDENTIALS_DIRECTORY")
        else { return path }
        return FilePath(unsafe String(cString: own))
            .appending(path.components.dropFirst(Self.systemCredentials.components.count))
    }
}

/// Modules, as libkmod says.
private struct KmodModules: ModuleReading {
    func presence(of name: String) throws(ObservationError) -> ModulePresence {
        do throws(Errno) {
            switch try ModuleContext().state(of: name) {
            case .live: return .loaded
            case .builtIn: return .builtIn
            case .absent: return .absent
            case .changing: throw .resourceBusy
            }
        } catch {
            throw ObservationError(reading: "the state of the module \(name)", cause: error.description, errno: error)
        }
    }
}

/// Modules, as `/sys/module` of a tree says; a tree without it says nothing.
private struct FileModules: ModuleReading {
    let files: RootedFiles

    func presence(of name: String) throws(ObservationError) -> ModulePresence {
        let all: FilePath = "/sys/module"
        guard try files.kind(of: all) == .directory else {
            throw ObservationError(reading: "the state of the module \(name)", cause: "this tree does not record it")
        }
        let folder = all.appending(String(name.map { $0 == "-" ? "_" : $0 }))
        guard try files.kind(of: folder) == .directory else { return .absent }
        return try files.kind(of: folder.appending("initstate")) == nil ? .builtIn : .loaded
    }
}

/// The kernel, as `/proc/sys/kernel` says.
private struct FileKernel: KernelReading {
    let files: RootedFiles
    /// `nil` on the live machine.
    let record: RecordedAnswers?
    /// hostnamed and timedated, on the live machine.
    let units: BusUnits?

    func release() async throws(ObservationError) -> String { try await word("/proc/sys/kernel/osrelease") }
    func nodename() async throws(ObservationError) -> String { try await word("/proc/sys/kernel/hostname") }
    func hostnamed() async throws(ObservationError) -> HostnamedState? {
        if let units { return try await units.hostnamed() }
        return try (record ?? RecordedAnswers()).hostnamed()
    }
    func today() throws(ObservationError) -> Int { try record?.today() ?? HostClock.engine.realtime() }
    func isClockSynchronised() async throws(ObservationError) -> Bool {
        if let units { return try await units.isClockSynchronised() }
        return try (record ?? RecordedAnswers()).isClockSynchronised()
    }

    func room(at path: FilePath) throws(ObservationError) -> FileSystemRoom? {
        if let record { return try record.room(at: path) }
        return try files.room(at: path)
    }

    func hasEntryTypes(at path: FilePath) throws(ObservationError) -> Bool? {
        if let record { return record.hasEntryTypes(at: path) }
        return try files.hasEntryTypes(at: path)
    }

    private func word(_ path: FilePath) async throws(ObservationError) -> String {
        guard let text = try await files.text(at: path) else {
            throw ObservationError(reading: path.string, cause: "it is absent")
        }
        return String(text.prefix { $0 != "\n" })
    }
}
