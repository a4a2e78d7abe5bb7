internal import Glibc
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("Listening socket")
struct ListeningSocketTests {
    @Test("may be connected to by everybody")
    func mode() async throws {
        try await withFolder { folder in
            let path = folder.appending("socket")
            let socket = try ListeningSocket.bound(to: path)
            defer { try? socket.descriptor.close() }
            var status = stat()
            #expect(unsafe lstat(path.string, &status) == 0)
            #expect(status.st_mode & 0o7777 == 0o666)
        }
    }

    @Test("takes the place of one that nobody listens on")
    func stale() async throws {
        try await withFolder { folder in
            let path = folder.appending("socket")
            try ListeningSocket.bound(to: path).descriptor.close()
            let socket = try ListeningSocket.bound(to: path)
            try UnixSocket.connect(to: path).close()
            try socket.descriptor.close()
        }
    }

    @Test("leaves one alone that somebody listens on, even when he takes no more")
    func taken() async throws {
        try await withFolder { folder in
            let path = folder.appending("socket")
            let other = try UnixSocket.open()
            defer { try? other.close() }
            try UnixSocket.bind(other, to: path)
            #expect(listen(other.rawValue, 0) == 0)
            let expected = ListenError(what: path.string, cause: "another process listens there")
            // The first attempt fills the queue of the other, the second finds it full.
            for _ in 1...3 { #expect(throws: expected) { try ListeningSocket.bound(to: path) } }
            let last = try? UnixSocket.connect(to: path, isBlocking: false)
            try? last?.close()
            #expect(unsafe access(path.string, F_OK) == 0)
        }
    }

    @Test("leaves alone what is no socket")
    func file() async throws {
        try await withFolder { folder in
            let path = folder.appending("file")
            let file = try SystemPackage.FileDescriptor.open(
                path, .writeOnly, options: .create, permissions: .ownerReadWrite)
            try file.close()
            #expect(throws: ListenError(what: path.string, cause: "something that is no socket stands there")) {
                try ListeningSocket.bound(to: path)
            }
            #expect(unsafe access(path.string, F_OK) == 0)
        }
    }

    @Test("is nothing else that was inherited")
    func inherited() throws {
        let (one, other) = try socketPair()
        defer {
            try? one.close()
            try? other.close()
        }
        for descriptor in [one, SystemPackage.FileDescriptor(rawValue: 9999)] {
            #expect(
                throws: ListenError(
                    what: "descriptor \(descriptor.rawValue)", cause: "it is no listening Unix stream socket")
            ) { try ListeningSocket.inherited(descriptor) }
        }
    }

    @Test("is made by systemd with room for as many as the daemon serves at a time")
    func unit() throws {
        let unit = FilePath(#filePath).removingLastComponent().appending("../../systemd/nucprepd.socket")
        let file = try SystemPackage.FileDescriptor.open(unit, .readOnly)
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = try unsafe bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0) }
        let lines = String(decoding: bytes.prefix(count), as: UTF8.self).split(separator: "\n")
        #expect(lines.filter { $0.hasPrefix("Backlog=") } == ["Backlog=\(ServerLimits().connections)"])
    }

    @Test("says that the path is too long")
    func longPath() {
        let path = FilePath("/tmp/" + String(repeating: "a", count: 200))
        #expect(throws: ListenError(what: path.string, cause: Errno.fileNameTooLong.description)) {
            try ListeningSocket.bound(to: path)
        }
    }
}
