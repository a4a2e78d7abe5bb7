internal import NodeAPITransport
internal import Subprocess
internal import Synchronization
internal import SystemPackage
internal import TextForms

/// One run of ssh: a child in a session of its own, two pipes to speak through, and an end for all it started.
///
/// What ssh itself says, by its exit status and on standard error, explains a conversation that broke.
struct RemoteChild: Sendable {
    /// How much of standard error is kept.
    private static let errorBytes = 16 * 1024
    /// How long a child whose conversation broke may take to say why.
    private static let lastWords = Duration.seconds(2)
    /// How long a child that has answered may take to end.
    private static let farewell = Duration.milliseconds(200)
    /// How long a child may take to end by SIGTERM; it holds nothing that it would have to save.
    private static let teardown = [
        TeardownStep.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(200))
    ]

    private let shell: RemoteShell
    private let searchPath: String?

    init(_ shell: RemoteShell, searchPath: String?) {
        self.shell = shell
        self.searchPath = searchPath
    }

    private enum Outcome: Sendable {
        case heard(Heard)
        case failed(NodeFailure)
        case ended(ConversationEnded)
        case cancelled

        var isCancelled: Bool { if case .cancelled = self { true } else { false } }
    }

    private struct Told: Sendable {
        var outcome: Outcome
        var noise: Noise
        var hasEnded: Bool
    }

    /// Runs the child and conducts the interview over its pipes.
    func answer(to interview: Interview) async -> NodeAnswer {
        let node = interview.node
        let complaints = Complaints()
        do {
            let input = try FileDescriptor.pipe(options: .closeOnExec)
            let output: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
            do {
                output = try FileDescriptor.pipe(options: .closeOnExec)
            } catch {
                try? input.readEnd.close()
                try? input.writeEnd.close()
                throw error
            }
            let ours = OwnEnds(reading: output.readEnd, writing: input.writeEnd)
            defer { ours.close() }
            let result = try await Subprocess.run(
                configuration, input: .fileDescriptor(input.readEnd, closeAfterSpawningProcess: true),
                output: .fileDescriptor(output.writeEnd, closeAfterSpawningProcess: true), error: .sequence
            ) { execution in
                await Self.conduct(interview, with: execution, through: ours, complaints: complaints)
            }
            let told = result.closureResult
            return answer(
                node, told, exit: told.hasEnded ? Self.exitStatus(result.terminationStatus) : nil,
                complaints: complaints.bytes)
        } catch let error as SubprocessError {
            return NodeAnswer(node, failure: Self.spawnFailure(error))
        } catch let error as Errno {
            return NodeAnswer(node, failure: Self.descriptorFailure(error))
        } catch {
            return NodeAnswer(node, failure: NodeFailure(.cancelled, "the asking was ended"))
        }
    }

    private var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = Self.teardown
        var changes: [Environment.Key: String?] = ["LC_ALL": "C"]
        if let searchPath { changes["PATH"] = searchPath }
        return Configuration(
            executable: .name(RemoteShell.program), arguments: Arguments(shell.arguments),
            environment: .inherit.updating(changes), platformOptions: options)
    }

    // MARK: - While it runs

    private static func conduct<Input, Output>(
        _ interview: Interview, with execution: Execution<Input, Output, SequenceOutput>, through ours: OwnEnds,
        complaints: Complaints
    ) async -> Told {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await complaints.collect(from: execution.standardError, limit: errorBytes) }
            let (outcome, noise) = await converse(interview, through: ours)
            ours.close()
            // The pipe of its complaints closes when it ends: then its exit status is its own.
            var patience = farewell
            if case .ended = outcome { patience = lastWords }
            if case .cancelled = outcome { patience = .zero }
            let hasEnded = await complaints.haveEnded(within: patience)
            await execution.teardown(using: teardown)
            // What ssh started may outlive it, a ProxyCommand that ignores SIGTERM among it: nothing of the group stays.
            // The child is not reaped before this ends, so its number cannot be another group's. What has a session of its
            // own, as the connection that ControlPersist keeps, is meant to stay.
            let hasClosed = outcome.isCancelled ? false : await complaints.haveEnded(within: farewell)
            // The group is empty when this fails.
            try? execution.send(signal: .kill, toProcessGroup: true)
            // A process that left the group may hold the pipe; nobody waits for it.
            if !hasClosed { group.cancelAll() }
            return Told(outcome: outcome, noise: noise, hasEnded: hasEnded)
        }
    }

    private static func converse(_ interview: Interview, through ours: OwnEnds) async -> (Outcome, Noise) {
        let noise = Mutex(Noise())
        do {
            let (reading, writing) = ours.handOver()
            let heard = try await APIClient.withConnection(to: .pipes(reading: reading, writing: writing)) { client in
                do throws(TransportError) {
                    let banner = try await client.banner(within: .seconds(15))
                    noise.withLock { $0 = Noise(bytes: banner.noiseBytes, firstLine: banner.firstLine) }
                } catch {
                    throw ClientConversation.meaning(of: error)
                }
                return try await interview.conduct(over: ClientConversation(client))
            }
            return (.heard(heard), noise.withLock { $0 })
        } catch let failure as NodeFailure {
            return (.failed(failure), noise.withLock { $0 })
        } catch let end as ConversationEnded {
            return (.ended(end), noise.withLock { $0 })
        } catch let error as TransportError {
            return (.ended(ConversationEnded(error.description)), Noise())
        } catch {
            return (.cancelled, Noise())
        }
    }

    // MARK: - Afterwards

    /// ssh's own word comes before that of the broken connection, and after a failure that came with an answer.
    private func answer(_ node: FleetNode, _ told: Told, exit: Int?, complaints: [UInt8]) -> NodeAnswer {
        switch told.outcome {
        case .heard(let heard): return NodeAnswer(node, heard: heard, noise: told.noise)
        case .failed(let failure): return NodeAnswer(node, failure: failure, noise: told.noise)
        case .cancelled:
            return NodeAnswer(node, failure: NodeFailure(.cancelled, "the asking was ended"), noise: told.noise)
        case .ended(let end):
            guard told.hasEnded else {
                return NodeAnswer(
                    node, failure: NodeFailure(.badReply, "it hung up, and ssh did not end: \(end.cause)"))
            }
            let failure = ShellDiagnosis.failure(exit: exit, stderr: complaints)
            return NodeAnswer(
                node, failure: failure ?? NodeFailure(.badReply, "it ended before it had answered", sshExit: exit),
                noise: told.noise)
        }
    }

    private static func exitStatus(_ status: TerminationStatus) -> Int? {
        switch status {
        case .exited(let code): Int(code)
        case .signaled: nil
        }
    }

    private static func spawnFailure(_ error: SubprocessError) -> NodeFailure {
        if error.code == .executableNotFound { return NodeFailure(.sshFailed, "there is no ssh in PATH") }
        if let errno = error.underlyingError { return descriptorFailure(errno) }
        return NodeFailure(.sshFailed, "cannot start ssh: \(error)")
    }

    private static func descriptorFailure(_ error: Errno) -> NodeFailure {
        if error == .tooManyOpenFiles {
            return NodeFailure(.sshFailed, "cannot start ssh: too many open files; raise ulimit -n or lower --fanout")
        }
        return NodeFailure(.sshFailed, "cannot start ssh: \(error)")
    }
}

