internal import NodeAPI
internal import Synchronization
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("Limits of the API server")
struct APIServerLimitTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var request: String
        var kind: ProblemBody.Kind
    }

    private static let long = String(repeating: "a", count: 1000)

    @Test(
        "answers what it does not take with a problem, and closes",
        arguments: [
            Case(testDescription: "no HTTP", request: "\u{16}\u{3}\u{1}hello", kind: .badRequest),
            Case(testDescription: "HTTP/2", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", kind: .badRequest),
            Case(testDescription: "a long line", request: String(repeating: "A", count: 70_000), kind: .badRequest),
            Case(testDescription: "a bare line feed", request: "GET / HTTP/1.1\n\n", kind: .badRequest),
            Case(
                testDescription: "a long target",
                request: "GET /\(String(repeating: "a", count: 2048)) HTTP/1.1\r\n\r\n",
                kind: .targetTooLong),
            Case(
                testDescription: "a long target without end", request: "GET /\(String(repeating: "a", count: 9000))",
                kind: .targetTooLong),
            Case(
                testDescription: "a long field", request: "GET / HTTP/1.1\r\nA: \(String(repeating: "a", count: 4094))",
                kind: .headerTooLarge),
            Case(
                testDescription: "long fields",
                request: "GET / HTTP/1.1\r\n" + String(repeating: "a: \(long)\r\n", count: 9), kind: .headerTooLarge),
            Case(
                testDescription: "many fields",
                request: "GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 33), kind: .headerTooLarge),
            Case(
                testDescription: "a chunked body",
                request: "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
                kind: .lengthRequired),
            Case(
                testDescription: "both framings",
                request: "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\nhello",
                kind: .lengthRequired),
            Case(
                testDescription: "a large body", request: "POST /echo HTTP/1.1\r\nContent-Length: 65537\r\n\r\n",
                kind: .bodyTooLarge),
            Case(
                testDescription: "an endless body",
                request: "POST /echo HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", kind: .bodyTooLarge),
            Case(
                testDescription: "two lengths",
                request: "POST /echo HTTP/1.1\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", kind: .badRequest
            ),
            Case(
                testDescription: "a negative length",
                request: "POST /echo HTTP/1.1\r\nContent-Length: -1\r\n\r\n", kind: .badRequest),
        ])
    func refused(_ example: Case) async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send(example.request)
            let answer = try await peer.receiveAnswer()
            #expect(answer.problem == example.kind)
            #expect(answer.status == example.kind.status)
            #expect(answer["connection"] == "close")
            #expect(answer["nucprep-api"] == "1")
            #expect(try await peer.receiveAll().isEmpty)
            #expect(try await RawPeer(to: path).get("/echo").status == 200)
        }
    }

    @Test("takes a request at its limits")
    func atTheLimits() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            let target = "/echo" + String(repeating: "a", count: 2043)
            let fields = "a: \(String(repeating: "a", count: 4093))\r\n" + String(repeating: "b: c\r\n", count: 30)
            let body = String(repeating: "b", count: 65536)
            try await peer.send("POST \(target) HTTP/1.1\r\n\(fields)Content-Length: 65536\r\n\r\n\(body)")
            #expect(try await peer.receiveAnswer().text == "POST \(target) 65536")
        }
    }

    @Test("answers ten megabytes with 413 and takes no more than it drops")
    func tenMegabytes() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("POST /echo HTTP/1.1\r\nContent-Length: 10485760\r\n\r\n")
            #expect(try await peer.send([UInt8](repeating: 0x61, count: 10_485_760)) == false)
            #expect(try await peer.receiveAnswer().problem == .bodyTooLarge)
        }
    }

    @Test(
        "answers half a request when the client ends its side",
        arguments: ["GET /ec", "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"])
    func halfARequest(text: String) async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send(text)
            peer.endSending()
            #expect(try await peer.receiveAnswer().problem == .badRequest)
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test(
        "answers a request that comes too slowly with 408",
        arguments: ["G", "GET / HTTP/1.1\r\nA: b\r\n", "POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\nab"])
    func slow(text: String) async throws {
        var limits = ServerLimits()
        limits.headDeadline = .milliseconds(50)
        limits.bodyDeadline = .milliseconds(50)
        try await withServer(limits: limits) { path in
            let peer = try RawPeer(to: path)
            try await peer.send(text)
            #expect(try await peer.receiveAnswer().problem == .requestTimeout)
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("closes an idle connection without a word", arguments: [false, true])
    func idle(afterARequest: Bool) async throws {
        var limits = ServerLimits()
        // Long enough for a request on a busy machine, after which it starts again.
        limits.idleDeadline = afterARequest ? .seconds(2) : .milliseconds(50)
        try await withServer(limits: limits) { path in
            let peer = try RawPeer(to: path)
            if afterARequest { #expect(try await peer.get("/echo").status == 200) }
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("closes when the client takes nothing of the answer")
    func writeStall() async throws {
        var limits = ServerLimits()
        limits.writeDeadline = .milliseconds(50)
        try await withServer(limits: limits) { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /big HTTP/1.1\r\n\r\n")
            try await peer.waitForHangUp()
            #expect(try await peer.receiveAll().count < 1 << 20)
        }
    }

    @Test("answers requests that come too fast with 429 and keeps the connection")
    func rate() async throws {
        var limits = ServerLimits()
        limits.requestRate = Rate(burst: 3, perSecond: 0.0001)
        try await withServer(limits: limits) { path in
            let peer = try RawPeer(to: path)
            try await peer.send(String(repeating: "GET /echo HTTP/1.1\r\n\r\n", count: 5))
            var statuses: [Int] = []
            for _ in 1...5 { statuses.append(try await peer.receiveAnswer().status) }
            #expect(statuses == [200, 200, 200, 429, 429])
            #expect(try await RawPeer(to: path).get("/echo").status == 200)
        }
    }

    @Test("survives thousands of pipelined requests that it refuses")
    func flood() async throws {
        var limits = ServerLimits()
        limits.requestRate = Rate(burst: 1, perSecond: 0.0001)
        try await withServer(limits: limits) { path in
            let peer = try RawPeer(to: path)
            async let sent = peer.send(String(repeating: "GET / HTTP/1.1\r\n\r\n", count: 5000))
            var statuses: [Int: Int] = [:]
            var parser = ResponseParser(limit: 8192)
            var skip = 0
            while statuses.values.reduce(0, +) < 5000 {
                let piece = try await peer.receive()
                guard !piece.isEmpty else { break }
                for byte in piece {
                    if skip > 0 {
                        skip -= 1
                    } else if let head = try parser.consume(byte) {
                        statuses[head.status, default: 0] += 1
                        if case .counted(let length) = head.framing { skip = length }
                        parser = ResponseParser(limit: 8192)
                    }
                }
            }
            #expect(statuses == [404: 1, 429: 4999])
            #expect(try await sent)
        }
    }

    @Test("keeps places for root, and a number for each user")
    func connections() async throws {
        var limits = ServerLimits()
        limits.connections = 6
        limits.connectionsForRoot = 2
        limits.connectionsPerUser = 3
        let uids: [UInt32] = [7, 7, 7, 7, 8, 9, 0, 0, 0]
        let next = Mutex(0)
        try await withServer(limits: limits) { _ in
            Caller(
                uid: next.withLock { index in
                    defer { index += 1 }
                    return uids[index % uids.count]
                }, pid: 1, groups: [])
        } _: { path in
            var peers: [RawPeer] = []
            var statuses: [Int] = []
            for _ in uids {
                let peer = try RawPeer(to: path)
                peers.append(peer)
                // The word that there is no place comes unasked.
                if statuses.count != 3, statuses.count != 5, statuses.count != 8 {
                    try await peer.send("GET /echo HTTP/1.1\r\n\r\n")
                }
                statuses.append(try await peer.receiveAnswer().status)
            }
            #expect(statuses == [200, 200, 200, 503, 200, 503, 200, 200, 503])
            #expect(try await peers[3].receiveAll().isEmpty)
        }
    }

    @Test("counts the requests of a user over all his connections, and leaves root alone")
    func userRate() async throws {
        var limits = ServerLimits()
        limits.userRequestRate = Rate(burst: 3, perSecond: 0.0001)
        try await withServer(limits: limits, identify: Self.callers([7, 7, 7, 0, 7, 8])) { path in
            var statuses: [Int] = []
            for _ in 1...6 {
                let peer = try RawPeer(to: path)
                try await peer.send(String(repeating: "GET /echo HTTP/1.1\r\n\r\n", count: 2))
                for _ in 1...2 { statuses.append(try await peer.receiveAnswer().status) }
            }
            #expect(statuses == [200, 200, 200, 429, 429, 429, 200, 200, 429, 429, 200, 200])
        }
    }

    @Test(
        "counts the waits of a user over all his connections, and leaves root alone", arguments: ["wait=1", "fresh=1"])
    func userWaits(query: String) async throws {
        var limits = ServerLimits()
        limits.userWaitRate = Rate(burst: 2, perSecond: 0.0001)
        try await withServer(limits: limits, identify: Self.callers([7, 7, 7, 0, 7])) { path in
            var problems: [ProblemBody.Kind?] = []
            for _ in 1...4 { problems.append(try await RawPeer(to: path).get("/echo?\(query)").problem) }
            #expect(problems == [nil, nil, .tooManyRequests, nil])
            #expect(try await RawPeer(to: path).get("/echo").status == 200)
        }
    }

    @Test("turns away the connections of a user who makes too many, with a word, and leaves root alone")
    func userConnections() async throws {
        var limits = ServerLimits()
        limits.userConnectionRate = Rate(burst: 2, perSecond: 0.0001)
        try await withServer(limits: limits, identify: Self.callers([7, 7, 7, 0, 8])) { path in
            var statuses: [Int] = []
            for index in 1...5 {
                let peer = try RawPeer(to: path)
                if index != 3 { try await peer.send("GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n") }
                statuses.append(try await peer.receiveAnswer().status)
                #expect(try await peer.receiveAll().isEmpty)
            }
            #expect(statuses == [200, 200, 429, 200, 200])
        }
    }

    @Test("counts a request until its handler has ended, though its connection is gone")
    func abandoned() async throws {
        var limits = ServerLimits()
        limits.connectionsPerUser = 2
        let handler = DeafHandler()
        try await withServer(limits: limits, handler: handler, identify: Self.callers([7])) { path in
            for _ in 1...2 {
                let peer = try RawPeer(to: path)
                try await peer.send("GET /deaf HTTP/1.1\r\n\r\n")
                #expect(await handler.gate.next() == "arrived /deaf")
                peer.hangUp()
            }
            let refused = try await RawPeer(to: path).get("/echo")
            #expect(refused.problem == .overloaded)
            handler.gate.open()
            #expect(await handler.gate.next() == "passed /deaf")
            // The place comes back with the end of the handler, which the server learns of in its own time.
            var answer = try await RawPeer(to: path).get("/echo")
            while answer.problem == .overloaded { answer = try await RawPeer(to: path).get("/echo") }
            #expect(answer.status == 200)
            handler.gate.open()
            #expect(await handler.gate.next() == "passed /deaf")
        }
    }

    /// Callers with these uids in turn; the last one goes on.
    private static func callers(_ uids: [UInt32]) -> @Sendable (Int32) throws -> Caller {
        let next = Turns(uids)
        return { _ in Caller(uid: next.take(), pid: 1, groups: []) }
    }

    private final class Turns: Sendable {
        private let rest: Mutex<[UInt32]>
        init(_ uids: [UInt32]) { rest = Mutex(uids) }
        func take() -> UInt32 { rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] } }
    }

    @Test("gives the place of a connection that ended to the next")
    func placesComeBack() async throws {
        var limits = ServerLimits()
        limits.connectionsPerUser = 1
        try await withServer(limits: limits) { path in
            for _ in 1...20 {
                let peer = try RawPeer(to: path)
                try await peer.send("GET /echo HTTP/1.1\r\nConnection: close\r\n\r\n")
                #expect(try await peer.receiveAnswer().status == 200)
                peer.endSending()
                try await peer.waitForHangUp()
            }
        }
    }

    @Test("limits requests that wait, and gives their places back")
    func waiters() async throws {
        var limits = ServerLimits()
        limits.waitersPerUser = 1
        let handler = TestHandler()
        try await withServer(limits: limits, handler: handler) { _ in
            Caller(uid: 7, pid: 1, groups: [])
        } _: { path in
            let one = try RawPeer(to: path)
            let other = try RawPeer(to: path)
            try await one.send("GET /gate?after=x&wait=60 HTTP/1.1\r\n\r\n")
            #expect(await handler.gate.next() == "arrived /gate?after=x&wait=60")
            let answer = try await other.get("/gate?wait=1&after=x")
            #expect(answer.problem == .overloaded)
            #expect(answer["retry-after"] == "1")
            #expect(try await other.get("/echo?await=1").status == 200)
            handler.gate.open()
            #expect(try await one.receiveAnswer().status == 200)
            handler.gate.open()
            #expect(try await other.get("/gate?wait=1").status == 200)
        }
    }
}
