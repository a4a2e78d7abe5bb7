import Glibc
import SystemPackage

@testable import LinuxHost

/// A folder of a test's own in /tmp, gone with this value.
final class ScratchFolder: Sendable {
    let path: FilePath

    init() throws {
        path = FilePath("/tmp/nucprep-scratch-\(UInt64.random(in: 0 ... .max))")
        try makeFolder("/")
    }

    /// The path of `name` as the machine sees it.
    func real(_ name: FilePath) -> String { path.pushing(name.removingRoot()).string }

    func makeFolder(_ name: FilePath) throws {
        guard unsafe mkdir(real(name), 0o755) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Writes in place, or makes a new file.
    func write(_ text: String, to name: FilePath, permissions: UInt32 = 0o644) throws {
        let file = try FileDescriptor.open(
            FilePath(real(name)), .writeOnly, options: [.create, .truncate], permissions: [.ownerReadWrite])
        try file.closeAfter {
            _ = try file.writeAll(text.utf8)
            guard fchmod(file.rawValue, permissions) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// Writes as a careful editor does: a new file, renamed over the old one.
    func replace(_ name: FilePath, with text: String) throws {
        try write(text, to: FilePath("\(name).edited"))
        guard unsafe rename(real(FilePath("\(name).edited")), real(name)) == 0 else { throw Errno(rawValue: errno) }
    }

    func link(_ name: FilePath, to target: FilePath) throws {
        guard unsafe symlink(target.string, real(name)) == 0 else { throw Errno(rawValue: errno) }
    }

    func hardLink(_ name: FilePath, to other: FilePath) throws {
        guard unsafe Glibc.link(real(other), real(name)) == 0 else { throw Errno(rawValue: errno) }
    }

    func makePipe(_ name: FilePath) throws {
        guard unsafe mkfifo(real(name), 0o600) == 0 else { throw Errno(rawValue: errno) }
    }

    func remove(_ name: FilePath) throws {
        guard unsafe unlink(real(name)) == 0 else { throw Errno(rawValue: errno) }
    }

    /// The text at a path, or `nil`.
    func text(_ name: FilePath) throws -> String? {
        guard let opened = try? FileDescriptor.open(FilePath(real(name)), .readOnly) else { return nil }
        let file = Descriptor(opened)
        return try file.readAll(limit: 1 << 24).map { String(decoding: $0, as: UTF8.self) }
    }

    func status(_ name: FilePath) throws -> FileStatus {
        let file = Descriptor(try FileDescriptor.open(FilePath(real(name)), .readOnly, options: [.nonBlocking]))
        return try file.status()
    }

    func names(_ folder: FilePath) throws -> [String] {
        try RootedOpen(root: path).names(in: folder)
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: FilePath) {
        if let opened = try? FileDescriptor.open(path, .readOnly, options: [.directory, .noFollow]) {
            let folder = Descriptor(opened)
            for name in (try? folder.directoryNames()) ?? [] { removeAll(path.appending(name)) }
        }
        _ = unsafe Glibc.remove(path.string)
    }
}
