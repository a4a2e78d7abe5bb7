internal import CLinux
internal import Glibc
internal import SystemPackage

extension Descriptor {
    /// The flags with which a file is opened to be read that another may have made: opening a pipe must not wait for its
    /// writer, nor a file for the holder of a lease, and a terminal must not become ours.
    ///
    /// - Source: open(2), `O_NONBLOCK`, `O_NOCTTY`; fcntl(2), "Leases".
    static let reading = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC

    /// Opens `name` in this directory, itself no link; `nil` when nothing is there.
    borrowing func open(_ name: String, _ flags: Int32 = Descriptor.reading) throws(Errno) -> Descriptor? {
        let result = withNumber { number in
            let opened = unsafe openat(number, name, flags | O_NOFOLLOW | O_CLOEXEC)
            return opened >= 0 ? opened : -errno
        }
        guard result != -ENOENT else { return nil }
        return try Descriptor(taking: result)
    }

    /// Makes `name` in this directory, where nothing may be, to be written; for this user alone.
    borrowing func create(_ name: String) throws(Errno) -> Descriptor {
        let flags = O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC
        let result = withNumber { number in
            let opened = unsafe openat(number, name, flags, 0o600)
            return opened >= 0 ? opened : -errno
        }
        return try Descriptor(taking: result)
    }

    /// The bytes of the regular file `name` in this directory; `nil` when nothing is there.
    ///
    /// - Throws: `ENXIO` when it is none, `EFBIG` when it has more than `limit` bytes.
    borrowing func contents(of name: String, limit: Int) throws(Errno) -> [UInt8]? {
        guard let opened = try open(name) else { return nil }
        guard try opened.status().kind == .regular else { throw .noSuchAddressOrDevice }
        guard let bytes = try opened.readAll(limit: limit) else { throw .fileTooLarge }
        return bytes
    }

    /// Removes `name` from this directory; that it is not there is no error.
    borrowing func unlink(_ name: String) throws(Errno) {
        do throws(Errno) {
            try withNumber { (number) throws(Errno) in try unsafe Errno.checkC(unlinkat(number, name, 0)) }
        } catch {
            guard error == .noSuchFileOrDirectory else { throw error }
        }
    }

    /// The target of the link `name` in this directory, or of this link itself when `name` is empty.
    borrowing func linkTarget(of name: String = "") throws(Errno) -> FilePath {
        var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
        let count = try withNumber { (number) throws(Errno) in
            let count = unsafe readlinkat(number, name, &bytes, bytes.count)
            guard count >= 0 else { throw Errno(rawValue: errno) }
            return count
        }
        guard count < bytes.count else { throw .fileNameTooLong }
        guard let text = String(validating: bytes[..<count], as: UTF8.self) else { throw .illegalByteSequence }
        return FilePath(text)
    }

    /// Some bytes, `count` at the most; empty at the end.
    borrowing func read(upTo count: Int) throws(Errno) -> [UInt8] {
        try withNumber { (number) throws(Errno) in
            var bytes = [UInt8](repeating: 0, count: count)
            let read = try Errno.calling {
                try unsafe bytes.withUnsafeMutableBytes { try unsafe FileDescriptor(rawValue: number).read(into: $0) }
            }
            bytes.removeLast(count - read)
            return bytes
        }
    }

    /// Reads on, `limit` bytes at the most.
    borrowing func readBeginning(limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < limit, case let piece = try read(upTo: limit - bytes.count), !piece.isEmpty {
            bytes += piece
        }
        return bytes
    }

    /// Reads on to the end; `nil` when there is more than `limit`.
    borrowing func readAll(limit: Int) throws(Errno) -> [UInt8]? {
        var bytes: [UInt8] = []
        while case let piece = try read(upTo: min(limit + 1, 65_536)), !piece.isEmpty {
            guard bytes.count + piece.count <= limit else { return nil }
            bytes += piece
        }
        return bytes
    }

    /// Reads a small file of the kernel from its start.
    borrowing func readFromStart() throws(Errno) -> [UInt8] {
        try withNumber { (number) throws(Errno) in
            guard lseek(number, 0, SEEK_SET) >= 0 else { throw Errno(rawValue: errno) }
        }
        return try readAll(limit: 1 << 20) ?? []
    }

    /// Writes all of the bytes.
    borrowing func write(_ bytes: [UInt8]) throws(Errno) {
        try withNumber { (number) throws(Errno) in
            _ = try Errno.calling { try FileDescriptor(rawValue: number).writeAll(bytes) }
        }
    }

    /// Waits until what was written, or the names of a directory, are on the disk.
    borrowing func synchronize() throws(Errno) {
        try withNumber { (number) throws(Errno) in try Errno.checkC(fsync(number)) }
    }

    /// The names in this directory, sorted bytewise, without `.` and `..`.
    ///
    /// - Throws: `EILSEQ` when a name is not UTF-8, and so cannot be told as text; `EOVERFLOW` when there are more than
    ///   65 536.
    borrowing func directoryNames() throws(Errno) -> [String] {
        var names: [String] = []
        var buffer = [UInt8](repeating: 0, count: Int(CLINUX_NAMES_SIZE))
        while true {
            let count = try Errno.check(withNumber { unsafe clinux_names($0, &buffer, buffer.count) })
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
