internal import NodeState
internal import Synchronization
internal import SystemPackage

/// The files of one look: each is read once, and two requirements that read it see the same.
///
/// Processes come and go while they are listed, and what is said of one is asked anew.
final class LookFiles: FileReading, Sendable {
    private struct Kept {
        var bytes: [FilePath: Result<[UInt8]?, ObservationError>] = [:]
        var kinds: [FilePath: Result<FileKind?, ObservationError>] = [:]
        var names: [FilePath: Result<[String], ObservationError>] = [:]
        /// How many bytes are kept.
        var size = 0
    }

    private let files: any FileReading
    private let kept = Mutex(Kept())

    /// What is larger is read again.
    private static let largestFile = 1 << 16
    /// All files of a look together.
    private static let most = 4 << 20

    /// The files of a look that begins.
    init(_ files: any FileReading) { self.files = files }

    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        // A limit is part of the question: with another one the answer may be an error.
        guard limit >= Self.largestFile, !Self.isProcess(path) else {
            return try await files.bytes(at: path, limit: limit)
        }
        if let former = kept.withLock({ $0.bytes[path] }) { return try former.get() }
        do throws(ObservationError) {
            let bytes = try await files.bytes(at: path, limit: limit)
            keep(path, bytes)
            return bytes
        } catch {
            if !error.isTransient, limit == 1 << 20 { kept.withLock { $0.bytes[path] = .failure(error) } }
            throw error
        }
    }

    private func keep(_ path: FilePath, _ bytes: [UInt8]?) {
        let size = bytes?.count ?? 0
        guard size <= Self.largestFile else { return }
        kept.withLock { kept in
            guard kept.size + size <= Self.most else { return }
            kept.size += size
            kept.bytes[path] = .success(bytes)
        }
    }

    func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        guard !Self.isProcess(path) else { return try await files.kind(of: path) }
        if let former = kept.withLock({ $0.kinds[path] }) { return try former.get() }
        let kind = try await files.kind(of: path)
        kept.withLock { $0.kinds[path] = .success(kind) }
        return kind
    }

    func names(in folder: FilePath) async throws(ObservationError) -> [String] {
        guard !Self.isProcess(folder) else { return try await files.names(in: folder) }
        if let former = kept.withLock({ $0.names[folder] }) { return try former.get() }
        let names = try await files.names(in: folder)
        kept.withLock { $0.names[folder] = .success(names) }
        return names
    }

    func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try await files.beginning(of: path, limit: limit)
    }

    func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try await files.script(at: path, limit: limit)
    }

    func modified(_ path: FilePath) async throws(ObservationError) -> Int? { try await files.modified(path) }

    func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? { try await files.barrier(to: path) }

    func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? { try await files.isExecutable(path) }

    /// Whether a path is `/proc` itself, or below the folder of a process.
    private static func isProcess(_ path: FilePath) -> Bool {
        guard path.starts(with: "/proc") else { return false }
        guard let second = path.components.dropFirst().first else { return true }
        return second.string.utf8.first.map { (0x30...0x39).contains($0) } ?? false
    }
}
