internal import NodeState
internal import SystemPackage

/// The unit files of a record that was kept where symbolic links cannot be: a link lies there as a small file that holds
/// its target alone, as git writes it.
///
/// - Source: git-config(1), `core.symlinks`.
struct ExcerptFiles: FileReading {
    private let files: any FileReading

    /// The record's files.
    init(_ files: any FileReading) { self.files = files }

    func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        let kind = try await files.kind(of: path)
        guard kind == .regular, let target = try await target(of: path) else { return kind }
        return .link(target)
    }

    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        guard try await files.kind(of: path) == .regular, let target = try await target(of: path) else {
            return try await files.bytes(at: path, limit: limit)
        }
        let place = path.removingLastComponent().pushing(target).lexicallyNormalized()
        // A target is never such a file again: systemd's own tools write one link.
        return try await files.bytes(at: place, limit: limit)
    }

    /// What a small file in a folder of units holds when that is one path and nothing else.
    private func target(of path: FilePath) async throws(ObservationError) -> FilePath? {
        guard path.components.contains("systemd"), let bytes = try await files.bytes(at: path, limit: 1 << 20),
            bytes.count < 256, bytes.starts(with: "/".utf8) || bytes.starts(with: "../".utf8),
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return FilePath(String(decoding: bytes, as: UTF8.self))
    }

    func names(in folder: FilePath) async throws(ObservationError) -> [String] { try await files.names(in: folder) }

    func modified(_ path: FilePath) async throws(ObservationError) -> Int? { try await files.modified(path) }

    func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? { try await files.barrier(to: path) }

    func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? { try await files.isExecutable(path) }
}