/// The two ends of the pipes that are ours, until the client has them: they are closed once, by whoever holds them.
private final class OwnEnds: Sendable {
    private let ends: Mutex<(reading: FileDescriptor, writing: FileDescriptor)?>
    private let reading: FileDescriptor
    private let writing: FileDescriptor

    init(reading: FileDescriptor, writing: FileDescriptor) {
        self.reading = reading
        self.writing = writing
        ends = Mutex((reading, writing))
    }

    /// Gives them away; the client closes what it was given.
    func handOver() -> (reading: FileDescriptor, writing: FileDescriptor) {
        ends.withLock { $0 = nil }
        return (reading, writing)
    }

    /// Closes them unless they were given away or closed.
    func close() {
        let held = ends.withLock { ends in
            defer { ends = nil }
            return ends
        }
        // Nothing was written through them by us, so nothing can be lost.
        try? held?.reading.close()
        try? held?.writing.close()
    }
}

/// The first bytes that a child wrote to standard error, and whether it has closed it.
private final class Complaints: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let end = AsyncStream.makeStream(of: Never.self)

    var bytes: [UInt8] { state.withLock { $0.bytes } }

    /// Reads to the end; what is beyond the limit is thrown away, so that the child never waits for us.
    func collect(from output: SubprocessOutputSequence, limit: Int) async {
        do {
            for try await line in output.strings(bufferingPolicy: .maxLineLength(limit)) {
                state.withLock { $0.bytes += (line + "\n").utf8.prefix(max(0, limit - $0.bytes.count)) }
            }
            state.withLock { $0.hasEnded = true }
        } catch {
            // Cancelled or unreadable: then it has not ended, as far as we know.
        }
        end.continuation.finish()
    }

    /// Waits for the end of standard error, but no longer than `patience`.
    func haveEnded(within patience: Duration) async -> Bool {
        if state.withLock({ $0.hasEnded }) || patience == .zero { return state.withLock { $0.hasEnded } }
        let stream = end.stream
        // The deadline is no error here: it is one of the two answers.
        try? await within(patience) { for await _ in stream {} }
        return state.withLock { $0.hasEnded }
    }
}
