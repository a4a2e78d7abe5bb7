internal import ArgumentParser
internal import CommandProcess
internal import NodeAPITransport

/// `nucprep config`: the files of the configuration, without a daemon.
struct ConfigCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config", abstract: "Show or check the configuration files of this machine.",
        subcommands: [Show.self, Validate.self])

    /// Which files.
    struct Files: ParsableArguments {
        @Argument(
            help: ArgumentHelp(
                "Take these files alone, in this order, instead of /etc/nucprep and its drop-ins.", valueName: "file"),
            completion: .file(extensions: ["toml"]))
        var files: [String] = []

        func ending(_ word: String) -> Ending {
            Ending(becoming: [OwnProgram.sibling("nucprepd"), word] + files.map(StandardStreams.absolute))
        }
    }

    /// `nucprep config show`.
    struct Show: ParsableCommand, EndingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print the merged values as TOML, each with the file and line that sets it.")

        @OptionGroup var files: Files

        func perform() async throws -> Ending { files.ending("show") }
    }

    /// `nucprep config validate`.
    struct Validate: ParsableCommand, EndingCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the files and print all errors with file, line and column; exit status 78 for any.")

        @OptionGroup var files: Files

        func perform() async throws -> Ending { files.ending("validate") }
    }
}
