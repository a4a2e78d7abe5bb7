internal import Glibc
internal import LinuxHost
internal import NodeState
package import SystemPackage

/// A folder of a test's own below /tmp, gone with this value; paths are as the host beneath it sees them.
package final class ScratchTree: Sendable {
    /// Where the folder is.
    package let path: FilePath

    /// An empty folder.
    ///
    /// - Throws: when it cannot be made.
    package init() throws {
        path = FilePath("/tmp/nucprep-tree-\(UInt64.random(in: 0 ... .max))")
        guard unsafe mkdir(path.string, 0o755) == 0 else { throw Errno(rawValue: errno) }
    }

    /// A copy of the folder at `original`: files, folders and links, permissions left out.
    ///
    /// - Throws: when something cannot be copied.
    package convenience init(copyOf original: FilePath) throws {
        try self.init()
        try copy("/", from: RootedOpen(root: original))
    }

    private func copy(_ folder: FilePath, from files: RootedOpen) throws {
        for name in try files.names(in: folder) {
            let path = folder.appending(name)
            switch try files.kind(of: path) {
            case .directory:
                try makeFolder(path)
                try copy(path, from: files)
            case .link(let target): try link(path, to: target)
            case .regular: try write(files.bytes(at: path, limit: 1 << 24) ?? [], to: path)
            case .other, nil: throw Errno.notSupported
            }
        }
    }

    /// The path of `name` as this machine sees it.
    package func real(_ name: FilePath) -> FilePath { path.pushing(name.removingRoot()) }

    /// Makes a folder and those above it; one that is there is left as it is.
    package func makeFolder(_ name: FilePath) throws {
        guard unsafe mkdir(real(name).string, 0o755) != 0 else { return }
        switch Errno(rawValue: errno) {
        case .fileExists: return
        case .noSuchFileOrDirectory where name != "/":
            try makeFolder(name.removingLastComponent())
            try makeFolder(name)
        case let error: throw error
        }
    }

    /// Writes a file in place, or makes a new one with the folders above it.
    package func write(_ bytes: [UInt8], to name: FilePath) throws {
        try makeFolder(name.removingLastComponent())
        let file = try FileDescriptor.open(
            real(name), .writeOnly, options: [.create, .truncate],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        _ = try file.closeAfter { try file.writeAll(bytes) }
    }

    /// Writes a file in place, or makes a new one with the folders above it.
    package func write(_ text: String, to name: FilePath) throws { try write(Array(text.utf8), to: name) }

    /// Writes as a careful editor does: a new file, renamed over the old one.
    package func replace(_ name: FilePath, with text: String) throws {
        let new = FilePath("\(name).edited")
        try write(text, to: new)
        try move(new, to: name)
    }

    /// Renames a file, a folder or a link.
    package func move(_ name: FilePath, to other: FilePath) throws {
        guard unsafe rename(real(name).string, real(other).string) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Makes a symbolic link, and the folders above it.
    package func link(_ name: FilePath, to target: FilePath) throws {
        try makeFolder(name.removingLastComponent())
        guard unsafe symlink(target.string, real(name).string) == 0 else { throw Errno(rawValue: errno) }
    }

    /// Removes a file, a link, or a folder with all that is in it; what is not there is no error.
    package func remove(_ name: FilePath) { Self.removeAll(real(name)) }

    /// The text of a file, bytes that are no UTF-8 replaced; `nil` when there is none.
    package func text(_ name: FilePath) throws -> String? {
        try RootedOpen(root: path).bytes(at: name, limit: 1 << 24).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Everything in the tree: a line for each name, with kind, contents and the time of the last change.
    ///
    /// Equal lines mean that nothing was touched.
    package func inventory() throws -> [String] { try inventory(of: "/", RootedOpen(root: path)) }

    private func inventory(of folder: FilePath, _ files: RootedOpen) throws -> [String] {
        try files.names(in: folder).flatMap { name in
            let path = folder.appending(name)
            let kind = try files.kind(of: path)
            let head = "\(path) \(modified(path))"
            switch kind {
            case .directory: return ["\(head) folder"] + (try inventory(of: path, files))
            case .link(let target): return ["\(head) link \(target)"]
            case .regular:
                let bytes = try files.bytes(at: path, limit: 1 << 24) ?? []
                return ["\(head) file \(String(decoding: bytes, as: UTF8.self))"]
            case .other, nil: return ["\(head) other"]
            }
        }
    }

    private func modified(_ name: FilePath) -> String {
        var status = stat()
        guard unsafe lstat(real(name).string, &status) == 0 else { return "gone" }
        return "\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }

    deinit { Self.removeAll(path) }

    private static func removeAll(_ path: FilePath) {
        // A link that leads to a folder is no folder: it goes without being followed.
        if unsafe unlink(path.string) == 0 { return }
        if let files = try? RootedOpen(root: path) {
            for name in (try? files.names(in: "/")) ?? [] { removeAll(path.appending(name)) }
        }
        _ = unsafe rmdir(path.string)
    }
}
