internal import CommandProcess
internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeEngine
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import Systemd
internal import TextForms
internal import UnixSignals

/// The composition root: makes every part of the running daemon and joins them.
struct Daemon: Sendable {
    private let root: FilePath
    private let socketPath: FilePath
    /// What systemd hands over: the socket for all, and the one for root alone.
    private let inherited: [SystemPackage.FileDescriptor]
    private let instance: String
    private let clock: EngineClock
    /// Where looks and acts run.
    private let thread: WorkThread
    private let machine: LinuxMachine
    private let state: DaemonState
    private let journal: JournalWriter
    private let reader: ConfigurationReader
    private let loader: ConfigurationLoader
    private let board = WakeBoard()
    private let cache: SnapshotCache
    private let builder: StatusBuilder
    private let startup: Startup
    private let statusLine = StatusLine()
    private let acts: HostActs
    private let convergence: Convergence

    /// What bears on all requirements: the files of the configuration.
    private static let wholeInputs: Set<Input> = [
        .path("/etc/nucprep"), .path("/etc/nucprep/conf.d"), .path("/run/nucprep/conf.d"),
    ]

    /// The daemon that these options ask for.
    ///
    /// - Throws: when the root cannot be opened.
    init(_ options: Options) throws {
        root = options.root
        socketPath = options.socket
        inherited = try Notify.inheritedSockets().filter { $0.name == "api" }.map(\.descriptor)
        instance = Surroundings.instance()
        let (clock, state) = (HostClock.engine, DaemonState())
        self.clock = clock
        self.state = state
        thread = try WorkThread(name: "nucprep-look")
        machine = try LinuxMachine.recorded(root, thread: thread.actors)
        journal = JournalWriter(isService: Surroundings.isService)
        let memory = root.appending(FilePath("var/lib/nucprep").components)
        let files = StateFiles(StateFolder(memory))
        acts = try HostActs(root: root, state: memory, thread: thread.actors)
        reader = ConfigurationReader(root: root, known: Catalog.ids)
        loader = ConfigurationLoader(reader, state: files)
        builder = StatusBuilder(
            state: state, instance: instance, bootID: machine.bootID, startedAt: InstantText.rfc3339(clock.realtime()))
        cache = SnapshotCache(encode: builder.publish)
        let startup = Startup(state: state, cache: cache)
        self.startup = startup
        let load = loader.start()
        state.update { $0.take(load) }
        convergence = Convergence(
            host: machine.view,
            control: ActivityControl(
                control: ReadyBeforePackages(control: acts.control, tell: startup.tell), state: state, clock: clock),
            gate: GateWatch.on(root), rules: Rules.of(state.value), bootID: machine.bootID,
            clock: clock, keeping: files, tell: { [journal] in journal.write(JournalEntry($0)) },
            publish: { [cache, statusLine] in statusLine.tell(cache.publish($0)) })
    }

