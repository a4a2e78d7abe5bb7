internal import CommandProcess
internal import NodeAPITransport
internal import Subprocess
internal import SystemPackage

/// One run of a program of this machine, such as ssh: with what it writes kept, or on the person's terminal.
struct ChildProgram: Sendable {
    /// What goes to its standard input.
    enum Input: Sendable {
        case nothing
        case bytes([UInt8])
        case file(FilePath)
    }

    /// How it ended.
    struct End: Equatable, Sendable {
        /// The exit status; `nil` when a signal ended it.
        var exit: Int?
        var output: [UInt8] = []
        var errors: [UInt8] = []
    }

    /// Why there is no end of it.
    enum Failure: Error, Equatable {
        case notFound
        case tooMuchOutput
        case cancelled
        case other(String)
    }

    let name: String
    let arguments: [String]
    let searchPath: String?
    /// More than this on one of its outputs is no answer.
    var outputLimit = 64 << 10

    /// A path is taken as it is, a name is looked for.
    private var executable: Executable { name.contains("/") ? .path(FilePath(name)) : .name(name) }

    private var environment: Environment {
        var changes: [Environment.Key: String?] = ["LC_ALL": "C"]
        if let searchPath { changes["PATH"] = searchPath }
        return .inherit.updating(changes)
    }

    /// Runs it in a session of its own, so that it cannot ask on the terminal, and keeps what it writes.
    ///
    /// Cancelled, it ends the program and all that this started.
    func run(_ input: Input = .nothing) async throws(Failure) -> End {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: .milliseconds(200))
        ]
        let configuration = Configuration(
            executable: executable, arguments: Arguments(arguments), environment: environment,
            platformOptions: options)
        do {
            switch input {
            case .nothing:
                return Self.end(
                    try await Subprocess.run(
                        configuration, input: .none, output: .bytes(limit: outputLimit),
                        error: .bytes(limit: outputLimit)))
            case .bytes(let bytes):
                return try await run(configuration, reading: WholeFile.descriptor(holding: bytes))
            case .file(let path):
                let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
                return try await run(configuration, reading: file)
            }
        } catch {
            throw Self.failure(error)
        }
    }

    /// Runs it with `file` as its standard input, which is closed then.
    ///
    /// Neither the file is closed by the library nor a pipe is written by it: in an optimised build it found its own
    /// descriptor still open when the program did not read to the end, and ended this one.
    private func run(_ configuration: Configuration, reading file: FileDescriptor) async throws -> End {
        defer { try? file.close() }
        return Self.end(
            try await Subprocess.run(
                configuration, input: .fileDescriptor(file, closeAfterSpawningProcess: false),
                output: .bytes(limit: outputLimit), error: .bytes(limit: outputLimit)))
    }

    /// Runs it on the terminal of the person, who answers it.
    ///
    /// - Returns: its exit status.
    func runOnTerminal() async throws(Failure) -> Int? {
        let configuration = Configuration(
            executable: executable, arguments: Arguments(arguments), environment: environment)
        do {
            let result = try await Subprocess.run(
                configuration, input: .fileDescriptor(.standardInput, closeAfterSpawningProcess: false),
                output: .fileDescriptor(.standardError, closeAfterSpawningProcess: false),
                error: .fileDescriptor(.standardError, closeAfterSpawningProcess: false))
            return Self.status(result.terminationStatus)
        } catch {
            throw Self.failure(error)
        }
    }

    private static func end<Input, Output, Errors>(_ result: ExecutionResult<Input, Output, Errors>) -> End
    where Output.OutputType == [UInt8], Errors.OutputType == [UInt8] {
        End(exit: status(result.terminationStatus), output: result.standardOutput, errors: result.standardError)
    }

    private static func status(_ status: TerminationStatus) -> Int? {
        switch status {
        case .exited(let code): Int(code)
        case .signaled: nil
        }
    }

    private static func failure(_ error: any Error) -> Failure {
        switch error {
        case is CancellationError: .cancelled
        case let error as SubprocessError where error.code == .executableNotFound: .notFound
        case let error as SubprocessError where error.code == .outputLimitExceeded: .tooMuchOutput
        default: .other("\(error)")
        }
    }
}
