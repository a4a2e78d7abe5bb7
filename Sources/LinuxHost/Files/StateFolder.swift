internal import Glibc
package import SystemPackage

/// A folder of the daemon's own small files, none of which anybody else writes.
///
/// What cannot be read is as good as absent; a write that fails leaves the former file.
package struct StateFolder: Sendable {
    private let folder: FilePath

    /// The folder at `path`; it is made when something is first written.
    package init(_ path: FilePath) { folder = path }

    /// The bytes of a file, 1 MiB at the most; `nil` when there is none that can be read.
    package func read(_ name: String) -> [UInt8]? {
        guard let root = try? RootedOpen(root: "/") else { return nil }
        return (try? root.bytes(at: folder.appending(name), limit: 1 << 20)) ?? nil
    }

    /// The names in a folder beneath, sorted.
    package func names(in name: String) -> [String] {
        guard let root = try? RootedOpen(root: "/") else { return [] }
        return (try? root.names(in: folder.appending(name))) ?? []
    }

    /// Replaces a file in one step, on the disk before this returns.
    ///
    /// - Returns: whether it was written.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) -> Bool {
        let path = folder.appending(name)
        let parent = path.removingLastComponent()
        makeFolders(parent)
        guard let last = path.lastComponent?.string else { return false }
        do throws(Errno) {
            try OwnFolder(at: parent).replace(last, with: bytes)
            return true
        } catch {
            return false
        }
    }

    /// Makes a folder beneath, for root alone, where there is none.
    func makeFolder(_ name: String) { makeFolders(folder.appending(name)) }

    /// Removes a file.
    package func remove(_ name: String) { _ = unsafe unlink(folder.appending(name).string) }

    /// Removes what a crash left of a write in this folder and in those right beneath it.
    func sweep() {
        for place in [folder] + names(in: "").map({ folder.appending($0) }) {
            if let folder = try? OwnFolder(at: place) { folder.sweep() }
        }
    }

    private func makeFolders(_ path: FilePath) {
        guard unsafe mkdir(path.string, 0o700) != 0, errno == ENOENT, path != "/" else { return }
        makeFolders(path.removingLastComponent())
        _ = unsafe mkdir(path.string, 0o700)
    }
}

/// An open folder in which the daemon alone writes.
struct OwnFolder: ~Copyable {
    private let directory: Descriptor

    /// Opens the folder, itself no link.
    init(at path: FilePath) throws(Errno) {
        directory = Descriptor(
            try Errno.calling {
                try FileDescriptor.open(path, .readOnly, options: [.directory, .noFollow, .closeOnExec])
            })
    }

    /// Replaces a file in one step, on the disk when this returns; nothing else of it is left when that fails.
    borrowing func replace(_ name: String, with bytes: [UInt8]) throws(Errno) {
        let new = Self.temporaryName(for: name)
        // Left from a crash: nothing names it.
        try directory.unlink(new)
        let file = try directory.create(new)
        do throws(Errno) {
            try file.write(bytes)
            try file.synchronize()
            try directory.withNumber { (number) throws(Errno) in
                try unsafe Errno.checkC(renameat(number, new, number, name))
            }
        } catch {
            try? directory.unlink(new)
            throw error
        }
        try directory.synchronize()
    }

    /// Removes the temporary names that a crash left.
    borrowing func sweep() {
        for name in (try? directory.directoryNames()) ?? [] where Self.isTemporary(name) {
            try? directory.unlink(name)
        }
    }

    static func temporaryName(for name: String) -> String { ".\(name).new" }

    private static func isTemporary(_ name: String) -> Bool {
        name.utf8.count > 5 && name.hasPrefix(".") && name.hasSuffix(".new")
    }
}
