internal import Glibc
internal import SystemPackage

@testable internal import NodeAPITransport

/// The raw end of a connection to a daemon, for saying what no client says.
final class Peer: Sendable {
    private let descriptor: SystemPackage.FileDescriptor

    /// Connects to `path`; reading and writing give up after 20 seconds.
    init(to path: FilePath) throws {
        descriptor = try UnixSocket.connect(to: path)
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            _ = unsafe setsockopt(
                descriptor.rawValue, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
    }

    deinit { try? descriptor.close() }

    /// Sends everything.
    ///
    /// - Returns: whether the other end took it all.
    @discardableResult
    func send(_ bytes: [UInt8]) async throws -> Bool {
        try await blocking { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                rest = rest.dropFirst(count)
            }
            return true
        }
    }

    @discardableResult
    func send(_ text: String) async throws -> Bool { try await send(Array(text.utf8)) }

    /// Some bytes; none when the other end has closed, or has broken off.
    func receive() async throws -> [UInt8] {
        try await blocking { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: 65536)
            let count = unsafe recv(descriptor.rawValue, &buffer, buffer.count, 0)
            if count < 0, errno == EAGAIN { throw NothingCame(what: "an answer") }
            return Array(buffer[..<max(0, count)])
        }
    }

    /// Everything up to the end.
    func receiveAll() async throws -> [UInt8] {
        var all: [UInt8] = []
        while case let piece = try await receive(), !piece.isEmpty { all += piece }
        return all
    }
}
