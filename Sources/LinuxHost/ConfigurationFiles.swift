internal import ConfigFormats
internal import Glibc
package import NodeState
package import SystemPackage

/// Finds the files of the configuration in their order of precedence.
package enum ConfigurationFiles {
    /// The folders, the one that wins first.
    private static let folders: [FilePath] = ["/etc/nucprep", "/run/nucprep", "/usr/lib/nucprep"]
    private static let fileLimit = 256 << 10
    private static let wholeLimit = 1 << 20

    /// The files beneath `root`: the main file, then the drop-ins by name; each shadows its namesakes further down.
    ///
    /// - Returns: the files in order, the last one wins; none where none is there.
    /// - Throws: what cannot be read, or must not be trusted.
    package static func read(root: FilePath) throws(ConfigurationProblems) -> [ConfigurationFile] {
        var problems: [ConfigurationProblem] = []
        var found: [ConfigurationFile] = []
        do throws(ObservationError) {
            let files = try RootedOpen(root: root)
            for path in try paths(files) {
                if let problem = distrust(path, files, isLive: root == "/") { problems.append(problem) }
                guard let bytes = try files.bytes(at: path, limit: fileLimit) else { continue }
                found.append(ConfigurationFile(path: path.string, bytes: bytes))
            }
        } catch {
            problems.append(ConfigurationProblem(file: error.what, "cannot read it: \(error.cause)"))
        }
        let size = found.reduce(0) { $0 + $1.bytes.count }
        if size > wholeLimit {
            problems.append(ConfigurationProblem(file: "/etc/nucprep", "the files have more than \(wholeLimit) bytes"))
        }
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return found
    }

    private static func paths(_ files: RootedOpen) throws(ObservationError) -> [FilePath] {
        var main: (path: FilePath, kind: FileKind)?
        for folder in folders where main == nil {
            let path = folder.appending("nucprep.toml")
            main = try files.kind(of: path).map { (path, $0) }
        }
        let paths = main.map { $0.kind == .link("/dev/null") ? [] : [$0.path] } ?? []
        var layers: [LayeredFiles.Layer] = []
        for folder in folders {
            let directory = folder.appending("conf.d")
            let names = try files.names(in: directory)
            var masks: Set<String> = []
            for name in names where try files.kind(of: directory.appending(name)) == .link("/dev/null") {
                masks.insert(name)
            }
            layers.append(LayeredFiles.Layer(directory: directory.string, names: names, masks: masks))
        }
        let dropIns = LayeredFiles(layers, suffix: ".toml").files
        return paths + dropIns.map { FilePath($0.directory).appending($0.name) }
    }

    /// Who else could write the file could rule the daemon.
    private static func distrust(_ path: FilePath, _ files: RootedOpen, isLive: Bool) -> ConfigurationProblem? {
        guard isLive, let status = try? FileStatus(of: files.open(path, O_RDONLY).file) else { return nil }
        if status.user != 0 { return ConfigurationProblem(file: path.string, "it does not belong to root") }
        guard status.permissions & 0o022 == 0 else {
            return ConfigurationProblem(file: path.string, "others than root may write it")
        }
        return nil
    }
}
