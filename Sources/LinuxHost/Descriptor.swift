internal import CLinux
internal import Glibc
package import SystemPackage

/// A file descriptor that is closed when it goes out of scope.
package struct Descriptor: ~Copyable, Sendable {
    /// The descriptor itself, which is open for as long as this value is: bind the value before using it.
    package let file: FileDescriptor

    /// Takes over `file`.
    package init(_ file: FileDescriptor) {
        self.file = file
    }

    // What close(2) says of a file that was only read, or was synchronised before, changes nothing.
    deinit { try? file.close() }

    /// The number of the descriptor, for a C call.
    package var number: Int32 { file.rawValue }
}

extension Descriptor {
    /// Another descriptor of the same open file.
    borrowing func duplicate() throws(Errno) -> Descriptor {
        Descriptor(try Errno.calling { try file.duplicate() })
    }

    /// Opens `name` in this directory, itself no link; `nil` when nothing is there.
    borrowing func open(_ name: String, _ flags: Int32) throws(Errno) -> Descriptor? {
        let number = unsafe openat(number, name, flags | O_NOFOLLOW | O_CLOEXEC)
        guard number < 0 else { return Descriptor(FileDescriptor(rawValue: number)) }
        let error = Errno(rawValue: errno)
        guard error != .noSuchFileOrDirectory else { return nil }
        throw error
    }

    /// The bytes of the regular file `name` in this directory; `nil` when nothing is there.
    ///
    /// - Throws: `ENXIO` when it is none, `EFBIG` when it has more than `limit` bytes.
    borrowing func contents(of name: String, limit: Int) throws(Errno) -> [UInt8]? {
        guard let opened = try open(name, O_RDONLY | O_NONBLOCK | O_NOCTTY) else { return nil }
        guard try FileStatus(of: opened.file).kind == .regular else { throw .noSuchAddressOrDevice }
        guard let bytes = try opened.file.readAll(limit: limit) else { throw .fileTooLarge }
        return bytes
    }

    /// Removes `name` from this directory, if it is there.
    borrowing func unlink(_ name: String) {
        _ = unsafe unlinkat(number, name, 0)
    }
}

extension Errno {
    /// The result of a CLinux call: its value, or the error that it stands for.
    static func check(_ result: Int32) throws(Errno) -> Int32 {
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result
    }

    /// Does what may throw, as system calls of SystemPackage do, which throw nothing but `Errno`.
    static func calling<Value: ~Copyable>(_ body: () throws -> Value) throws(Errno) -> Value {
        do {
            return try body()
        } catch let error as Errno {
            throw error
        } catch {
            throw .ioError
        }
    }
}

/// What fstat(2) says of an open file.
struct FileStatus: Equatable, Sendable {
    enum Kind: Equatable, Sendable { case regular, directory, link, other }

    let device: UInt64
    let inode: UInt64
    let kind: Kind
    /// The permission bits, set-id and sticky bits included.
    let permissions: UInt32
    let links: UInt64
    let user: UInt32
    let group: UInt32
    let size: Int64
    /// Seconds and nanoseconds of the last change of the contents.
    let modified: [Int]
    /// When the contents or what belongs to the file last changed, in microseconds since 1970.
    let changedAt: Int

    /// Asks for `file`, which may have been opened by its path alone.
    init(of file: FileDescriptor) throws(Errno) {
        var status = stat()
        guard unsafe fstat(file.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
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

extension FileDescriptor {
    /// Reads on to the end; `nil` when there is more than `limit`.
    func readAll(limit: Int) throws(Errno) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit + 1, 65_536))
        while true {
            let count = try Errno.calling { try unsafe chunk.withUnsafeMutableBytes { try unsafe read(into: $0) } }
            guard count > 0 else { return bytes }
            guard bytes.count + count <= limit else { return nil }
            bytes += chunk[..<count]
        }
    }

    /// The names in an open directory, sorted bytewise, without `.` and `..`.
    ///
    /// - Throws: `EILSEQ` when a name is not UTF-8, and so cannot be told as text; `EOVERFLOW` when there are more than
    ///   65 536.
    func directoryNames() throws(Errno) -> [String] {
        var names: [String] = []
        var buffer = [UInt8](repeating: 0, count: Int(CLINUX_NAMES_SIZE))
        while true {
            let count = try unsafe Errno.check(clinux_names(rawValue, &buffer, buffer.count))
            guard count > 0 else { break }
            for name in buffer[..<Int(count)].dropLast().split(separator: 0, omittingEmptySubsequences: false) {
                guard let text = String(validating: name, as: UTF8.self) else { throw .illegalByteSequence }
                names.append(text)
            }
            guard names.count <= 65_536 else { throw .overflow }
        }
        return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
}
