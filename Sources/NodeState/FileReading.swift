package import SystemPackage

/// What stands at a path, links not followed.
package enum FileKind: Equatable, Sendable {
    /// A regular file; `/proc` and `/sys` files count.
    case regular
    /// A directory.
    case directory
    /// A symbolic link with its target as it is written.
    case link(FilePath)
    /// A device, socket or pipe.
    case other
}

/// Reads files; `nil` and `[]` mean absent, and what is there but unreadable throws.
package protocol FileReading: Sendable {
    /// The bytes of a file, links followed, `limit` bytes at the most.
    ///
    /// - Throws: when it is no regular file, is larger than `limit`, or cannot be read.
    func bytes(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]?
    /// The first bytes of a file, links followed, `limit` bytes at the most, however large the file is.
    ///
    /// - Throws: when it is no regular file, or cannot be read.
    func beginning(of path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]?
    /// The first `limit` bytes of a script, links followed: a regular file that begins with `#!`; `nil` for all else.
    ///
    /// - Throws: when a file is there and cannot be read.
    func script(at path: FilePath, limit: Int) async throws(ObservationError) -> [UInt8]?
    /// What stands at `path`, its last link not followed.
    func kind(of path: FilePath) async throws(ObservationError) -> FileKind?
    /// The names in a directory, sorted bytewise, without `.` and `..`.
    func names(in folder: FilePath) async throws(ObservationError) -> [String]
    /// When a file was last changed, links followed: the later of mtime and ctime, in microseconds since 1970.
    func modified(_ path: FilePath) async throws(ObservationError) -> Int?
    /// What keeps other users than root from reading a file: the file, or the nearest folder above it, whose mode is
    /// closed to others; links followed. `nil` when all may read it, or nothing is there.
    func barrier(to path: FilePath) async throws(ObservationError) -> FilePath?
    /// Whether a path leads to a regular file that may be executed, links followed; `nil` when nothing is there.
    func isExecutable(_ path: FilePath) async throws(ObservationError) -> Bool?
}

extension FileReading {
    /// The bytes of a configuration file: 1 MiB at the most.
    package func bytes(at path: FilePath) async throws(ObservationError) -> [UInt8]? {
        try await bytes(at: path, limit: 1 << 20)
    }

    /// The text of a file that ought to be UTF-8.
    ///
    /// - Throws: also when it is not UTF-8; the cause names the first bad byte.
    package func text(at path: FilePath) async throws(ObservationError) -> String? {
        guard let bytes = try await bytes(at: path) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ObservationError(reading: path.string, cause: "it is not UTF-8 text")
        }
        return text
    }
}
