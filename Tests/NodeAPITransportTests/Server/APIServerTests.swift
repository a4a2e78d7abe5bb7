internal import Glibc
internal import NodeAPI
internal import Testing

@testable internal import NodeAPITransport

@Suite("API server")
struct APIServerTests {
    @Test("answers with the common fields, in order, on one connection")
    func keepsAlive() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            for number in 1...3 {
                let answer = try await peer.get("/echo/\(number)")
                #expect(answer.status == 200)
                #expect(answer.text == "GET /echo/\(number) 0")
                #expect(answer["nucprep-api"] == "1")
                #expect(answer["nucprep-version"] == NucprepVersion.current)
                #expect(answer["x-content-type-options"] == "nosniff")
                #expect(answer["cache-control"] == "no-cache")
                #expect(answer["connection"] == nil)
            }
        }
    }

    @Test("answers pipelined requests in order, a slow one first")
    func pipelines() async throws {
        let handler = TestHandler()
        try await withServer(handler: handler) { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /gate HTTP/1.1\r\n\r\nGET /echo/2 HTTP/1.1\r\n\r\nGET /nothing HTTP/1.1\r\n\r\n")
            #expect(await handler.gate.next() == "arrived /gate")
            handler.gate.open()
            #expect(try await peer.receiveAnswer().text == "/gate")
            #expect(try await peer.receiveAnswer().text == "GET /echo/2 0")
            #expect(try await peer.receiveAnswer().problem == .notFound)
        }
    }

    @Test("answers a client that has ended its side, then closes")
    func halfClosed() async throws {
        let handler = TestHandler()
        try await withServer(handler: handler) { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /gate HTTP/1.1\r\n\r\nGET /echo HTTP/1.1\r\n\r\n")
            peer.endSending()
            #expect(await handler.gate.next() == "arrived /gate")
            handler.gate.open()
            #expect(try await peer.receiveAnswer().text == "/gate")
            #expect(try await peer.receiveAnswer().text == "GET /echo 0")
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("gives a large answer whole to a client that has ended its side")
    func halfClosedLarge() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /big HTTP/1.1\r\n\r\n")
            peer.endSending()
            #expect(try await peer.receiveAnswer().body.count == 1 << 20)
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("answers HTTP/1.0 and closes", arguments: ["", "Connection: keep-alive\r\n"])
    func oldVersion(fields: String) async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /echo HTTP/1.0\r\n\(fields)\r\n")
            let answer = try await peer.receiveAnswer()
            #expect(answer.status == 200)
            #expect(answer["connection"] == "close")
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("closes after the answer when asked to")
    func closesWhenAsked() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /echo HTTP/1.1\r\nConnection: x, Close\r\n\r\nGET /echo HTTP/1.1\r\n\r\n")
            #expect(try await peer.receiveAnswer()["connection"] == "close")
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("answers HEAD with the length and without the body")
    func head() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("HEAD /echo HTTP/1.1\r\n\r\n")
            let answer = try await peer.receiveAnswer(hasBody: false)
            #expect(answer.status == 200)
            #expect(answer["content-length"] == "12")
            #expect(try await peer.get("/echo").text == "GET /echo 0")
        }
    }

    @Test("answers 304 without body and length")
    func notModified() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            let answer = try await peer.get("/unchanged")
            #expect(answer.status == 304)
            #expect(answer["etag"] == "\"1\"")
            #expect(answer["content-length"] == nil)
            #expect(try await peer.get("/echo").status == 200)
        }
    }

    @Test("passes a body on")
    func body() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("POST /echo HTTP/1.1\r\nContent-Length: 5\r\n\r\nhel")
            try await peer.send("loGET /echo HTTP/1.1\r\n\r\n")
            #expect(try await peer.receiveAnswer().text == "POST /echo 5")
            #expect(try await peer.receiveAnswer().text == "GET /echo 0")
        }
    }

    @Test(
        "ignores Upgrade and Expect",
        arguments: [
            "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
            "Expect: 100-continue\r\n",
        ])
    func ignores(fields: String) async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("GET /echo HTTP/1.1\r\n\(fields)\r\n")
            #expect(try await peer.receiveAnswer().text == "GET /echo 0")
            #expect(try await peer.get("/echo/2").status == 200)
        }
    }

    @Test("refuses by the head, reads nothing of the body, and closes")
    func refusal() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            try await peer.send("POST /refused HTTP/1.1\r\nContent-Length: 60000\r\n\r\n")
            let answer = try await peer.receiveAnswer()
            #expect(answer.problem == .forbidden)
            #expect(answer["connection"] == "close")
            #expect(try await peer.receiveAll().isEmpty)
        }
    }

    @Test("keeps the connection after a refusal of a request without body")
    func refusalWithoutBody() async throws {
        try await withServer { path in
            let peer = try RawPeer(to: path)
            #expect(try await peer.get("/refused").problem == .forbidden)
            #expect(try await peer.get("/echo").status == 200)
        }
    }

    @Test("lets no handler write a field of its own making into the head")
    func fieldInjection() async throws {
        try await withServer { path in
            let answer = try await RawPeer(to: path).get("/evil")
            #expect(answer["etag"] == "a??b: c")
            #expect(answer["b"] == nil)
            #expect(answer.fields.filter { $0.name == "cache-control" }.map(\.value) == ["x"])
        }
    }

    @Test("knows the caller from the kernel")
    func caller() async throws {
        try await withServer { path in
            let text = try await RawPeer(to: path).get("/caller").text
            #expect(text.hasPrefix("\(geteuid()) \(getpid()) [\(getegid())"))
        }
    }
}
