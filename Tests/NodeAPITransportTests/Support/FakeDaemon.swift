internal import Glibc
internal import SystemPackage

@testable internal import NodeAPITransport

/// Plays the other end of a client: takes one connection, lets `script` do what it likes with it, and hangs up.
func withFakeDaemon<Value>(
    _ script: @escaping @Sendable (RawPeer) async throws -> Void, _ body: (FilePath) async throws -> Value
) async throws -> Value {
    try await withFolder { folder in
        let path = folder.appending("socket")
        let socket = try ListeningSocket.bound(to: path)
        defer { try? socket.descriptor.close() }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let peer = try await blocking {
                    let accepted = accept(socket.descriptor.rawValue, nil, nil)
                    guard accepted >= 0 else { throw Errno(rawValue: errno) }
                    return RawPeer(SystemPackage.FileDescriptor(rawValue: accepted))
                }
                try await script(peer)
            }
            let value = try await body(path)
            // A script that fails because the client has gone does not fail the test.
            _ = await group.nextResult()
            return value
        }
    }
}

/// A socket that nobody accepts at and whose queue is full; `makeRoom` accepts all that wait, and answers the last one.
func withCrowdedSocket(_ body: (FilePath, _ makeRoom: () async throws -> Void) async throws -> Void) async throws {
    try await withFolder { folder in
        let path = folder.appending("socket")
        let socket = try ListeningSocket.bound(to: path)
        defer { try? socket.descriptor.close() }
        guard listen(socket.descriptor.rawValue, 0) == 0 else { throw Errno(rawValue: errno) }
        // A queue of length 0 has room for one.
        let first = try UnixSocket.connect(to: path)
        defer { try? first.close() }
        try await body(path) {
            try await blocking {
                for isLast in [false, true] {
                    let accepted = accept(socket.descriptor.rawValue, nil, nil)
                    guard accepted >= 0 else { throw Errno(rawValue: errno) }
                    let peer = RawPeer(SystemPackage.FileDescriptor(rawValue: accepted))
                    guard isLast else { continue }
                    try peer.descriptor.writeAll("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".utf8)
                    try peer.waitForEnd()
                }
            }
        }
    }
}

/// Two sockets, connected with each other: a stand-in for a child's pipes.
func socketPair() throws -> (SystemPackage.FileDescriptor, SystemPackage.FileDescriptor) {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Errno(rawValue: errno) }
    return (SystemPackage.FileDescriptor(rawValue: ends[0]), SystemPackage.FileDescriptor(rawValue: ends[1]))
}
