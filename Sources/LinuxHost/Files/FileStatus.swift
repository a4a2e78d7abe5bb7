internal import Glibc
package import SystemPackage

/// What fstat(2) says of an open file.
package struct FileStatus: Equatable, Sendable {
    /// What kind of file it is.
    package enum Kind: Equatable, Sendable { case regular, directory, link, other }

    package let device: UInt64
    package let inode: UInt64
    package let kind: Kind
    /// The permission bits, set-id and sticky bits included.
    package let permissions: UInt32
    package let links: UInt64
    package let user: UInt32
    package let group: UInt32
    package let size: Int64
    /// Seconds and nanoseconds of the last change of the contents.
    package let modified: [Int]
    /// When the contents or what belongs to the file last changed, in microseconds since 1970.
    package let changedAt: Int

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .directory
            case S_IFLNK: .link
            default: .other
            }
        permissions = UInt32(status.st_mode & 0o7777)
        links = UInt64(status.st_nlink)
        user = status.st_uid
        group = status.st_gid
        size = Int64(status.st_size)
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        changedAt = [status.st_mtim, status.st_ctim].map { $0.tv_sec * 1_000_000 + $0.tv_nsec / 1000 }.max() ?? 0
    }
}

extension Descriptor {
    /// What fstat(2) says of the file, which may have been opened by its path alone.
    package borrowing func status() throws(Errno) -> FileStatus {
        try withNumber { (number) throws(Errno) in
            var status = stat()
            try unsafe Errno.checkC(fstat(number, &status))
            return FileStatus(status)
        }
    }
    /// What fstatat(2) says of `path` from this directory: the file is not opened, and nobody hears of it.
    borrowing func status(of path: FilePath, flags: Int32) throws(Errno) -> FileStatus {
        try withNumber { (number) throws(Errno) in
            var status = stat()
            try unsafe Errno.checkC(fstatat(number, path.string, &status, flags))
            return FileStatus(status)
        }
    }
}
