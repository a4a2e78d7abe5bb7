internal import CommandProcess
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
        ProcessMemory.keepSmall()
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
        case .validate: return try ConfigurationView(options).validate()
        case .show: return try ConfigurationView(options).show()
        case .initialise: return try await ClusterSetup(root: options.root, options: options.setup).run()
        case .reach: return Reach.serve(input: .standardInput, output: .standardOutput) ? .go : .internalError
        case .serve: try await Daemon(options).run()
        }
        return .go
    }
}
