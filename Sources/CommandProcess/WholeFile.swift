internal import Glibc
package import SystemPackage

/// A file of this machine that is sent on as it is.
package enum WholeFile {
    /// A file without a name that holds `bytes`, to be read from its beginning; the caller closes it.
    ///
    /// - Throws: when it cannot be made, as on a full disk.
    package static func descriptor(holding bytes: [UInt8]) throws -> SystemPackage.FileDescriptor {
        let name = TemporaryName.random("nucprep")
        let file = try SystemPackage.FileDescriptor.open(
            name, .readWrite, options: [.create, .exclusiveCreate, .closeOnExec], permissions: .ownerReadWrite)
        _ = unsafe unlink(name.string)
        do {
            _ = try file.writeAll(bytes)
            _ = try file.seek(offset: 0, from: .start)
        } catch {
            try? file.close()
            throw error
        }
        return file
    }

    /// The bytes of a file, links followed.
    ///
    /// A pipe without a writer does not hang it: nothing is read from one.
    /// - Throws: when it cannot be opened or read, and `.fileTooLarge` for one of more than `limit` bytes.
    package static func bytes(of path: FilePath, limit: Int) throws -> [UInt8] {
        let file = try SystemPackage.FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var piece = [UInt8](repeating: 0, count: 1 << 20)
            while case let count = try unsafe piece.withUnsafeMutableBytes({ try unsafe file.read(into: $0) }),
                count > 0
            {
                bytes += piece[..<count]
                if bytes.count > limit { throw Errno.fileTooLarge }
            }
            return bytes
        }
    }
}