    /// Serves until SIGTERM or SIGINT; returns once everything has ended.
    ///
    /// - Throws: when the API cannot be served: there is no socket.
    func run() async throws {
        StandardStreams.ignoreBrokenPipes()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        var sockets = try inherited.map { try ListeningSocket.inherited($0) }
        if sockets.isEmpty { sockets = [try ListeningSocket.bound(to: socketPath)] }
        let events = try HostEvents(root: root, inputs: await convergence.inputs.union(Self.wholeInputs))
        await tellStart(events)
        let server = APIServer(on: sockets, handler: handler)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            group.addTask { await work(events) }
            group.addTask { await heed(signals) }
            // The work goes on for ever, and the server ends by itself only with an error: as a rule it is a signal.
            _ = try await group.next()
            _ = try? Notify.stopping()
            state.update { $0.isStopping = true }
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
        }
    }

    /// Everything that goes on beside the answers, until the task is cancelled.
    private func work(_ events: HostEvents) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await events.run { inputs, at in
                    // What decides about every requirement wants a full look.
                    if inputs.isDisjoint(with: Self.wholeInputs) {
                        board.note(inputs, at: at)
                    } else {
                        board.requestPass(.event, about: inputs, at: at)
                    }
                }
            }
            group.addTask { await machine.peers?.run { board.note([.peers], at: .now) } }
            // A look takes much longer than an answer, and must not stand before one.
            group.addTask(executorPreference: thread.tasks) { await driftWatch.run() }
            group.addTask { await Backstop(board: board).run() }
            group.addTask { await Retry(board: board, cache: cache, clock: clock).run() }
            group.addTask { await KubeadmEnd(board: board, cache: cache).run() }
            group.addTask { await Patience(isReady: { state.value.isReady }, ready: startup.tell).run() }
            group.addTask { await Watchdog(convergence: convergence).run() }
            group.addTask { await Aftermath(replaced: acts.replaced, journal: journal).run() }
        }
    }

    /// Reads the configuration again at each SIGHUP; returns at SIGTERM or SIGINT.
    private func heed(_ signals: UnixSignalsSequence) async {
        for await signal in signals {
            guard signal == .sighup else { return }
            await reload()
        }
    }

    private var handler: APIHandler {
        APIHandler(
            cache: cache, state: state, builder: builder, clock: clock, bootID: machine.bootID, known: Catalog.ids,
            isWorldReadable: machine.isWorldReadable, requestPass: { [board] in board.requestPass(.request) },
            requestTrial: { [board] in board.requestTrial() }, progress: PackageProgress.of)
    }

    private var driftWatch: DriftWatch {
        DriftWatch(
            convergence: convergence, board: board, clock: clock,
            refresh: { [self] in await refresh() }, rules: { [state] in Rules.of(state.value, isTrial: $0) },
            ready: startup.tell)
    }

    private func tellStart(_ events: HostEvents) async {
        let value = state.value
        for problem in value.configurationProblems { journal.write(.configRejected(problem)) }
        for lost in events.lost { journal.write(.watchLost(lost.name, cause: lost.cause)) }
        state.update { state in
            state.lostWatches = events.lost.map { .init(part: "watch", name: $0.name, detail: $0.cause) }
        }
        for stray in await acts.sweep() {
            journal.write(
                .lateWrite(
                    "\(stray.path) was left by a run that ended in the middle of a change; it is a backup now",
                    object: stray.original.string, backup: stray.digest))
        }
        journal.write(.started(version: NucprepVersion.current, mode: value.configuration.mode))
    }

    /// Reads what is known of the machine, and who it is: an address may have come since.
    private func refresh() async {
        let facts = await Surroundings.facts(of: machine, state.value.configuration)
        let (before, files) = (state.value.identity, state.value.configurationFiles)
        let isChanged = reader.isChanged(since: files)
        state.update { state in
            state.isChangedOnDisk = isChanged
            state.machine = facts
            state.identity = NodeIdentity(state.configuration, addresses: facts.addresses)
        }
        // The waivers depend on who this node is.
        if state.value.identity != before { await convergence.adopt(Rules.of(state.value)) }
    }

    /// Takes the files into force, all or nothing; what was in force stays when they are invalid.
    private func reload() async {
        _ = try? Notify.reloading()
        let load = loader.read()
        if load.isGood {
            state.update { $0.take(load) }
            board.adopt(Rules.of(state.value))
            journal.write(.configLoaded(mode: load.configuration.mode))
        } else {
            state.update { state in
                state.configurationProblems = load.problems
                state.configurationFiles = load.files
            }
            for problem in load.problems { journal.write(.configRejected(problem)) }
            board.requestPass(.reload)
        }
        _ = try? Notify.ready()
    }
}

extension DaemonState.Value {
    /// Puts a configuration into force.
    mutating func take(_ load: ConfigurationLoad) {
        configuration = load.configuration
        configurationDigest = load.digest
        configurationProblems = load.problems
        configurationFiles = load.files
        isChangedOnDisk = false
        identity = NodeIdentity(configuration, addresses: machine.addresses)
    }
}

/// The rules of the catalogue under a configuration.
enum Rules {
    static func of(_ state: DaemonState.Value, isTrial: Bool = false) -> Convergence.Rules {
        var configuration = state.configuration
        if isTrial, !configuration.consent.contains(.trial) { configuration.consent.append(.trial) }
        let packageVersion = configuration.cluster.packageVersion
        return Convergence.Rules(
            configuration: configuration, requirements: Catalog.requirements(configuration),
            waivers: state.identity.waivers(of: configuration),
            lifecycle: { (host) async throws(ObservationError) in
                try await LifecycleRule.lifecycle(of: host, packageVersion: packageVersion)
            },
            lifecycleInputs: LifecycleRule.inputs, isMember: LifecycleRule.isMember,
            kubeadm: KubeadmAtWork.sighting)
    }
}
