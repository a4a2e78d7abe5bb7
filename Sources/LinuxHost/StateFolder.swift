internal import CLinux
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
        guard let root = try? RootedOpen(root: folder) else { return nil }
        return (try? root.bytes(at: FilePath(name), limit: 1 << 20)) ?? nil
    }

    /// The names in a folder beneath, sorted.
    package func names(in name: String) -> [String] {
        guard let root = try? RootedOpen(root: folder) else { return [] }
        return (try? root.names(in: FilePath(name))) ?? []
    }

    /// Replaces a file in one step, on the disk before this returns.
    ///
    /// - Returns: whether it was written.
    @discardableResult
    package func write(_ bytes: [UInt8], to name: String) -> Bool {
        let path = folder.appending(name)
        let parent = path.removingLastComponent()
        makeFolders(parent)
        let new = parent.appending(".\(path.lastComponent?.string ?? "").new")
        do {
            let file = Descriptor(
                try FileDescriptor.open(
                    new, .writeOnly, options: [.create, .truncate, .closeOnExec, .noFollow],
                    permissions: .ownerReadWrite))
            try file.file.writeAll(bytes)
            guard fsync(file.number) == 0, unsafe rename(new.string, path.string) == 0 else { return false }
            let directory = Descriptor(
                try FileDescriptor.open(parent, .readOnly, options: [.directory, .closeOnExec]))
            return fsync(directory.number) == 0
        } catch {
            return false
        }
    }

    /// Makes a folder beneath, for root alone, where there is none.
    func makeFolder(_ name: String) { makeFolders(folder.appending(name)) }

    /// Removes a file.
    package func remove(_ name: String) { _ = unsafe unlink(folder.appending(name).string) }

    private func makeFolders(_ path: FilePath) {
        guard unsafe mkdir(path.string, 0o700) != 0, errno == ENOENT, path != "/" else { return }
        makeFolders(path.removingLastComponent())
        _ = unsafe mkdir(path.string, 0o700)
    }
}
