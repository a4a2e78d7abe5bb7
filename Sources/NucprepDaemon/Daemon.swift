internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeEngine
internal import NodeRequirements
internal import NodeState
internal import SystemPackage
internal import Systemd
internal import UnixSignals

/// The composition root: makes every part of the running daemon and joins them.
struct Daemon: Sendable {
    private let root: FilePath
    private let socketPath: FilePath
    private let inherited: SystemPackage.FileDescriptor?
    private let instance: String
    private let clock: EngineClock
    private let machine: LinuxMachine
    private let state: DaemonState
    private let journal: JournalWriter
    private let loader: ConfigurationLoader
    private let board = WakeBoard()
    private let cache: SnapshotCache
    private let builder: StatusBuilder
    private let acts: HostActs
    private let convergence: Convergence

    /// The daemon that these options ask for.
    ///
    /// - Throws: when the root cannot be opened.
    init(_ options: Options) throws {
        root = options.root
        socketPath = options.socket
        inherited = try Notify.inheritedSockets().first { $0.name == "api" }?.descriptor
        instance = Surroundings.instance()
        let (clock, state) = (HostClock.engine, DaemonState())
        self.clock = clock
        self.state = state
        machine = try LinuxMachine(root: root)
        journal = JournalWriter(isService: Surroundings.isService)
        let memory = root.appending(FilePath("var/lib/nucprep").components)
        let files = StateFiles(StateFolder(memory))
        acts = try HostActs(root: root, state: memory)
        loader = ConfigurationLoader(ConfigurationReader(root: root, known: Catalog.ids), state: files)
        builder = StatusBuilder(
            state: state, instance: instance, bootID: machine.bootID, startedAt: InstantText.rfc3339(clock.realtime()))
        cache = SnapshotCache(encode: builder.publish)
        let load = loader.start()
        state.update { $0.take(load) }
        convergence = Convergence(
            host: machine.view, control: acts.control, rules: Rules.of(state.value), bootID: machine.bootID,
            clock: clock, keeping: files, tell: { [journal] in journal.write(JournalEntry($0)) },
            publish: { [cache] in
                cache.publish($0)
                _ = try? Notify.status(StatusLine.text(of: $0))
            })
    }

    /// Serves until SIGTERM or SIGINT; returns once everything has ended.
    ///
    /// - Throws: when the API cannot be served: there is no socket.
    func run() async throws {
        StandardStreams.ignoreBrokenPipes()
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        let socket =
            try inherited.map { try ListeningSocket.inherited($0) } ?? ListeningSocket.bound(to: socketPath)
        let events = try HostEvents(root: root, inputs: await convergence.inputs.union(LifecycleRule.inputs))
        tellStart(events)
        let server = APIServer(on: socket, handler: handler)
        // Each task says whether its end is the end of the daemon: that of the server, which is an error, and a signal.
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await server.run()
                return true
            }
            group.addTask { [board] in
                await events.run { inputs, at in board.note(inputs, at: at) }
                return false
            }
            group.addTask {
                await driftWatch.run()
                return false
            }
            group.addTask { [board] in
                await Backstop(board: board).run()
                return false
            }
            group.addTask { [board, cache, clock] in
                await Retry(board: board, cache: cache, clock: clock).run()
                return false
            }
            group.addTask { [convergence] in
                await Watchdog(convergence: convergence).run()
                return false
            }
            group.addTask { [acts, journal] in
                await Aftermath(displaced: acts.displaced, journal: journal).run()
                return false
            }
            group.addTask { [self] in
                for await signal in signals {
                    guard signal == .sighup else { break }
                    await reload()
                }
                return true
            }
            while let isEnd = try await group.next(), !isEnd {}
            _ = try? Notify.stopping()
            state.update { $0.isStopping = true }
            group.cancelAll()
            while let ended = await group.nextResult() { _ = ended }
        }
    }

    private var handler: APIHandler {
        APIHandler(
            cache: cache, state: state, builder: builder, clock: clock, bootID: machine.bootID, known: Catalog.ids,
            requestPass: { [board] in board.requestPass(.request) })
    }

    private var driftWatch: DriftWatch {
        DriftWatch(
            convergence: convergence, board: board, clock: clock,
            refresh: { [self] in await refresh() },
            ready: { [cache] in
                let status = cache.latest.map { StatusLine.text(of: $0.snapshot) }
                _ = try? Notify.ready(status: status)
            })
    }

    private func tellStart(_ events: HostEvents) {
        let value = state.value
        for problem in value.configurationProblems { journal.write(.configRejected(problem)) }
        for lost in events.lost { journal.write(.watchLost(lost.name, cause: lost.cause)) }
        state.update { state in
            state.lostWatches = events.lost.map { .init(part: "watch", name: $0.name, detail: $0.cause) }
        }
        journal.write(.started(version: NucprepVersion.current, mode: value.configuration.mode))
    }

    /// Reads what is known of the machine, and who it is: an address may have come since.
    private func refresh() async {
        let facts = await Surroundings.facts(of: machine)
        let before = state.value.identity
        state.update { state in
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
            state.update { $0.configurationProblems = load.problems }
            for problem in load.problems { journal.write(.configRejected(problem)) }
            board.requestPass(.request)
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
        identity = NodeIdentity(configuration, addresses: machine.addresses)
    }
}

/// The rules of the catalogue under a configuration.
enum Rules {
    static func of(_ state: DaemonState.Value) -> Convergence.Rules {
        Convergence.Rules(
            configuration: state.configuration, requirements: Catalog.requirements(state.configuration),
            waivers: state.identity.waivers(of: state.configuration), lifecycle: LifecycleRule.lifecycle,
            isKubeadmRunning: LifecycleRule.isKubeadmRunning)
    }
}
