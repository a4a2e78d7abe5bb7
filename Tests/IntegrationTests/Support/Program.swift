internal import Glibc
internal import Synchronization
internal import SystemPackage

/// A child process of a test; what it writes goes to files, so that it never waits for a reader.
final class Program: Sendable {
    let pid: pid_t
    private let output: FilePath
    private let errors: FilePath

    private struct State {
        var status: Int32?
        var waiters: [CheckedContinuation<Int32, Never>] = []
    }
    private let state = Mutex(State())

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - words: its path and its arguments.
    ///   - environment: all of its environment beside `PATH`.
    ///   - folder: where its output is kept.
    ///   - inherited: a descriptor that it gets as number 3.
    ///   - input: its standard input; empty without.
    ///   - pipe: its standard output; kept in a file without.
    /// - Throws: when it cannot be started.
    init(
        _ words: [String], environment: [String: String] = [:], in folder: FilePath,
        inheriting inherited: SystemPackage.FileDescriptor? = nil, input: SystemPackage.FileDescriptor? = nil,
        output pipe: SystemPackage.FileDescriptor? = nil
    ) throws {
        let number = Self.numbers.add(1, ordering: .relaxed).newValue
        output = folder.appending("output-\(number)")
        errors = folder.appending("errors-\(number)")
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        if let input {
            unsafe posix_spawn_file_actions_adddup2(&actions, input.rawValue, 0)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        let flags = O_WRONLY | O_CREAT | O_TRUNC
        if let pipe {
            unsafe posix_spawn_file_actions_adddup2(&actions, pipe.rawValue, 1)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, output.string, flags, 0o600)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors.string, flags, 0o600)
        if let inherited { unsafe posix_spawn_file_actions_adddup2(&actions, inherited.rawValue, 3) }
        var environment = environment
        environment["PATH"] = environment["PATH"] ?? Self.searchPath
        var pid: pid_t = 0
        let name = words.first ?? ""
        let result = unsafe Self.withArray(words) { words in
            unsafe Self.withArray(environment.map { "\($0.key)=\($0.value)" }) { environment in
                unsafe posix_spawnp(&pid, name, &actions, nil, words, environment)
            }
        }
        guard result == 0 else { throw Errno(rawValue: result) }
        self.pid = pid
        onThread { [self] in reap() }
    }

    /// Waits on a thread of its own; the number is given back only under the lock, so that no signal meets a stranger.
    private func reap() {
        var info = unsafe siginfo_t()
        while unsafe waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        let (status, waiters) = state.withLock { state in
            var raw: Int32 = 0
            _ = unsafe waitpid(pid, &raw, 0)
            let status = raw & 0x7F == 0 ? raw >> 8 & 0xFF : 128 + raw & 0x7F
            state.status = status
            defer { state.waiters = [] }
            return (status, state.waiters)
        }
        for waiter in waiters { waiter.resume(returning: status) }
    }

    /// Sends a signal, if the process is still there.
    func signal(_ number: Int32) { state.withLock { state in if state.status == nil { _ = kill(pid, number) } } }

    var isRunning: Bool { state.withLock { $0.status == nil } }

    /// Waits for the end; a process that has not ended by then is killed, and that is an error.
    ///
    /// - Returns: the exit status, or 128 and the signal.
    func end(within duration: Duration = .seconds(20)) async throws -> Int32 {
        try await withThrowingTaskGroup(of: Int32?.self) { group in
            group.addTask { [self] in await status() }
            group.addTask {
                try await Task.sleep(for: duration)
                return nil
            }
            defer { group.cancelAll() }
            guard let status = try await group.next() ?? nil else {
                signal(SIGKILL)
                throw NothingCame(what: "the end of process \(pid), which said: \(story)")
            }
            return status
        }
    }

    private func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            let status = state.withLock { state in
                if state.status == nil { state.waiters.append(continuation) }
                return state.status
            }
            if let status { continuation.resume(returning: status) }
        }
    }

    /// What it has written to standard output.
    var answer: [UInt8] { Self.bytes(of: output) }
    /// What it has written to standard error.
    var story: String { String(decoding: Self.bytes(of: errors), as: UTF8.self) }

    private static func bytes(of file: FilePath) -> [UInt8] { (try? Tree.bytes(at: file)) ?? [] }

    private static let numbers = Atomic(0)

    static var searchPath: String { unsafe getenv("PATH").map { unsafe String(cString: $0) } ?? "/usr/bin:/bin" }

    private static func withArray(
        _ words: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe words.map { unsafe strdup($0) } + [nil]
        defer { unsafe pointers.forEach { unsafe free($0) } }
        return unsafe body(&pointers)
    }
}

/// A program that has ended.
struct Ended: Sendable {
    var status: Int32
    var answer: [UInt8]
    var story: String
    var text: String { String(decoding: answer, as: UTF8.self) }
}

/// Runs a program to its end.
func run(
    _ words: [String], environment: [String: String] = [:], in folder: FilePath,
    within duration: Duration = .seconds(30)
) async throws -> Ended {
    let program = try Program(words, environment: environment, in: folder)
    let status = try await program.end(within: duration)
    return Ended(status: status, answer: program.answer, story: program.story)
}
