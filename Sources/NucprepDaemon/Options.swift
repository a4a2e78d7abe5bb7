internal import SystemPackage

/// What `nucprepd` was asked to do, by its words.
struct Options: Equatable, Sendable {
    /// The one thing it does.
    enum Action: Equatable, Sendable {
        /// Keep the node ready until told to stop.
        case serve
        /// Judge once, print, and end with the verdict.
        case inspect
        /// Judge the configuration beneath the root, or the files that are named, and end.
        case validate
        /// Print the merged configuration, each value with its place.
        case show
        /// Write the cluster file.
        case initialise
        /// Ask other nodes for the daemon, over standard input and output.
        case reach
        case help, version
    }

    var action = Action.serve
    /// Where the host's files begin.
    var root: FilePath = "/"
    /// The socket that is made when systemd hands over none.
    var socket: FilePath = "/run/nucprep/nucprepd.sock"
    /// Print the API's body instead of text.
    var isJSON = false
    /// The files to judge or to show instead of those in place, in their order.
    var files: [FilePath] = []
    var setup = SetupOptions()
    /// Show what all nodes share, and no places.
    var isShared = false

    static let usage = """
        usage: nucprepd [--root DIR] [--socket PATH]
               nucprepd inspect [--root DIR] [--json]
               nucprepd validate [--root DIR] [FILE...]
               nucprepd show [--root DIR] [--shared] [FILE...]
               nucprepd init [--root DIR] [OPTION...] [NAME=ADDRESS...]
               nucprepd --version | --help

        Keeps this node ready for kubeadm. Without a subcommand it serves until SIGTERM.
          inspect     judge the host (or the image mounted at DIR) once and print it;
                      ends with 0 GO, 2 NO-GO, 3 INCOMPLETE
          validate    judge the configuration (beneath DIR, or these files alone), print all
                      errors, and end with 0 or 78
          show        print the merged configuration, each value with its file and line;
                      with --shared without them, and without what is this machine's alone
          init        write the cluster file; see nucprep init
          --root DIR  take DIR for the root of the file system; what is no file is read from
                      machine.toml beside DIR, and is unknown without it
          --socket PATH  the socket to make when systemd hands over none
          --reach     ask other nodes whether they answer; for nucprep-reach@.service

        """

    /// Reads the words after the program's name.
    ///
    /// - Throws: what is wrong with them.
    init(parsing words: [String]) throws(UsageError) {
        var rest = words[...]
        while let word = rest.popFirst() {
            switch word {
            case "inspect" where action == .serve: action = .inspect
            case "validate" where action == .serve: action = .validate
            case "show" where action == .serve: action = .show
            case "init" where action == .serve: action = .initialise
            case "--reach" where action == .serve: action = .reach
            case "--help", "-h": action = .help
            case "--version": action = .version
            case "--json": isJSON = true
            case "--shared" where action == .show: isShared = true
            case "--root": root = try Self.directory(after: word, &rest)
            case "--socket": socket = try Self.path(after: word, &rest)
            default: try take(word, &rest)
            }
        }
        if isJSON, action != .inspect { throw UsageError("--json goes with inspect") }
    }

    /// Takes a word of one action alone.
    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        switch action {
        case .initialise: try setup.take(word, &rest)
        case .validate where Self.isFile(word), .show where Self.isFile(word):
            files.append(FilePath(word))
        default: throw UsageError("unknown word \"\(word)\"")
        }
    }

    private static func isFile(_ word: String) -> Bool {
        let actions = ["inspect", "validate", "show", "init"]
        return !word.hasPrefix("-") && !word.isEmpty && !word.utf8.contains(0) && !actions.contains(word)
    }

    private static func path(after word: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> FilePath {
        guard let text = rest.popFirst(), !text.isEmpty, !text.utf8.contains(0) else {
            throw UsageError("\(word) needs a path")
        }
        return FilePath(text)
    }

    private static func directory(after word: String, _ rest: inout ArraySlice<String>) throws(UsageError) -> FilePath {
        try path(after: word, &rest)
    }
}

/// The words of a command are wrong.
struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    var problem: String

    /// What is wrong.
    init(_ problem: String) { self.problem = problem }

    var description: String { "cannot read the command: \(problem)" }
}
