internal import CommandProcess
internal import LinuxHost
internal import NodeAPI
internal import NodeAPITransport
internal import NodeConfiguration
internal import NodeRequirements
internal import NodeState
internal import SystemPackage

/// `nucprepd validate` and `nucprepd show`: the files of the configuration, judged and merged.
struct ConfigurationView: Sendable {
    private let options: Options

    /// The view of what `options` name.
    init(_ options: Options) { self.options = options }

    /// Prints everything that is wrong with the files.
    func validate() throws -> ExitStatus {
        guard let (files, _) = try decoded() else { return .invalidConfiguration }
        let names = files.isEmpty ? "no file; the defaults" : files.map(\.path).joined(separator: ", ")
        try StandardStreams.write("valid: \(Text.visible(names))\n", to: .output)
        return .go
    }

    /// Prints the merged values, each with its place.
    func show() throws -> ExitStatus {
        guard let (_, listing) = try decoded() else { return .invalidConfiguration }
        let text = (options.isShared ? listing.shared : listing.text).split(
            separator: "\n", omittingEmptySubsequences: false
        ).map { Text.visible($0) }
        try StandardStreams.write(text.joined(separator: "\n"), to: .output)
        return .go
    }

    /// The files and what they come to; `nil` when something is wrong, which is printed then.
    private func decoded() throws -> (files: [ConfigurationFile], listing: ConfigurationListing)? {
        do throws(ConfigurationProblems) {
            let files = options.files.isEmpty ? try ConfigurationFiles.read(root: options.root) : try named()
            let decoded = try ConfigurationDecoder.decodeWithOrigins(files, known: Catalog.ids)
            return (files, ConfigurationListing(decoded.configuration, origins: decoded.origins))
        } catch {
            for problem in error.problems { try StandardStreams.write("\(Text.visible("\(problem)"))\n", to: .error) }
            return nil
        }
    }

    /// The files that are named, whoever owns them; one that is not there is a problem.
    private func named() throws(ConfigurationProblems) -> [ConfigurationFile] {
        var problems: [ConfigurationProblem] = []
        var files: [ConfigurationFile] = []
        for path in options.files {
            do throws(ObservationError) {
                // From where the command was typed.
                let folder = try RootedOpen(root: path.isAbsolute ? "/" : ".")
                guard let bytes = try folder.bytes(at: path, limit: 256 << 10) else {
                    problems.append(ConfigurationProblem(file: path.string, "it does not exist"))
                    continue
                }
                files.append(ConfigurationFile(path: path.string, bytes: bytes))
            } catch {
                problems.append(ConfigurationProblem(file: path.string, "cannot read it: \(error.cause)"))
            }
        }
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return files
    }
}
