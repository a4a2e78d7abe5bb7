internal import Glibc
internal import SystemPackage

@testable internal import NodeAPITransport

/// A socket of datagrams: what systemd listens on as `NOTIFY_SOCKET`, and journald as its own.
///
/// It is read all the time, as both do: whoever sends to a full socket waits.
final class Datagrams: Sendable {
    let path: FilePath
    private let descriptor: SystemPackage.FileDescriptor
    private let heard: AsyncStream<[UInt8]>

    /// Makes the socket at `path`.
    init(at path: FilePath) throws {
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard number >= 0 else { throw Errno(rawValue: errno) }
        let descriptor = SystemPackage.FileDescriptor(rawValue: number)
        self.descriptor = descriptor
        self.path = path
        let (heard, feed) = AsyncStream.makeStream(of: [UInt8].self)
        self.heard = heard
        do {
            try UnixSocket.bind(descriptor, to: path)
        } catch {
            try? descriptor.close()
            throw error
        }
        onThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 18)
            while case let count = unsafe recv(number, &buffer, buffer.count, 0), count > 0 {
                feed.yield(Array(buffer[..<count]))
            }
            feed.finish()
            try? descriptor.close()
        }
    }

    // Ends the reading, which then closes the socket.
    deinit { _ = shutdown(descriptor.rawValue, Int32(SHUT_RDWR)) }

    /// The next datagram; a test waits for it for 30 seconds.
    func next(_ what: String = "a datagram") async throws -> [UInt8] {
        try await withThrowingTaskGroup(of: [UInt8]?.self) { group in
            group.addTask { [heard] in
                for await datagram in heard { return datagram }
                return nil
            }
            group.addTask {
                try await Task.sleep(for: .seconds(30))
                return nil
            }
            defer { group.cancelAll() }
            guard let datagram = try await group.next() ?? nil else { throw NothingCame(what: what) }
            return datagram
        }
    }

    /// The next datagrams as lines, up to the first that has a line that begins with `wanted`.
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
