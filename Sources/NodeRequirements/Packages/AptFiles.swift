internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// One entry of apt's sources, and the file it stands in.
struct AptEntry: Equatable, Sendable {
    let file: FilePath
    let entry: AptSources.Entry

    var evidence: Evidence { Evidence(file, line: entry.line) }
}

/// All of apt's sources.
struct AptSourceFiles: Equatable, Sendable {
    /// The entries in force, in the order in which apt reads them.
    var entries: [AptEntry] = []
    /// The bytes of every file.
    var bytes: [FilePath: [UInt8]] = [:]

    /// What the files are read for.
    static let inputs: [Input] = [.path("/etc/apt/sources.list"), .path("/etc/apt/sources.list.d")]

    /// Reads `sources.list` and what apt reads of `sources.list.d`.
    ///
    /// - Throws: when one cannot be read, or stops apt itself: then no source counts at all.
    /// - Source: sources.list(5).
    static func read(_ host: HostView) async throws(ObservationError) -> AptSourceFiles {
        var all = AptSourceFiles()
        for path in try await host.aptFiles("/etc/apt/sources.list", "/etc/apt/sources.list.d", .sources) {
            guard let bytes = try await host.files.bytes(at: path) else { continue }
            let file = AptSources(bytes, style: style(of: path))
            if let error = file.malformed.first { throw .malformed(path, error) }
            all.bytes[path] = bytes
            all.entries += file.entries.map { AptEntry(file: path, entry: $0) }
        }
        return all
    }

    static func style(of path: FilePath) -> AptSources.Style { path.extension == "sources" ? .stanzas : .oneLine }
}

extension HostView {
    /// The files that apt reads of one kind: the single one, where it is there, then those of the folder by name.
    func aptFiles(
        _ single: FilePath, _ folder: FilePath, _ kind: AptFolder
    ) async throws(ObservationError) -> [FilePath] {
        var paths = try await files.kind(of: single) == nil ? [] : [single]
        for name in try await files.names(in: folder) where kind.reads(name) {
            let path = folder.appending(name)
            // apt passes over a folder that looks like one of its files by name.
            if try await files.kind(of: path) != .directory { paths.append(path) }
        }
        return paths
    }
}

extension ObservationError {
    /// A file of apt's that apt itself would not take, or that is beyond a limit of ours.
    static func malformed(_ path: FilePath, _ error: ParseError) -> ObservationError {
        ObservationError(
            reading: "\(path):\(error.line)",
            cause: error.isLimit
                ? "\(error.problem); make the file smaller" : "\(error.problem), and so apt reads none of its files")
    }
}
