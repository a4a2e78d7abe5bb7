internal import Glibc
package import SystemPackage

/// A file descriptor that is closed when it goes out of scope.
///
/// Its number is lent for the length of one call and never handed out: an optimised build ends a value after its last
/// use, and a number taken from it before would be that of a closed file, or of the next one to be opened.
package struct Descriptor: ~Copyable, Sendable {
    private let file: FileDescriptor

    /// Takes over `file`.
    package init(_ file: FileDescriptor) {
        self.file = file
    }

    /// Takes over what a system call answered: a number, or an error as its negative.
    init(taking result: Int32) throws(Errno) {
        file = FileDescriptor(rawValue: try Errno.check(result))
    }

    // What close(2) says of a file that was only read, or was synchronised before, changes nothing.
    deinit { try? file.close() }

    /// Lends the number of the descriptor, which is open until `body` returns.
    package borrowing func withNumber<Value: ~Copyable, Failure: Error>(
        _ body: (Int32) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        defer { extendLifetime(self) }
        return try body(file.rawValue)
    }

    /// Another descriptor of the same open file, close-on-exec.
    borrowing func duplicate() throws(Errno) -> Descriptor {
        let result = withNumber { number in
            let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
            return copy >= 0 ? copy : -errno
        }
        return try Descriptor(taking: result)
    }
}

/// A descriptor with several owners, closed with the last of them.
package final class SharedDescriptor: Sendable {
    private let descriptor: Descriptor

    /// Takes over `descriptor`.
    package init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    /// Lends the descriptor, which is open until `body` returns.
    package func with<Value: ~Copyable, Failure: Error>(
        _ body: (borrowing Descriptor) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        defer { extendLifetime(self) }
        return try body(descriptor)
    }

    /// Lends the number of the descriptor, which is open until `body` returns.
    package func withNumber<Value: ~Copyable, Failure: Error>(
        _ body: (Int32) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        defer { extendLifetime(self) }
        return try descriptor.withNumber(body)
    }
}

extension Errno {
    /// The result of a CLinux call: its value, or the error that it stands for.
    static func check(_ result: Int32) throws(Errno) -> Int32 {
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result
    }

    /// The result of a call of the C library, 0 or more; else what `errno` says.
    static func checkC(_ result: Int32) throws(Errno) {
        guard result >= 0 else { throw Errno(rawValue: Glibc.errno) }
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
