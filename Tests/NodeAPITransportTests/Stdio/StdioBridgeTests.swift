internal import NodeAPI
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("Bridge of dial-stdio")
struct StdioBridgeTests {
    /// Runs a bridge to `path`; `body` has the other end of its streams.
    private func withBridge(
        to path: FilePath, isReadOnly: Bool = false, _ body: @escaping @Sendable (RawPeer) async throws -> Void
    ) async throws -> StdioBridge.End {
        let (ours, theirs) = try socketPair()
        let output = try theirs.duplicate()
        let peer = RawPeer(ours)
        async let end = blocking {
            let end = StdioBridge(to: path, isReadOnly: isReadOnly, input: theirs, output: output).run()
            try theirs.close()
            try output.close()
            return end
        }
        try await body(peer)
        return try await end
    }

    private static func line(_ peer: RawPeer) async throws -> String {
        var line: [UInt8] = []
        while line.last != 0x0A, let byte = try await peer.receive(1).first { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    @Test("says its banner, copies both ways, and ends with the client")
    func copies() async throws {
        try await withServer { path in
            let end = try await withBridge(to: path) { peer in
                #expect(try await Self.line(peer) == "NUCPREP/1 \(NucprepVersion.current)\n")
                #expect(try await peer.get("/echo/1").text == "GET /echo/1 0")
                try await peer.send("POST /echo HTTP/1.1\r\nContent-Length: 2\r\n\r\nab")
                #expect(try await peer.receiveAnswer().text == "POST /echo 2")
                peer.endSending()
                #expect(try await peer.receiveAll().isEmpty)
            }
            #expect(end == .done)
            #expect(end.exitStatus == .go)
        }
    }

    @Test("gives the answers to a client that has ended its side", arguments: [false, true])
    func halfClosed(isReadOnly: Bool) async throws {
        try await withServer { path in
            let end = try await withBridge(to: path, isReadOnly: isReadOnly) { peer in
                try await peer.send("GET /big HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n\r\n")
                peer.endSending()
                _ = try await Self.line(peer)
                #expect(try await peer.receiveAnswer().body.count == 1 << 20)
                #expect(try await peer.receiveAnswer().text == "GET /echo 0")
                #expect(try await peer.receiveAll().isEmpty)
            }
            #expect(end == .done)
        }
    }

    @Test("ends when the daemon does, while the client still could speak")
    func daemonEnds() async throws {
        try await withFakeDaemon { peer in
            try await peer.send("bye")
        } _: { path in
            let end = try await withBridge(to: path) { peer in
                _ = try await Self.line(peer)
                #expect(try await peer.receiveAll() == Array("bye".utf8))
            }
            #expect(end == .done)
        }
    }

    @Test("ends when nobody reads any more, while the daemon waits")
    func clientGone() async throws {
        try await withFakeDaemon { peer in
            _ = try await peer.receiveAll()
        } _: { path in
            let end = try await withBridge(to: path) { peer in
                _ = try await Self.line(peer)
                peer.hangUp()
            }
            #expect(end == .done)
        }
    }

    @Test("copies much both ways at once without standing still")
    func bothWays() async throws {
        let much = [UInt8](repeating: 0x62, count: 2 << 20)
        try await withFakeDaemon { peer in
            async let received = peer.receiveAll()
            try await peer.send(much)
            #expect(try await received.count == much.count)
        } _: { path in
            let end = try await withBridge(to: path) { peer in
                async let sent = peer.send(much)
                _ = try await Self.line(peer)
                #expect(try await sent)
                peer.endSending()
                #expect(try await peer.receiveAll().count == much.count)
            }
            #expect(end == .done)
        }
    }

    @Test("says nothing and tells by its end that there is no daemon")
    func noDaemon() async throws {
        try await withFolder { folder in
            let path = folder.appending("socket")
            let end = try await withBridge(to: path) { peer in
                let said = try await peer.receiveAll()
                #expect(said.isEmpty)
            }
            #expect(end == .noDaemon(.noSocket(path)))
            #expect(end.exitStatus == .noAnswer)
            #expect(StdioBridge.End.noDaemon(.permission(path)).exitStatus == .notAllowed)
        }
    }

    @Test(
        "read-only: answers what was asked before, then refuses, and sends nothing of the rest on",
        arguments: [
            "POST /echo/secret HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
            "GET /echo HTTP/1.1\r\nContent-Length: 44\r\n\r\nPOST /echo/secret HTTP/1.1\r\n\r\n",
            "GET /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nPOST /echo/secret HTTP/1.1\r\n\r\n",
            "GET /echo HTTP/1.1\r\nA: b\n\nPOST /echo/secret HTTP/1.1\r\n\r\n", "hello\r\n",
        ])
    func readOnly(rest: String) async throws {
        try await withServer { path in
            let end = try await withBridge(to: path, isReadOnly: true) { peer in
                try await peer.send("GET /echo/1 HTTP/1.1\r\n\r\nHEAD /echo/2 HTTP/1.1\r\n\r\n" + rest)
                _ = try await Self.line(peer)
                #expect(try await peer.receiveAnswer().text == "GET /echo/1 0")
                #expect(try await peer.receiveAnswer(hasBody: false)["content-length"] == "14")
                let refusal = try await peer.receiveAnswer()
                #expect(refusal.problem == .forbidden)
                #expect(refusal["connection"] == "close")
                #expect(try await peer.receiveAll().isEmpty)
            }
            #expect(end == .notAllowed)
            #expect(end.exitStatus == .notAllowed)
        }
    }

    @Test("carries a client over two pipes, as ssh does")
    func clientOverPipes() async throws {
        try await withServer { path in
            let (input, writing) = try SystemPackage.FileDescriptor.pipe()
            let (reading, output) = try SystemPackage.FileDescriptor.pipe()
            async let end = blocking {
                let end = StdioBridge(to: path, isReadOnly: true, input: input, output: output).run()
                try input.close()
                try output.close()
                return end
            }
            try await APIClient.withConnection(to: .pipes(reading: reading, writing: writing)) { client in
                let banner = try await client.banner(within: .seconds(20))
                #expect(banner == Banner(version: NucprepVersion.current, noiseBytes: 0, firstLine: []))
                #expect(try await client.get("/echo", within: .seconds(20)).text == "GET /echo 0")
                #expect(try await client.get("/big", within: .seconds(20)).body.count == 1 << 20)
            }
            #expect(try await end == .done)
        }
    }
}
