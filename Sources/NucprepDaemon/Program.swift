internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeRequirements
internal import NodeState
internal import SystemPackage

/// The program `nucprepd`: reads its words and does what they ask for.
package enum NucprepDaemonProgram {
    /// Runs to the end.
    ///
    /// - Parameter words: the words after the program's name.
    /// - Returns: the exit status.
    package static func main(_ words: [String]) async -> Int32 {
        do {
            return try await run(Options(parsing: words)).rawValue
        } catch let error as UsageError {
            _ = try? StandardStreams.write("nucprepd: \(Text.visible("\(error)"))\n\(Options.usage)", to: .error)
            return ExitStatus.usage.rawValue
        } catch {
            _ = try? StandardStreams.write("nucprepd: \(Text.visible("\(error)"))\n", to: .error)
            return ExitStatus.internalError.rawValue
        }
    }

    private static func run(_ options: Options) async throws -> ExitStatus {
        switch options.action {
        case .help: try StandardStreams.write(Options.usage, to: .output)
        case .version: try StandardStreams.write("nucprepd \(NucprepVersion.current)\n", to: .output)
        case .inspect: return try await Inspection(root: options.root).run(isJSON: options.isJSON)
        case .validate:
            let load = ConfigurationReader(root: options.root, known: Catalog.ids).load()
            for problem in load.problems { try StandardStreams.write("\(Text.visible(problem))\n", to: .error) }
            return load.isGood ? .go : .invalidConfiguration
        case .reach: return Reach.serve(input: .standardInput, output: .standardOutput) ? .go : .internalError
        case .serve: try await Daemon(options).run()
        }
        return .go
    }
}
