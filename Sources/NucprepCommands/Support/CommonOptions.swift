internal import ArgumentParser
internal import CommandProcess
internal import NodeAPI
internal import NodeAPITransport
internal import SystemPackage

/// Where the daemon is and how long it is waited for.
struct DaemonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The socket of the daemon.", valueName: "path"), completion: .file())
    var socket = DaemonSocket.path.string

    @Option(help: ArgumentHelp("How long to wait for the daemon, in seconds.", valueName: "seconds"))
    var timeout = 10

    func validate() throws {
        guard (1...3600).contains(timeout) else { throw ValidationError("--timeout is not between 1 and 3600 seconds") }
        guard !socket.isEmpty, !socket.utf8.contains(0) else { throw ValidationError("--socket names no path") }
    }

    var question: DaemonQuestion { DaemonQuestion(socket: FilePath(socket), timeout: .seconds(timeout)) }
}

/// How an answer is shown.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the document, as JSON, and nothing else.")
    var json = false

    @Flag(name: .shortAndLong, help: "Print nothing; return the exit status.")
    var quiet = false

    @Option(help: "Colour words: auto, always or never.")
    var color = Terminal.ColourChoice.auto

    /// The terminal behind `stream`.
    func terminal(_ stream: StandardStreams.Stream = .output) -> Terminal {
        Terminal(
            width: StandardStreams.width(of: stream), isTerminal: StandardStreams.isTerminal(stream), choice: color,
            environment: StandardStreams.environment)
    }

    /// Writes an answer, unless none is wanted.
    ///
    /// A reader that has seen enough is no error.
    func write(_ text: String, to stream: StandardStreams.Stream = .output) throws {
        if !quiet { try StandardStreams.write(text, to: stream) }
    }

    /// Writes a document as it is.
    func write(_ document: [UInt8], to stream: StandardStreams.Stream = .output) throws {
        if !quiet { try StandardStreams.write(document, to: stream) }
    }

    /// Runs `body`; with `--json` a problem of the daemon is a document too.
    func reporting(_ body: () async throws -> Ending) async throws -> Ending {
        do {
            return try await body()
        } catch let problem as ProblemBody where json {
            try write(WireJSON.encode(problem) + [0x0A])
            throw problem
        }
    }
}

extension Terminal.ColourChoice: ExpressibleByArgument {}

extension CompletionKind {
    /// The ids that this version knows.
    static var requirements: CompletionKind { .list(KnownRequirement.all.map(\.id)) }
}

/// Requirement ids as words of a command.
enum Identifiers {
    /// The ids in `words`, each of which may be a list with commas.
    ///
    /// - Throws: for a word that cannot be an id; whether the catalogue has it is the daemon's to say.
    static func parse(_ words: [String]) throws -> [String] {
        let ids = words.flatMap { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        for id in ids {
            let isKebabCase =
                !id.isEmpty && id.utf8.count <= 64
                && id.utf8.allSatisfy { byte in
                    (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == UInt8(ascii: "-")
                }
            guard isKebabCase else { throw ValidationError("\"\(Text.printable(id))\" cannot be a requirement") }
        }
        return ids
    }

    /// A target with its query; the values are plain, so nothing is escaped.
    static func target(_ path: String, _ query: [String]) -> String {
        query.isEmpty ? path : "\(path)?\(query.joined(separator: "&"))"
    }
}
