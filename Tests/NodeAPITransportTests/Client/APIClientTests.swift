internal import NodeAPI
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("API client")
struct APIClientTests {
    private static let patience = Duration.seconds(20)

    @Test("asks one thing after the other")
    func inTurn() async throws {
        try await withServer { path in
            try await APIClient.withConnection(to: .socket(path)) { client in
                for number in 1...3 {
                    let answer = try await client.get("/echo/\(number)", within: Self.patience)
                    #expect(answer.text == "GET /echo/\(number) 0")
                    #expect(answer["content-type"] == "text/plain")
                }
                #expect(try await client.get("/nothing", within: Self.patience).problem == .notFound)
                #expect(try await client.get("/unchanged", within: Self.patience).status == 304)
            }
        }
    }

    @Test("says why it cannot connect")
    func connecting() async throws {
        try await withFolder { folder in
            let path = folder.appending("socket")
            await #expect(throws: TransportError.noSocket(path)) { try await Self.ask(path) }
            let socket = try ListeningSocket.bound(to: path)
            try socket.descriptor.close()
            await #expect(throws: TransportError.connectionRefused(path)) { try await Self.ask(path) }
            let long = FilePath("/tmp/" + String(repeating: "a", count: 200))
            await #expect(throws: TransportError.connecting(long, .fileNameTooLong)) { try await Self.ask(long) }
        }
        #expect(TransportError(connectingTo: "/s", .permissionDenied) == .permission("/s"))
    }

    @Test("waits for room at a socket where too many others wait")
    func crowded() async throws {
        try await withCrowdedSocket { path, makeRoom in
            async let answer = Self.ask(path)
            // The question is asked while there is no room; whenever the room comes, it is answered.
            try await makeRoom()
            #expect(try await answer.text == "ok")
        }
    }

