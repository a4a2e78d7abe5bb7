internal import ConfigFormats
internal import ContainerRuntime
internal import Glibc
internal import Kmod
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Acts on the running machine, on a thread of its own: the bus, the loading of a module and a commit all block.
actor LinuxControl: HostControl {
    private let thread: any SerialExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private let files: RootedOpen
    private let acts: FileActs
    private let memory: StateFolder
    private let units: any UnitOrdering = BusOrders()

    /// How long systemd may take to end one area: it moves what is in it to memory.
    private static let swapDeadline = Duration.seconds(300)

    init(files: RootedOpen, acts: FileActs, memory: StateFolder, thread: any SerialExecutor) {
        self.thread = thread
        self.files = files
        self.acts = acts
        self.memory = memory
    }

    func perform(_ change: Change) async throws(ChangeError) -> Effect {
        if case .configurePackages = change {} else { packages.settle() }
        return try await carryOut(change)
    }

    private func carryOut(_ change: Change) async throws(ChangeError) -> Effect {
        switch change {
        case .disableSwap(let area): try end(area)
        case .editFstab(let edit), .writeFile(let edit), .writeBlock(let edit), .disableAptSource(let edit):
            try acts.write(edit, for: change)
        case .maskUnit(let name): try acts.mask(name)
        case .loadModule(let name): try load(name)
        case .reloadSystemd: try reload()
        case .writeSysctl(let key, let value): try KernelValues(files: files).write(key, value)
        case .setHostname(let name): try HostnameAct(units: units, acts: acts, files: files).set(name)
        case .editContainerdConfig(let edit): try containerd.edit(edit)
        case .startUnit(let name): try UnitActs(units: units).start(name)
        case .enableUnit(let name): try UnitActs(units: units).enable(name)
        case .restartUnit(ContainerdActs.unit): try await containerd.restart()
        case .restartUnit(let name): throw .refused("cannot restart \(name): nucprep restarts containerd alone")
        case .holdPackages(let names): try packages.hold(names)
        case .updatePackageLists: try packages.refresh()
        case .configurePackages: try packages.configure()
        case .installPackages(let order): try packages.install(order)
        case .fetchKey(let order): try KeyFetch(run: run, acts: acts, files: files).fetch(order)
        case .tryPodSandbox(let trial): try await sandboxes.start(trial)
        case .moveAside(let move): try acts.move(move, for: change)
        case .removeLink(let link): try LinkAct().remove(link)
        case .deleteChains(let chains): try ChainsAct().delete(chains)
        }
    }

    private var run: UnitRun { UnitRun(units: units, folder: StateFolder("/run/nucprep")) }

    /// Forgets an order of packages that an earlier run began and that is over, and removes the pod sandbox of a trial
    /// that was killed.
    func settle() async {
        packages.settle()
        await sandboxes.sweep()
    }

    private var sandboxes: PodSandboxAct {
        PodSandboxAct(
            runtime: ContainerdSandboxes(), units: units, files: files, memory: memory,
            running: StateFolder("/run/nucprep"))
    }

    private var packages: PackageActs { PackageActs(run: run, files: files, memory: memory) }
    private var containerd: ContainerdActs {
        ContainerdActs(
            units: units, run: run, acts: acts, files: files, memory: memory, ask: Self.ask,
            now: HostClock.engine.realtime)
    }

    private static func ask(_ limit: Duration) async -> ContainerdActs.CRIState {
        switch await CRIClient.version(socket: "/run/containerd/containerd.sock", deadline: limit) {
        case .serving: .serving
        case .withoutCRI: .off
        case .noSocket(let cause), .failed(let cause): .silent(cause)
        }
    }

    private func reload() throws(ChangeError) -> Effect {
        do throws(BusError) {
            try units.reload()
            return .applied
        } catch {
            throw .failed(error.description)
        }
    }

    private func load(_ name: String) throws(ChangeError) -> Effect {
        let outcome: ModuleInsertion
        do throws(Errno) {
            outcome = try ModuleContext().insert(name)
        } catch {
            throw .failed("cannot load \(name): \(error)")
        }
        switch outcome {
        case .inserted: return .applied
        case .alreadyPresent: return .alreadyTrue
        case .blacklisted: throw .refused("cannot load \(name): a line of modprobe.d forbids it")
        case .replaced(let command): throw .refused("cannot load \(name): modprobe.d puts \"\(command)\" in its place")
        case .noSuchModule: throw .refused("cannot load \(name): this kernel has no such module")
        }
    }

    /// Ends an area by stopping its unit, when there is still room for what is in it.
    ///
    /// - Source: systemd.swap(5): systemd keeps a unit for each line of `/proc/swaps`, whoever turned it on.
    private func end(_ area: SwapArea) throws(ChangeError) -> Effect {
        guard let present = try active(area.path) else { return .alreadyTrue }
        let available = try availableKiB()
        guard available >= present.neededKiB else {
            throw .waiting(
                .memory,
                "cannot end \(area.path): it needs \(present.neededKiB) KiB of memory, and \(available) KiB are available"
            )
        }
        guard let name = UnitName.escapingPath(area.path.string) else {
            throw .failed("cannot end \(area.path): systemd has no unit for such a path")
        }
        switch try stop(name + ".swap") {
        case .done: break
        case .ended(let word): throw .failed("cannot end \(area.path): its unit's stop job ended with \(word)")
        }
        guard try active(area.path) == nil else {
            throw .failed("cannot end \(area.path): its unit stopped, and the area is still active")
        }
        return .applied
    }

    private func stop(_ unit: String) throws(ChangeError) -> JobResult {
        let patience = ContinuousClock.now + .seconds(1)
        while true {
            do throws(BusError) {
                return try units.stop(unit, deadline: Self.swapDeadline)
            } catch {
                // systemd hears of a new area a moment after the kernel activated it, as we do.
                guard error.isNoSuchUnit, ContinuousClock.now < patience else { throw .failed(error.description) }
                _ = usleep(50_000)
            }
        }
    }

    private func active(_ path: FilePath) throws(ChangeError) -> SwapArea? {
        do {
            let text = String(decoding: try files.bytes(at: "/proc/swaps", limit: 1 << 20) ?? [], as: UTF8.self)
            guard !text.isEmpty else { return nil }
            return try SwapTable(parsing: text).entries.first { $0.path == path.string && !$0.isDeleted }.map { entry in
                SwapArea(
                    path: path, kind: "", sizeKiB: Int(clamping: entry.sizeKiB), usedKiB: Int(clamping: entry.usedKiB),
                    isDeleted: false)
            }
        } catch {
            throw .failed("\(error)")
        }
    }

    private func availableKiB() throws(ChangeError) -> Int {
        let bytes = (try? files.bytes(at: "/proc/meminfo", limit: 1 << 20)) ?? nil
        let line = String(decoding: bytes ?? [], as: UTF8.self).textLines()
            .first { $0.hasPrefix("MemAvailable:") }
        guard let number = line?.split(separator: " ").dropFirst().first, let value = Int(number) else {
            throw .failed("cannot read how much memory is available: /proc/meminfo does not report it")
        }
        return value
    }
}

/// Acts on a tree of files that is no running system.
actor RootedControl: HostControl {
    private let thread = DedicatedThread(label: "nucprep.control")
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    private let acts: FileActs

    init(acts: FileActs) { self.acts = acts }

    func perform(_ change: Change) throws(ChangeError) -> Effect {
        switch change {
        case .editFstab(let edit), .writeFile(let edit), .writeBlock(let edit), .disableAptSource(let edit),
            .editContainerdConfig(let edit):
            try acts.write(edit, for: change)
        case .maskUnit(let name): try acts.mask(name)
        case .moveAside(let move): try acts.move(move, for: change)
        // Nothing has read the units of a tree, so nothing has to read them again.
        case .reloadSystemd: .alreadyTrue
        case .disableSwap(let area): throw .refused("cannot end \(area.path): this tree is no running system")
        case .loadModule(let name): throw .refused("cannot load \(name): this tree is no running system")
        case .writeSysctl, .setHostname, .startUnit, .enableUnit, .restartUnit, .holdPackages, .updatePackageLists,
            .installPackages, .configurePackages, .fetchKey, .tryPodSandbox, .removeLink, .deleteChains:
            throw .refused("cannot \(change.kind) \(change.object): this tree is no running system")
        }
    }
}
