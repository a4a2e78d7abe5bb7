internal import ArgumentParser
internal import CommandProcess
internal import NodeAPI
internal import NodeAPITransport
internal import SystemPackage

/// The root of the words: `nucprep` and what can follow it.
struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nucprep",
        abstract: "Look at a node that nucprepd prepares for kubeadm, and at all nodes together.",
        discussion: """
            Exit status: 0 GO or GO-WITH-WARNINGS, or done; 1 internal error or bad answer; 2 NO-GO; 3 INCOMPLETE; \
            64 usage; 69 no daemon; 75 try again; 77 not allowed; 78 configuration invalid.
            """,
        version: "nucprep \(NucprepVersion.current)",
        subcommands: [
            InitCommand.self, ConfigCommand.self, DeployCommand.self, StatusCommand.self, ExplainCommand.self,
            PlanCommand.self,
            ReportCommand.self, PreflightCommand.self, DialStdioCommand.self, VersionCommand.self,
        ])
}

/// The command `nucprep`: what its words mean and how it ends.
package enum Nucprep {
    /// Does what the words ask for.
    ///
    /// - Parameter words: the words after the program's name.
    /// - Returns: what the process ends with; a preflight that is free to go never returns.
    package static func main(_ words: [String]) async -> Int32 {
        let ending: Ending
        do {
            var parsed = try RootCommand.parseAsRoot(words)
            guard let command = parsed as? any EndingCommand else {
                if parsed is RootCommand { throw ValidationError("A subcommand is missing.") }
                // The parser's own answers, such as help, are thrown from here.
                try parsed.run()
                return ExitStatus.go.rawValue
            }
            ending = await Ending(of: command.perform)
        } catch {
            // Words that do not fit, and the questions for help and version, which are no errors.
            let status = RootCommand.exitCode(for: error).rawValue
            say(RootCommand.fullMessage(for: error) + "\n", to: status == 0 ? .output : .error)
            return status
        }
        return finish(ending)
    }

    /// Writes what is left to say, and becomes another program where that is the end.
    private static func finish(_ ending: Ending) -> Int32 {
        say(ending.story, to: .error)
        guard let program = ending.program else { return ending.status.rawValue }
        let error = StandardStreams.become(program)
        say("nucprep: cannot run \(Text.printable(program.first ?? "")): \(error)\n", to: .error)
        return ExitStatus.internalError.rawValue
    }

    private static func say(_ text: String, to stream: StandardStreams.Stream) {
        // Nobody can be told that nobody can be told; the exit status stays.
        _ = try? StandardStreams.write(text, to: stream)
    }
}

/// How a command ends: with a status and perhaps a last word, or as another program.
struct Ending: Equatable, Sendable {
    var status: ExitStatus
    /// What is still to be written to standard error.
    var story = ""
    /// The argument list of the program to become.
    var program: [String]?

    init(_ status: ExitStatus) { self.status = status }

    /// The end as another program.
    init(becoming program: [String]) {
        status = .go
        self.program = program
    }

    /// The end of `body`, whatever it throws.
    init(of body: () async throws -> Ending) async {
        do {
            self = try await body()
        } catch let error as any ErrorWithExitStatus {
            status = error.exitStatus
            story = "nucprep: \(error.story)\n"
        } catch let status as ExitStatus {
            self.status = status
        } catch is CancellationError {
            status = .interrupted
        } catch {
            status = .internalError
            story = "nucprep: \(error)\n"
        }
    }
}

/// A command that says how it ends.
protocol EndingCommand: Sendable {
    /// Does the work.
    func perform() async throws -> Ending
}

/// An error that has a place in the contract with scripts.
protocol ErrorWithExitStatus: Error {
    var exitStatus: ExitStatus { get }
    /// One line for people.
    var story: String { get }
}