    @Test("says that too many others wait when there is no room in time, and that it is worth another try")
    func tooCrowded() async throws {
        try await withCrowdedSocket { path, _ in
            var limits = ClientLimits()
            limits.connectPatience = .milliseconds(300)
            await #expect(throws: TransportError.busy(path)) {
                try await APIClient.withConnection(to: .socket(path), limits: limits) { _ in }
            }
            #expect(TransportError.busy(path).exitStatus == .tryAgain)
        }
    }

    @Test("gives up waiting for room when its task is cancelled")
    func crowdedAndCancelled() async throws {
        try await withCrowdedSocket { path, _ in
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await #expect(throws: TransportError.cancelled) { try await Self.ask(path) } }
                group.cancelAll()
            }
        }
    }

    @Test(
        "puts nothing into a request that is no target", arguments: ["", "v1", "/a b", "/a\r\nX: y", "/\u{E4}", "/\0"])
    func target(_ target: String) async throws {
        try await withServer { path in
            try await APIClient.withConnection(to: .socket(path)) { client in
                _ = await #expect(throws: TransportError.badTarget) {
                    try await client.get(target, within: Self.patience)
                }
            }
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var said: String
        var error: TransportError
    }

    @Test(
        "types what is no answer",
        arguments: [
            Case(testDescription: "nothing", said: "", error: .closedEarly(receivedBytes: 0)),
            Case(
                testDescription: "half a head", said: "HTTP/1.1 200 OK\r\nA: b", error: .closedEarly(receivedBytes: 21)),
            Case(
                testDescription: "half a body", said: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
                error: .closedEarly(receivedBytes: 41)),
            Case(testDescription: "no HTTP", said: "Welcome to nuc02\r\n", error: .notHTTP("it is not HTTP")),
            Case(
                testDescription: "control characters", said: "\u{1B}[2J",
                error: .notHTTP("it holds a byte that is no printable ASCII")),
            Case(testDescription: "another version", said: "HTTP/2 200\r\n", error: .notHTTP("it is not HTTP")),
            Case(testDescription: "no status", said: "HTTP/1.1 abc OK\r\n", error: .notHTTP("its status is not known")),
            Case(
                testDescription: "an interim answer", said: "HTTP/1.1 100 Continue\r\n\r\n",
                error: .notHTTP("its status is not known")),
            Case(
                testDescription: "bare line feeds", said: "HTTP/1.1 200 OK\nA: b\n\n",
                error: .notHTTP("a line ends without a carriage return")),
            Case(
                testDescription: "two lengths",
                said: "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                error: .notHTTP("the field content-length stands twice")),
            Case(
                testDescription: "a negative length", said: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
                error: .notHTTP("Content-Length is no number")),
            Case(
                testDescription: "a chunked body",
                said: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                error: .notHTTP("its body is encoded for transfer")),
            Case(
                testDescription: "a large head", said: "HTTP/1.1 200 OK\r\nA: \(String(repeating: "a", count: 9000))",
                error: .tooLarge("its head is longer than 8192 bytes")),
            Case(
                testDescription: "a large length", said: "HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n",
                error: .tooLarge("its body is larger than 1048576 bytes")),
            Case(
                testDescription: "a large body without length",
                said: "HTTP/1.1 200 OK\r\n\r\n\(String(repeating: "a", count: 1_048_577))",
                error: .tooLarge("its body is larger than 1048576 bytes")),
        ])
    func misbehaves(_ example: Case) async throws {
        try await withFakeDaemon { peer in
            _ = try await peer.receive()
            try await peer.send(example.said)
        } _: { path in
            _ = await #expect(throws: example.error) { try await Self.ask(path) }
        }
    }

    @Test("reads a body that ends with the connection")
    func closeDelimited() async throws {
        try await withFakeDaemon { peer in
            _ = try await peer.receive()
            try await peer.send("HTTP/1.0 200\r\n\r\nhello")
        } _: { path in
            let answer = try await Self.ask(path)
            #expect(answer.text == "hello")
        }
    }

    @Test("reads the largest answer that it takes")
    func largest() async throws {
        try await withFakeDaemon { peer in
            _ = try await peer.receive()
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n")
            try await peer.send([UInt8](repeating: 0x61, count: 1 << 20))
        } _: { path in
            let answer = try await Self.ask(path)
            #expect(answer.body.count == 1 << 20)
        }
    }

    @Test("reads an answer that came unasked, such as that there is no place")
    func unasked() async throws {
        try await withFakeDaemon { peer in
            try await peer.send("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno")
            peer.endSending()
            _ = try await peer.receiveAll()
        } _: { path in
            let answer = try await Self.ask(path)
            #expect(answer.status == 503)
            #expect(answer.text == "no")
        }
    }

    @Test("gives up on silence at its deadline, and is of no use afterwards")
    func silence() async throws {
        let short = Duration.milliseconds(30)
        try await withFakeDaemon { peer in
            _ = try await peer.receiveAll()
        } _: { path in
            try await APIClient.withConnection(to: .socket(path)) { client in
                await #expect(throws: TransportError.timedOut(short)) { try await client.get("/", within: short) }
                await #expect(throws: TransportError.timedOut(short)) {
                    try await client.get("/", within: Self.patience)
                }
            }
        }
    }

    @Test("gives up when its task is cancelled")
    func cancelled() async throws {
        let (asked, note) = AsyncStream.makeStream(of: Void.self)
        try await withFakeDaemon { peer in
            _ = try await peer.receive()
            note.yield()
            _ = try await peer.receiveAll()
        } _: { path in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: TransportError.cancelled) { try await Self.ask(path) }
                }
                _ = await asked.first { _ in true }
                group.cancelAll()
            }
        }
    }

    @Test("speaks over two pipes, past the noise of a login shell")
    func pipes() async throws {
        let (ours, theirs) = try socketPair()
        let peer = RawPeer(theirs)
        try await peer.send("Welcome!\nNUCPREP/1 3.2.1\n")
        async let script: Void = {
            _ = try await peer.receive()
            try await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        }()
        let reading = try ours.duplicate()
        try await APIClient.withConnection(to: .pipes(reading: reading, writing: ours)) { client in
            let banner = try await client.banner(within: Self.patience)
            #expect(banner == Banner(version: "3.2.1", noiseBytes: 9, firstLine: Array("Welcome!".utf8)))
            #expect(try await client.get("/v1/time", within: Self.patience).text == "ok")
        }
        try await script
        #expect(try await peer.receiveAll().isEmpty)
    }

    @Test("takes an answer in the same piece as the banner")
    func bannerAndAnswer() async throws {
        let (ours, theirs) = try socketPair()
        let peer = RawPeer(theirs)
        try await peer.send("NUCPREP/1 1\nHTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
        peer.endSending()
        let reading = try ours.duplicate()
        try await APIClient.withConnection(to: .pipes(reading: reading, writing: ours)) { client in
            _ = try await client.banner(within: Self.patience)
            #expect(try await client.get("/", within: Self.patience).status == 403)
        }
    }

    @Test("finds no banner", arguments: ["bash: nucprep: command not found\n", "", "NUCPREP/1 1"])
    func noBanner(said: String) async throws {
        let (ours, theirs) = try socketPair()
        do {
            let peer = RawPeer(theirs)
            try await peer.send(said)
        }
        let reading = try ours.duplicate()
        await #expect(throws: TransportError.closedEarly(receivedBytes: said.utf8.count)) {
            try await APIClient.withConnection(to: .pipes(reading: reading, writing: ours)) { client in
                try await client.banner(within: Self.patience)
            }
        }
    }

    @Test("says of each error what cannot be done and why")
    func words() {
        let errors: [TransportError] = [
            .noSocket("/s"), .connectionRefused("/s"), .permission("/s"), .connecting("/s", .noMemory),
            .noBanner(noiseBytes: 9000, firstLine: Array("\u{1B}[31m".utf8)),
            .otherVersion(Array("NUCPREP/2\u{7}".utf8)),
            .notHTTP("x"), .tooLarge("x"), .closedEarly(receivedBytes: 3), .timedOut(.seconds(5)), .badTarget,
            .cancelled,
            .failed("x"),
        ]
        for error in errors {
            #expect(error.description.hasPrefix("cannot "))
            #expect(error.description.utf8.allSatisfy { (0x20...0x7E).contains($0) })
        }
    }

    @discardableResult
    private static func ask(_ path: FilePath) async throws -> APIResponse {
        try await APIClient.withConnection(to: .socket(path)) { client in
            try await client.get("/v1/status", within: patience)
        }
    }
}
