internal import Glibc
internal import NodeAPI
internal import Synchronization
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("Life of the API server")
struct APIServerLifeTests {
    @Test("cancels the handler when the caller hangs up")
    func hangUp() async throws {
        let handler = TestHandler()
        try await withServer(handler: handler) { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /gate HTTP/1.1\r\n\r\n")
            #expect(await handler.gate.next() == "arrived /gate")
            peer.hangUp()
            #expect(await handler.gate.next() == "cancelled /gate")
        }
    }

    @Test("cancels the handler when a client that has ended its side hangs up")
    func halfClosedHangUp() async throws {
        let handler = TestHandler()
        try await withServer(handler: handler) { path in
            do {
                let peer = try RawPeer(to: path)
                try await peer.send("GET /gate HTTP/1.1\r\n\r\n")
                peer.endSending()
                #expect(await handler.gate.next() == "arrived /gate")
            }
            #expect(await handler.gate.next() == "cancelled /gate")
        }
    }

    @Test("ends when it is cancelled, with idle, half-said and waiting connections open, and takes its socket away")
    func cancellation() async throws {
        let handler = TestHandler()
        var limits = ServerLimits()
        // None of these may end a connection before the server does.
        limits.headDeadline = .seconds(600)
        limits.idleDeadline = .seconds(600)
        limits.writeDeadline = .seconds(600)
        try await withFolder { [limits] folder in
            let path = folder.appending("socket")
            let server = APIServer(on: [try ListeningSocket.bound(to: path)], handler: handler, limits: limits)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                let idle = try RawPeer(to: path)
                #expect(try await idle.get("/echo").status == 200)
                let halfSaid = try RawPeer(to: path)
                try await halfSaid.send("GET /echo HT")
                let stalled = try RawPeer(to: path)
                try await stalled.send("GET /big HTTP/1.1\r\n\r\n")
                _ = try await stalled.receive(1)
                let waiting = try RawPeer(to: path)
                try await waiting.send("GET /gate?wait=60 HTTP/1.1\r\n\r\n")
                #expect(await handler.gate.next() == "arrived /gate?wait=60")

                group.cancelAll()
                try await group.waitForAll()

                #expect(await handler.gate.next() == "cancelled /gate?wait=60")
                let answer = try await waiting.receiveAnswer()
                #expect(answer.problem == .stopping)
                #expect(answer["connection"] == "close")
                #expect(try await waiting.receiveAll().isEmpty)
                #expect(try await idle.receiveAll().isEmpty)
                #expect(try await halfSaid.receiveAll().isEmpty)
                #expect(try await stalled.receiveAll().count < 1 << 20)
                #expect(throws: Errno.noSuchFileOrDirectory) { try UnixSocket.connect(to: path) }
            }
        }
    }

    @Test("serves on a socket that somebody else has made, and leaves its name alone")
    func inherited() async throws {
        try await withFolder { folder in
            let path = folder.appending("socket")
            let made = try ListeningSocket.bound(to: path)
            let server = APIServer(on: [try ListeningSocket.inherited(made.descriptor)], handler: TestHandler())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                #expect(try await RawPeer(to: path).get("/echo").status == 200)
                group.cancelAll()
                try await group.waitForAll()
            }
            #expect(throws: Errno.connectionRefused) { try UnixSocket.connect(to: path) }
        }
    }

    @Test("serves two sockets alike, under one set of limits, and ends both")
    func twoSockets() async throws {
        var limits = ServerLimits()
        limits.connections = 1
        limits.connectionsForRoot = 0
        try await withFolder { [limits] folder in
            let (one, other) = (folder.appending("one"), folder.appending("other"))
            let sockets = try [one, other].map { try ListeningSocket.bound(to: $0) }
            let server = APIServer(on: sockets, handler: TestHandler(), limits: limits)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                let first = try RawPeer(to: one)
                #expect(try await first.get("/echo").status == 200)
                let second = try RawPeer(to: other)
                #expect(try await second.receiveAnswer().problem == .overloaded)
                group.cancelAll()
                try await group.waitForAll()
            }
            for path in [one, other] {
                #expect(throws: Errno.noSuchFileOrDirectory) { try UnixSocket.connect(to: path) }
            }
        }
    }

    @Test("is reached by root's own queue where there is one, and only beside the daemon's own socket")
    func rootQueue() async throws {
        try await withFolder { folder in
            let (shared, own) = (folder.appending("shared"), folder.appending("own"))
            let descriptor = { (path: FilePath) in
                UnixSocket.connectToRootQueue(insteadOf: path, shared: shared, own: own)
            }
            #expect(descriptor(shared) == nil)
            let socket = try ListeningSocket.bound(to: own)
            defer { try? socket.descriptor.close() }
            #expect(descriptor(folder.appending("another")) == nil)
            try #require(descriptor(shared)).close()
        }
    }

    @Test("serves one while others are rude")
    func rude() async throws {
        var limits = ServerLimits()
        limits.connectionsPerUser = 64
        limits.requestRate.burst = 10_000
        try await withServer(limits: limits) { path in
            let polite = try RawPeer(to: path)
            var generator = SystemRandomNumberGenerator()
            for round in 0..<200 {
                let rude = try RawPeer(to: path)
                let noise = (0..<(round * 7)).map { _ in UInt8.random(in: 0...255, using: &generator) }
                try await rude.send(round % 3 == 0 ? noise : Array("GET /echo HTTP/1.1\r\n\r\nPOST ".utf8) + noise)
                if round % 5 == 0 { rude.endSending() }
                if round % 20 == 0 { #expect(try await polite.get("/echo/\(round)").text == "GET /echo/\(round) 0") }
            }
            #expect(try await polite.get("/echo").status == 200)
        }
    }

    @Test("answers root while one user holds every place of his")
    func manyConnections() async throws {
        let isFirst = Mutex(true)
        try await withServer(limits: ServerLimits()) { _ in
            // The first connection is root's, all others are of one user.
            let uid: UInt32 = isFirst.withLock { isFirst in
                defer { isFirst = false }
                return isFirst ? 0 : 1000
            }
            return Caller(uid: uid, pid: 1, groups: [])
        } _: { path in
            let root = try RawPeer(to: path)
            #expect(try await root.get("/echo").status == 200)
            var crowd: [RawPeer] = []
            for _ in 1...100 { crowd.append(try RawPeer(to: path)) }
            for peer in crowd.dropFirst(16) { #expect(try await peer.receiveAnswer().problem == .overloaded) }
            #expect(try await crowd[0].get("/echo").status == 200)
            #expect(try await root.get("/echo").status == 200)
        }
    }
}
