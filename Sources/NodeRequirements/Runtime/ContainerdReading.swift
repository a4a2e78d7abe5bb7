internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// containerd as it lies on disk: its package, its unit, its file and all that the file imports.
struct ContainerdReading: Equatable, Sendable {
    /// Debian's own package, and Docker's.
    static let packages = ["containerd", "containerd.io"]

    var unit = ContainerdUnit()

    /// The package that it came with; `nil` when it came with none.
    var package: InstalledPackage?

    /// The release; `nil` when nothing says it.
    var release: ContainerdRelease?

    /// The main file first, then imports in the order of reading.
    var files: [ContainerdFile] = []

    /// Whether the main file is there.
    var hasMainFile = false

    /// The first file that is no configuration.
    var refusal: ContainerdRefusal?

    /// The imports that are named and not there.
    var missing: [FilePath] = []

    /// The folders in which imports are looked for by pattern.
    var folders: [FilePath] = []

    /// Whether a directory of CNI plugins is Kubernetes' own by another name: a link leads from one to the other.
    var isCNILinked = false

    /// How many files are read at the most; containerd knows no such bound.
    private static let limit = 256

    /// Reads everything.
    ///
    /// - Throws: also when it is installed and nothing says which release it is.
    static func read(_ host: HostView) async throws(ObservationError) -> ContainerdReading {
        var reading = ContainerdReading()
        reading.unit = try await ContainerdUnit.read(host)
        for name in packages where reading.package == nil {
            if let package = try await host.packages.package(name), package.isInstalled { reading.package = package }
        }
        reading.release = try await release(of: reading, host)
        try await reading.readFiles(host)
        reading.isCNILinked = try await isCNILinked(reading, host)
        return reading
    }

    private static func release(of reading: ContainerdReading, _ host: HostView) async throws(ObservationError)
        -> ContainerdRelease?
    {
        if let package = reading.package {
            if let release = ContainerdRelease(package.version) { return release }
            throw ObservationError(
                reading: "the version of \(package.name)", cause: "\"\(package.version)\" is no version of containerd")
        }
        guard reading.unit.file != nil else { return nil }
        guard case .serving("containerd", let version) = try await host.runtime.version() else { return nil }
        return ContainerdRelease(version)
    }

    private static func isCNILinked(_ reading: ContainerdReading, _ host: HostView) async throws(ObservationError)
        -> Bool
    {
        guard let configuration = reading.configuration, !configuration.searchesKubernetesCNI else { return false }
        let ends = (FilePath(CNIDirectory.kubernetes), FilePath(CNIDirectory.debian))
        if case .link(let target) = try await host.files.kind(of: ends.0) {
            let real = ends.0.removingLastComponent().pushing(target).lexicallyNormalized()
            if configuration.cniDirectories.contains(real.string) { return true }
        }
        guard configuration.cniDirectories.contains(CNIDirectory.debian),
            case .link(let target) = try await host.files.kind(of: ends.1)
        else { return false }
        return ends.1.removingLastComponent().pushing(target).lexicallyNormalized() == ends.0
    }

    /// What the files mean to this release; `nil` when one does not parse, or the release is not known.
    var configuration: ContainerdConfiguration? {
        guard refusal == nil, let release else { return nil }
        return ContainerdConfiguration(files, for: release, builtInCNI: builtInCNI(of: release))
    }

    /// The directories of CNI plugins that this build has when no file names any.
    func builtInCNI(of release: ContainerdRelease) -> [String] {
        // Ubuntu's package has the name of Debian's, and its own revisions.
        let isDebians = package?.name == Self.packages[0] && package?.version.contains("ubuntu") == false
        return CNIDirectory.builtIn(release, isDebians: isDebians)
    }

    /// Whether CNI plugins are looked for where Kubernetes puts them; `nil` when the files are not known.
    var searchesKubernetesCNI: Bool? {
        configuration.map { $0.searchesKubernetesCNI || isCNILinked }
    }

    // MARK: - Files

    private mutating func readFiles(_ host: HostView) async throws(ObservationError) {
        var pending = [unit.configuration]
        var seen: Set<FilePath> = []
        while !pending.isEmpty {
            let path = pending.removeFirst()
            guard seen.insert(path).inserted else { continue }
            guard seen.count <= Self.limit else {
                throw ObservationError(reading: unit.configuration.string, cause: "it imports over \(Self.limit) files")
            }
            let isMain = path == unit.configuration
            let byItself = isMain ? release?.defaultImport.map { [$0] } ?? [] : []
            guard let bytes = try await host.files.bytes(at: path) else {
                if isMain { pending += try await resolve(byItself, of: path, host) } else { missing.append(path) }
                continue
            }
            if isMain { hasMainFile = true }
            guard let file = parsed(bytes, at: path) else { continue }
            files.append(file)
            pending += try await resolve(file.imports ?? byItself, of: path, host)
        }
    }

    private mutating func parsed(_ bytes: [UInt8], at path: FilePath) -> ContainerdFile? {
        do throws(ParseError) {
            return try ContainerdFile(path: path.string, bytes: bytes)
        } catch {
            refusal = refusal ?? ContainerdRefusal(path: path.string, bytes: bytes, error: error)
            return nil
        }
    }

    /// The files that imports lead to, patterns resolved.
    ///
    /// What is relative lies beside the file that says it, but for a pattern of 1.6, which begins where the process does.
    /// - Source: containerd `resolveImports`; seen on 1.6.20, 1.7.24 and 2.1.9.
    private mutating func resolve(_ imports: [String], of file: FilePath, _ host: HostView)
        async throws(ObservationError) -> [FilePath]
    {
        var found: [FilePath] = []
        for text in imports {
            let takesAll = release == ContainerdRelease(major: 2, minor: 1)
            let isPattern = takesAll ? GlobPattern.isPattern(text) : text.contains("*")
            let isOld = release.map { $0 < ContainerdRelease(major: 1, minor: 7) } ?? false
            let folder = isPattern && isOld ? FilePath("/") : file.removingLastComponent()
            let path = folder.pushing(FilePath(text)).lexicallyNormalized()
            guard isPattern else {
                found.append(path)
                continue
            }
            found += try await matches(of: path, host)
        }
        return found
    }

    /// The paths that a pattern describes, in the order of their names.
    private mutating func matches(of pattern: FilePath, _ host: HostView) async throws(ObservationError) -> [FilePath] {
        var paths: [FilePath] = ["/"]
        let components = Array(pattern.components)
        for (index, component) in components.enumerated() {
            guard GlobPattern.isPattern(component.string) else {
                paths = paths.map { $0.appending(component) }
                continue
            }
            let glob = GlobPattern(component.string, as: .go)
            var next: [FilePath] = []
            for folder in paths {
                if index == components.count - 1, !folders.contains(folder) { folders.append(folder) }
                // What is no folder has no names, and is no error to containerd.
                let kind = try await host.files.kind(of: folder)
                guard kind != nil, kind != .regular, kind != .other else { continue }
                next += try await host.files.names(in: folder).filter(glob.matches).map { folder.appending($0) }
            }
            paths = next
        }
        return paths
    }
}
