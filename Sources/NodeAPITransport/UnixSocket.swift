internal import Glibc
internal import SystemPackage

/// The calls for Unix stream sockets, without policy.
///
/// - Source: unix(7), socket(7).
enum UnixSocket {
    /// A new socket, close-on-exec.
    static func open(isBlocking: Bool = true) throws(Errno) -> SystemPackage.FileDescriptor {
        var kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        if !isBlocking { kind |= Int32(SOCK_NONBLOCK.rawValue) }
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        return SystemPackage.FileDescriptor(rawValue: descriptor)
    }

    /// A socket that is connected to the one at `path`.
    static func connect(to path: FilePath, isBlocking: Bool = true) throws(Errno) -> SystemPackage.FileDescriptor {
        let descriptor = try open(isBlocking: isBlocking)
        do throws(Errno) {
            unsafe try withAddress(of: path) { address, length in
                unsafe Glibc.connect(descriptor.rawValue, address, length)
            }
        } catch {
            try? descriptor.close()
            throw error
        }
        return descriptor
    }

    /// A socket that is connected to the one at `path`; blocks while too many others wait to be accepted there.
    ///
    /// The kernel serves those who block in the order in which they came. Who asks again and again without blocking needs
    /// luck each time.
    /// - Throws: `.resourceTemporarilyUnavailable` when there was no room within `patience`.
    /// - Source: unix(7) and socket(7), `SO_SNDTIMEO`; net/unix/af_unix.c, `unix_stream_connect`.
    static func connect(to path: FilePath, within patience: Duration) throws(Errno) -> SystemPackage.FileDescriptor {
        let descriptor = try open()
        do throws(Errno) {
            // No time at all would mean for ever.
            let microseconds = max(1, Int(patience / .microseconds(1)))
            try limitSending(
                descriptor, to: timeval(tv_sec: microseconds / 1_000_000, tv_usec: microseconds % 1_000_000))
            unsafe try withAddress(of: path) { address, length in
                unsafe Glibc.connect(descriptor.rawValue, address, length)
            }
            try limitSending(descriptor, to: timeval())
        } catch {
            try? descriptor.close()
            throw error
        }
        return descriptor
    }

    private static func limitSending(_ descriptor: SystemPackage.FileDescriptor, to limit: timeval) throws(Errno) {
        var limit = limit
        let length = socklen_t(MemoryLayout<timeval>.size)
        guard unsafe setsockopt(descriptor.rawValue, SOL_SOCKET, SO_SNDTIMEO, &limit, length) == 0 else {
            throw Errno(rawValue: errno)
        }
    }

    /// Gives the socket a name in the file system, which must be free.
    static func bind(_ descriptor: SystemPackage.FileDescriptor, to path: FilePath) throws(Errno) {
        unsafe try withAddress(of: path) { address, length in
            unsafe Glibc.bind(descriptor.rawValue, address, length)
        }
    }

    /// The value of an option of level `SOL_SOCKET`; `nil` when it cannot be had, as for what is no socket.
    static func option(_ name: Int32, of descriptor: SystemPackage.FileDescriptor) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        let result = unsafe getsockopt(descriptor.rawValue, SOL_SOCKET, name, &value, &length)
        return result == 0 ? value : nil
    }

    private static func withAddress(
        of path: FilePath, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) throws(Errno) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.string.utf8)
        // The kernel wants the name with its end inside of the field.
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { throw .fileNameTooLong }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe call(rebound, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }
}
