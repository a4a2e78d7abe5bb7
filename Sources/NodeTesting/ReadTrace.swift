package import NodeState
internal import Synchronization
package import SystemPackage

/// Files that remember what they were asked.
package final class ReadTrace: FileReading, Sendable {
    /// What is asked of a path.
    package enum Question: String, Sendable {
        case bytes, beginning, script, kind, names, time, barrier, mode
    }

    /// One question.
    package struct Read: Hashable, Sendable {
        package var question: Question
        package var path: FilePath
    }

    private let files: any FileReading
    private let asked = Mutex<[Read: Int]>([:])

    /// The trace over `files`.
    package init(_ files: any FileReading) { self.files = files }

    /// Every question so far.
    package var reads: Set<Read> { asked.withLock { Set($0.keys) } }

    /// How often one question was asked so far.
    package func count(of question: Question, _ path: FilePath) -> Int {
        asked.withLock { $0[Read(question: question, path: path)] ?? 0 }
    }

    private func note(_ question: Question, _ path: FilePath) {
        asked.withLock { $0[Read(question: question, path: path), default: 0] += 1 }
    }

    package func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        note(.bytes, path)
        return try await files.bytes(at: path, limit: limit)
    }

    package func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        note(.beginning, path)
        return try await files.beginning(of: path, limit: limit)
    }

    package func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        note(.script, path)
        return try await files.script(at: path, limit: limit)
    }

    package func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        note(.kind, path)
        return try await files.kind(of: path)
    }

    package func modified(_ path: FilePath) async throws(ObservationError) -> Int? {
        note(.time, path)
        return try await files.modified(path)
    }

    package func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? {
        note(.barrier, path)
        return try await files.barrier(to: path)
    }

    package func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? {
        note(.mode, path)
        return try await files.isExecutable(path)
    }

    package func names(in folder: FilePath) async throws(ObservationError) -> [String] {
        note(.names, folder)
        return try await files.names(in: folder)
    }
}
