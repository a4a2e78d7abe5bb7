internal import NodeAPI
internal import Testing

@testable internal import NodeAPITransport

@Suite("Request parser")
struct RequestParserTests {
    private func parse(_ text: String, limits: HeadLimits = HeadLimits()) throws(HeadFault) -> ParsedRequest? {
        var parser = RequestParser(limits: limits)
        for byte in text.utf8 {
            if let request = try parser.consume(byte) { return request }
        }
        return nil
    }

    @Test("reads method, target and fields")
    func reads() throws {
        let request = try #require(
            try parse(
                "POST /v1/x?a=b HTTP/1.1\r\nHost:nucprep\r\nX-Thing: \t a b \t\r\nEmpty:\r\nContent-Length: 007\r\n\r\n"
            ))
        #expect(request.head.method == "POST")
        #expect(request.head.target == "/v1/x?a=b")
        #expect(
            request.head.fields == [
                .init("host", "nucprep"), .init("x-thing", "a b"), .init("empty", ""), .init("content-length", "007"),
            ])
        #expect(request.contentLength == 7)
        #expect(request.hasBody)
        #expect(!request.isLast)
        #expect(!request.isEncoded)
    }

    @Test("does not end before the empty line")
    func incomplete() throws {
        #expect(try parse("GET / HTTP/1.1\r\nA: b\r\n\r") == nil)
    }

    @Test(
        "refuses what two readers could read differently",
        arguments: [
            "GET / HTTP/1.1\n\r\n", "GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", "GET / HTTP/1.1\r\nA: b\rC: d\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n",
            "GET / HTTP/1.1\r\n A: b\r\n\r\n", "GET / HTTP/1.1\r\nA : b\r\n\r\n", "GET / HTTP/1.1\r\n: b\r\n\r\n",
            "GET / HTTP/1.1\r\nA\r\n\r\n", "GET / HTTP/1.1\r\nA: b\0c\r\n\r\n", "GET / HTTP/1.1\r\nA: \u{7F}\r\n\r\n",
            "GET / HTTP/1.1\r\nA: \u{E4}\r\n\r\n", "GET / HTTP/1.1\r\n(: b\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: +1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length:\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "\r\nGET / HTTP/1.1\r\n\r\n", " GET / HTTP/1.1\r\n\r\n",
            "GET  / HTTP/1.1\r\n\r\n", "GET /\tHTTP/1.1\r\n\r\n", "GET / a HTTP/1.1\r\n\r\n", "GET /\r\n\r\n",
            "GET / HTTP/1.2\r\n\r\n", "GET / HTTP/2.0\r\n\r\n", "GET / http/1.1\r\n\r\n", "GET / HTTP/1.1 \r\n\r\n",
            "GET http://localhost/ HTTP/1.1\r\n\r\n", "OPTIONS * HTTP/1.1\r\n\r\n", "G(T / HTTP/1.1\r\n\r\n",
            "ABCDEFGHIJKLMNOPQ / HTTP/1.1\r\n\r\n", "GET /\u{E4} HTTP/1.1\r\n\r\n",
        ])
    func malformed(text: String) {
        #expect {
            _ = try parse(text)
        } throws: { error in
            guard case .malformed = error as? HeadFault else { return false }
            return true
        }
    }

    @Test(
        "finds the end of the connection in any spelling",
        arguments: ["close", "CLOSE", "keep-alive, close", "a ,\tclose "])
    func closing(value: String) throws {
        #expect(try parse("GET / HTTP/1.1\r\nConnection: \(value)\r\n\r\n")?.isLast == true)
    }

    @Test(
        "takes no part of a word for the end of the connection", arguments: ["closed", "not-close", "keep-alive", ""])
    func notClosing(value: String) throws {
        #expect(try parse("GET / HTTP/1.1\r\nConnection: \(value)\r\n\r\n")?.isLast == false)
    }

    @Test("holds each limit exactly")
    func limits() throws {
        var limits = HeadLimits()
        limits.targetBytes = 4
        limits.fieldBytes = 6
        limits.fieldsBytes = 16
        limits.fields = 3
        #expect(try parse("GET /123 HTTP/1.1\r\na: 456\r\nb: 456\r\n\r\n", limits: limits) != nil)
        #expect(throws: HeadFault.targetTooLong(limit: 4)) { try parse("GET /1234 HTTP/1.1\r\n\r\n", limits: limits) }
        #expect(throws: HeadFault.headerTooLarge("a field is longer than 6 bytes")) {
            try parse("GET /123 HTTP/1.1\r\na: 4567\r\n", limits: limits)
        }
        #expect(throws: HeadFault.headerTooLarge("the fields are longer than 16 bytes")) {
            try parse("GET /123 HTTP/1.1\r\na: 456\r\nb: 456\r\nc", limits: limits)
        }
        #expect(throws: HeadFault.headerTooLarge("more than 3 fields")) {
            try parse("GET /123 HTTP/1.1\r\na:\r\na:\r\na:\r\na:\r\n", limits: limits)
        }
    }

    @Test("reads any bytes without trapping, and never past its limits")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        let words = [
            "GET", " ", "/", "HTTP/1.1", "\r\n", "\r", "\n", "Content-Length", ":", "5", "a", "\t", "\0", "\u{FF}",
        ]
        for _ in 0..<2000 {
            let text = (0..<20).compactMap { _ in words.randomElement(using: &generator) }.joined()
            _ = try? parse(text)
        }
    }
}
