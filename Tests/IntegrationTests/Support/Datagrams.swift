internal import Glibc
internal import SystemPackage

@testable internal import NodeAPITransport

/// A socket of datagrams: what systemd listens on as `NOTIFY_SOCKET`, and journald as its own.
final class Datagrams: Sendable {
    let path: FilePath
    private let descriptor: SystemPackage.FileDescriptor

    /// Makes the socket at `path`; any user may send.
    init(at path: FilePath) throws {
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        descriptor = SystemPackage.FileDescriptor(rawValue: number)
        self.path = path
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        _ = unsafe setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try UnixSocket.bind(descriptor, to: path)
    }

    deinit { try? descriptor.close() }

    /// The next datagram.
    func next(_ what: String = "a datagram") async throws -> [UInt8] {
        try await blocking { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            let count = unsafe recv(descriptor.rawValue, &buffer, buffer.count, 0)
            guard count >= 0 else { throw NothingCame(what: what) }
            return Array(buffer[..<count])
        }
    }

    /// The next datagrams as lines, up to the first that has the line `wanted`, or one that begins with it.
    @discardableResult
    func until(_ wanted: String) async throws -> [[String]] {
        var heard: [[String]] = []
        while true {
            let text = String(decoding: try await next("\(wanted) after \(heard)"), as: UTF8.self)
            heard.append(text.split(separator: "\n").map(String.init))
            if heard.last?.contains(where: { $0.hasPrefix(wanted) }) ?? false { return heard }
        }
    }
}
