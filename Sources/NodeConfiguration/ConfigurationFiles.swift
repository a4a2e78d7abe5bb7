internal import ConfigFormats
internal import LinuxHost
internal import NodeState
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
        // A tree is judged by who asks for it: its files are another system's, or a checkout's.
        let owner: FileOwner? = root == "/" ? .root : nil
        do throws(ObservationError) {
            let files = try RootedOpen(root: root)
            let paths = try paths(files)
            if let owner { problems += try paths.distrustedFolders(files, owner: owner) }
            for path in paths {
                do throws(ObservationError) {
                    let read = try files.bytes(at: path, limit: fileLimit) { status in
                        owner.flatMap { distrust(status, at: path, owner: $0) }
                    }
                    guard let bytes = read else { continue }
                    found.append(ConfigurationFile(path: path.string, bytes: bytes))
                } catch {
                    problems.append(problem(error))
                }
            }
        } catch {
            problems.append(problem(error))
        }
        let size = found.reduce(0) { $0 + $1.bytes.count }
        if size > wholeLimit {
            problems.append(ConfigurationProblem(file: "/etc/nucprep", "the files have more than \(wholeLimit) bytes"))
        }
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        return found
    }

    private static func problem(_ error: ObservationError) -> ConfigurationProblem {
        ConfigurationProblem(file: error.what, "cannot read it: \(error.cause)")
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

    /// Why a file or a folder must not rule the daemon, with the way out; `nil` when `owner` alone can write it.
    static func distrust(_ status: FileStatus, at path: FilePath, owner: FileOwner) -> String? {
        if status.user != owner.user {
            return "it belongs to user \(status.user), who could change it; run chown root:root \(path)"
        }
        guard status.permissions & 0o022 != 0 else { return nil }
        let digits = String(status.permissions, radix: 8)
        let mode = String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        return "its mode \(mode) lets others than root write it; run chmod go-w \(path)"
    }
}

extension [FilePath] {
    /// What is wrong with the folders of these files: who may write there can take a file away, or put another in its
    /// place.
    fileprivate func distrustedFolders(
        _ files: RootedOpen, owner: FileOwner
    ) throws(ObservationError) -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        for folder in Set(map { $0.removingLastComponent() }).sorted(by: { $0.string < $1.string }) {
            let status: FileStatus
            do throws(Errno) {
                status = try files.openPath(folder).status()
            } catch {
                throw ObservationError(reading: folder.string, cause: "\(error)", errno: error)
            }
            guard let fault = ConfigurationFiles.distrust(status, at: folder, owner: owner) else { continue }
            problems.append(ConfigurationProblem(file: folder.string, "cannot trust it: \(fault)"))
        }
        return problems
    }
}
