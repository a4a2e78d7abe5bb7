import Glibc
import SystemPackage

/// A Unix socket of a test's own, bound to a path in /tmp and gone with this value.
final class ScratchSocket {
    let path: String
    let descriptor: FileDescriptor

    static func datagrams() throws -> ScratchSocket { try ScratchSocket(Int32(SOCK_DGRAM.rawValue)) }

    static func listen() throws -> ScratchSocket {
        let made = try ScratchSocket(Int32(SOCK_STREAM.rawValue))
        guard Glibc.listen(made.descriptor.rawValue, 4) == 0 else { throw Errno(rawValue: errno) }
        return made
    }

    private init(_ type: Int32) throws {
        path = "/tmp/nucprep-socket-\(UInt64.random(in: 0 ... .max))"
        let number = socket(AF_UNIX, type | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        descriptor = FileDescriptor(rawValue: number)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { space in
            for (index, byte) in bytes.enumerated() { unsafe space[index] = byte }
        }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { rebound in
                unsafe bind(number, rebound, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    /// The next datagram; waits for it.
    func receive() throws -> String {
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = unsafe bytes.withUnsafeMutableBytes {
            unsafe recv(descriptor.rawValue, $0.baseAddress, $0.count, 0)
        }
        guard count >= 0 else { throw Errno(rawValue: errno) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    deinit {
        try? descriptor.close()
        _ = unsafe unlink(path)
    }
}
