internal import LinuxHost
internal import NodeConfiguration
internal import NodeState
internal import SystemPackage

/// What came of reading the configuration.
struct ConfigurationLoad: Equatable, Sendable {
    var configuration: Configuration
    /// SHA-256 of the configuration; `nil` for the defaults that stand in for an invalid one.
    var digest: String?
    /// What is wrong with the files; empty when they are in force.
    var problems: [String]
    /// The files as they were read; empty when they could not be.
    var files: [ConfigurationFile] = []
    /// Whether the files themselves were good.
    var isGood: Bool { problems.isEmpty }
}

/// Reads the configuration beneath a root: all or nothing.
struct ConfigurationReader: Sendable {
    private let root: FilePath
    private let known: [RequirementID]

    /// The reader of the files beneath `root`.
    init(root: FilePath, known: [RequirementID]) {
        self.root = root
        self.known = known
    }

    /// The configuration of the files; when they are invalid, the defaults in `observe` with everything that is wrong.
    func load() -> ConfigurationLoad {
        var files: [ConfigurationFile] = []
        do throws(ConfigurationProblems) {
            files = try ConfigurationFiles.read(root: root)
            return try decode(files)
        } catch {
            var configuration = Configuration()
            configuration.mode = .observe
            return ConfigurationLoad(
                configuration: configuration, digest: nil, problems: error.problems.map(\.description), files: files)
        }
    }

    /// Whether the files are others than those that were read.
    func isChanged(since files: [ConfigurationFile]) -> Bool {
        ((try? ConfigurationFiles.read(root: root)) ?? []) != files
    }

    /// The configuration of these files.
    func decode(_ files: [ConfigurationFile]) throws(ConfigurationProblems) -> ConfigurationLoad {
        let configuration = try ConfigurationDecoder.decode(files, known: known)
        return ConfigurationLoad(
            configuration: configuration, digest: ConfigurationDigest.of(configuration), problems: [], files: files)
    }
}

/// Reads the configuration for the daemon and keeps the last good one; a bad one is never a reason to end.
struct ConfigurationLoader: Sendable {
    private let reader: ConfigurationReader
    private let state: StateFiles

    /// The loader over `reader`, which keeps its copies in `state`.
    init(_ reader: ConfigurationReader, state: StateFiles) {
        self.reader = reader
        self.state = state
    }

    /// The configuration at the start: that of the files, else of their last good copies, else the defaults in `observe`.
    func start() -> ConfigurationLoad {
        let load = read()
        let copies = state.lastGoodConfiguration()
        guard !load.isGood, !copies.isEmpty, var former = try? reader.decode(copies) else { return load }
        former.problems = load.problems
        former.files = load.files
        return former
    }

    /// The configuration of the files; copies are kept of what is good.
    func read() -> ConfigurationLoad {
        let load = reader.load()
        if load.isGood { state.keep(load.files) }
        return load
    }
}
