internal import Glibc
package import NodeState
internal import Synchronization
package import SystemPackage

/// Tries the other nodes through `nucprepd --reach`, which has the network that the daemon has not.
///
/// While ``run(_:)`` goes on, nobody waits: a target that was not tried yet is unknown, and each answer that is older than
/// a minute is asked for anew when somebody wants it. Without it the asking itself waits.
package final class ReachPeers: PeerReading {
    private struct State {
        var isServed = false
        var answers: [PeerTarget: PeerAnswer] = [:]
        var wanted: Set<PeerTarget> = []
        var asked: Set<PeerTarget> = []
        var askedAt: SuspendingClock.Instant?
        /// Why the last asking came to nothing.
        var failure: ObservationError?
    }

    /// How old an answer may be before it is asked for anew.
    private static let age = Duration.seconds(60)
    private static let timeoutMilliseconds = 2000
    /// How long systemd may take to start the helper.
    private static let start = Duration.seconds(10)

    private let socket: FilePath
    private let asker = Asker()
    private let state = Mutex(State())
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// Asks at `socket`.
    package init(socket: FilePath = "/run/nucprep/reach.sock") {
        self.socket = socket
        (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func probe(_ targets: [PeerTarget]) async throws(ObservationError) -> [PeerAnswer] {
        guard !targets.isEmpty else { return [] }
        state.withLock { $0.wanted = Set(targets) }
        if isServed {
            if isDue { ring.yield() }
        } else if isDue {
            await ask()
        }
        let (answers, failure) = state.withLock { ($0.answers, $0.failure) }
        var found: [PeerAnswer] = []
        for target in targets {
            guard let answer = answers[target] else {
                throw failure
                    ?? ObservationError(reading: target.address.description, cause: "probe in progress")
            }
            found.append(answer)
        }
        return found
    }

    /// Asks whenever it is time, and tells `hear` when there are new answers, until the task is cancelled.
    package func run(_ hear: @Sendable () -> Void) async {
        state.withLock { $0.isServed = true }
        ring.yield()
        for await _ in bell where isDue {
            await ask()
            hear()
            // What kept the helper from answering need not last; nobody else would ask again soon.
            while hasFailed, (try? await Task.sleep(for: Self.age, tolerance: .seconds(5))) != nil {
                await ask()
                hear()
            }
        }
        state.withLock { $0.isServed = false }
    }

    /// Whether the asking goes on beside.
    var isServed: Bool { state.withLock { $0.isServed } }

    private var hasFailed: Bool { state.withLock { $0.failure != nil } }

    private var isDue: Bool {
        state.withLock { state in
            guard !state.wanted.isEmpty else { return false }
            guard let askedAt = state.askedAt, state.wanted.isSubset(of: state.asked) else { return true }
            return SuspendingClock.now - askedAt >= Self.age
        }
    }

    private func ask() async {
        let targets = state.withLock { state in
            state.asked = state.wanted
            state.askedAt = .now
            return state.wanted.sorted { ($0.address, $0.port) < ($1.address, $1.port) }
        }
        let result = await asker.ask(
            at: socket,
            ReachRequest(
                targets: targets.prefix(ReachRequest.mostTargets).map {
                    ReachRequest.Target(address: $0.address, port: $0.port, wantsEcho: true)
                }, timeoutMilliseconds: Self.timeoutMilliseconds))
        state.withLock { state in
            switch result {
            case .success(let answers):
                // An answer about somebody who was not asked about is nobody's.
                let known = answers.filter { targets.contains($0.target) }
                state.answers = Dictionary(known.map { ($0.target, $0) }, uniquingKeysWith: { first, _ in first })
                state.failure = nil
            case .failure(let error):
                state.answers = [:]
                state.failure = error
            }
        }
    }

    /// Blocks on the socket, on a thread of its own.
    private actor Asker {
        private let thread = DedicatedThread(label: "nucprep.reach")
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

        func ask(at socket: FilePath, _ request: ReachRequest) -> Result<[PeerAnswer], ObservationError> {
            let what = "the answers of other nodes"
            do throws(Errno) {
                let line = try LocalLine.exchange(
                    request.line, at: socket, limit: 4 * ReachRequest.largestLine,
                    within: .milliseconds(request.timeoutMilliseconds) + ReachPeers.start)
                switch ReachReply(parsing: line) {
                case .results(let results): return .success(results.map(PeerAnswer.init))
                case .failed(let cause): return .failure(ObservationError(reading: what, cause: cause))
                case nil: return .failure(ObservationError(reading: what, cause: "the helper's line is malformed"))
                }
            } catch {
                return .failure(ObservationError(reading: what, cause: "\(socket): \(error)", errno: error))
            }
        }
    }
}

extension PeerAnswer {
    fileprivate init(_ result: ReachReply.Result) {
        self.init(
            PeerTarget(address: result.address, port: result.port), tcp: Outcome(result.tcp),
            echo: result.echo.map(Outcome.init) ?? .timeout, lost: result.lost, roundTrip: result.microseconds,
            largest: result.takesLargest.map { $0 ? .open : .lost })
    }
}

extension PeerAnswer.Outcome {
    fileprivate init(_ outcome: ReachReply.Outcome) {
        self =
            switch outcome {
            case .open: .open
            case .refused: .refused
            case .timeout: .timeout
            case .noRoute: .noRoute
            }
    }
}
