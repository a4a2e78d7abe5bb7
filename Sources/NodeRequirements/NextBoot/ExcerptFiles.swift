internal import NodeState
internal import SystemPackage

/// The unit files and devices of a record that was kept where symbolic links cannot be: a link lies there as a small file that holds
/// its target alone, as git writes it.
///
/// - Source: git-config(1), `core.symlinks`.
struct ExcerptFiles: FileReading {
    private let files: any FileReading

    /// The record's files.
    init(_ files: any FileReading) { self.files = files }

    func kind(of path: FilePath) async throws(ObservationError) -> FileKind? {
        let path = try await place(path)
        let kind = try await files.kind(of: path)
        guard kind == .regular, let target = try await target(of: path) else { return kind }
        return .link(target)
    }

    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        let path = try await place(path)
        guard try await files.kind(of: path) == .regular, let target = try await target(of: path) else {
            return try await files.bytes(at: path, limit: limit)
        }
        let place = path.removingLastComponent().pushing(target).lexicallyNormalized()
        // A target is never such a file again: systemd's own tools write one link.
        return try await files.bytes(at: place, limit: limit)
    }

    func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try await files.beginning(of: path, limit: limit)
    }

    func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]? {
        try await files.script(at: path, limit: limit)
    }

    /// Whether sysfs has a link at a path that names a device.
    private static func isDevice(_ path: FilePath) -> Bool {
        ["/sys/class/block", "/sys/dev/block"].contains { path.removingLastComponent() == FilePath($0) }
    }

    /// Where a path below such a link leads.
    private func place(_ path: FilePath) async throws(ObservationError) -> FilePath {
        guard path.starts(with: "/sys"), path.components.count > 4 else { return path }
        let link = FilePath("/").appending(path.components.prefix(4))
        guard Self.isDevice(link), try await files.kind(of: link) == .regular, let target = try await target(of: link)
        else {
            return path
        }
        return link.removingLastComponent().pushing(target).lexicallyNormalized()
            .appending(path.components.dropFirst(4))
    }

    /// What a small file in a folder of units, or a device in sysfs, holds when that is one path and nothing else.
    private func target(of path: FilePath) async throws(ObservationError) -> FilePath? {
        guard path.components.contains("systemd") || Self.isDevice(path),
            let bytes = try await files.bytes(at: path, limit: 1 << 20),
            bytes.count < 256, bytes.starts(with: "/".utf8) || bytes.starts(with: "../".utf8),
            bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        return FilePath(String(decoding: bytes, as: UTF8.self))
    }

    func names(in folder: FilePath) async throws(ObservationError) -> [String] {
        let folder = try await place(folder)
        guard Self.isDevice(folder), try await files.kind(of: folder) == .regular,
            let target = try await target(of: folder)
        else { return try await files.names(in: folder) }
        return try await files.names(in: folder.removingLastComponent().pushing(target).lexicallyNormalized())
    }

    func modified(_ path: FilePath) async throws(ObservationError) -> Int? { try await files.modified(path) }

    func barrier(to path: FilePath) async throws(ObservationError) -> FilePath? { try await files.barrier(to: path) }

    func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool? { try await files.isExecutable(path) }
}
