internal import Glibc
internal import NodeAPI
internal import SystemPackage

@testable internal import NodeAPITransport

/// Runs what blocks on a thread of its own, so that it does not stand in the way of what it waits for.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        let work = ThreadWork { continuation.resume(with: Result { try body() }) }
        var thread = pthread_t()
        let argument = unsafe Unmanaged.passRetained(work).toOpaque()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                unsafe Unmanaged<ThreadWork>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, argument)
        precondition(result == 0, "no thread can be started")
        pthread_detach(thread)
    }
}

private final class ThreadWork: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
}

/// One end of a connection that says and hears bytes as they are.
///
/// Reading gives up after 20 seconds with an error: a test then fails and does not hang.
final class RawPeer: Sendable {
    let descriptor: SystemPackage.FileDescriptor

    /// Takes over an open socket.
    init(_ descriptor: SystemPackage.FileDescriptor) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        let length = socklen_t(MemoryLayout<timeval>.size)
        _ = unsafe setsockopt(descriptor.rawValue, SOL_SOCKET, SO_RCVTIMEO, &limit, length)
        _ = unsafe setsockopt(descriptor.rawValue, SOL_SOCKET, SO_SNDTIMEO, &limit, length)
    }

    /// Connects to `path`.
    convenience init(to path: FilePath) throws { self.init(try UnixSocket.connect(to: path)) }

    deinit { try? descriptor.close() }

    /// Sends everything; `false` when the other end takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) async throws -> Bool {
        try await blocking { [descriptor] in
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes {
                    unsafe Glibc.send(descriptor.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                if count >= 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EPIPE || errno == ECONNRESET {
                    return false
                } else {
                    throw Errno(rawValue: errno)
                }
            }
            return true
        }
    }

    @discardableResult
    func send(_ text: String) async throws -> Bool { try await send(Array(text.utf8)) }

    /// Ends this side; the other may go on.
    func endSending() { _ = shutdown(descriptor.rawValue, Int32(SHUT_WR)) }

    /// Ends both sides at once, as a process does that is killed.
    func hangUp() { _ = shutdown(descriptor.rawValue, Int32(SHUT_RDWR)) }

    /// Waits until the other end has closed, without reading.
    func waitForHangUp() async throws {
        try await blocking { [descriptor] in
            var event = pollfd(fd: descriptor.rawValue, events: 0, revents: 0)
            guard unsafe poll(&event, 1, 20_000) == 1 else { throw Errno.timedOut }
        }
    }

    /// Reads to the end, and blocks meanwhile.
    func waitForEnd() throws {
        while try !Self.read(descriptor, 65536).isEmpty {}
    }

    /// Some bytes; none at the end.
    func receive(_ most: Int = 65536) async throws -> [UInt8] {
        try await blocking { [descriptor] in try Self.read(descriptor, most) }
    }

    /// Everything up to the end.
    func receiveAll() async throws -> [UInt8] {
        try await blocking { [descriptor] in
            var all: [UInt8] = []
            while case let piece = try Self.read(descriptor, 65536), !piece.isEmpty { all += piece }
            return all
        }
    }

    /// One answer; what belongs to a later one stays unread.
    func receiveAnswer(hasBody: Bool = true) async throws -> APIResponse {
        try await blocking { [descriptor] in
            var parser = ResponseParser(limit: 8192)
            while let byte = try Self.read(descriptor, 1).first {
                guard let head = try parser.consume(byte) else { continue }
                guard case .counted(let length) = head.framing, hasBody else {
                    return APIResponse(status: head.status, fields: head.fields)
                }
                var body: [UInt8] = []
                while body.count < length, case let piece = try Self.read(descriptor, length - body.count),
                    !piece.isEmpty
                { body += piece }
                return APIResponse(status: head.status, fields: head.fields, body: body)
            }
            throw TransportError.closedEarly(receivedBytes: 0)
        }
    }

    private static func read(_ descriptor: SystemPackage.FileDescriptor, _ most: Int) throws -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: min(most, 65536))
        let count = unsafe recv(descriptor.rawValue, &piece, piece.count, 0)
        if count < 0, errno != ECONNRESET { throw Errno(rawValue: errno) }
        return Array(piece.prefix(max(0, count)))
    }

    /// Sends `GET target` and waits for the answer.
    func get(_ target: String) async throws -> APIResponse {
        try await send("GET \(target) HTTP/1.1\r\n\r\n")
        return try await receiveAnswer()
    }
}

extension APIResponse {
    /// The body as text.
    var text: String { String(decoding: body, as: UTF8.self) }

    /// The problem in the body.
    var problem: ProblemBody.Kind? {
        guard self["content-type"] == "application/problem+json" else { return nil }
        return (try? WireJSON.decode(ProblemBody.self, from: body))?.kind
    }
}
