internal import NodeAPI
internal import Testing

@testable internal import NodeAPITransport

@Suite("Read-only filter")
struct ReadOnlyFilterTests {
    private func pass(_ text: String, inPiecesOf size: Int = 1 << 20) -> (passed: String, isRefused: Bool) {
        var filter = ReadOnlyFilter()
        var passed: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            do throws(ProblemBody) {
                try filter.consume(rest.prefix(size), passed: &passed)
            } catch {
                #expect(error.kind == .forbidden)
                return (String(decoding: passed, as: UTF8.self), true)
            }
            rest = rest.dropFirst(size)
        }
        return (String(decoding: passed, as: UTF8.self), false)
    }

    private static let good =
        "GET /v1/status?fresh=1 HTTP/1.1\r\nHost: nucprep\r\n\r\nHEAD / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"

    @Test("lets reading heads through unchanged, however they are cut", arguments: [1, 2, 7, 1000])
    func passes(size: Int) {
        let (passed, isRefused) = pass(Self.good, inPiecesOf: size)
        #expect(passed == Self.good)
        #expect(!isRefused)
    }

    @Test("lets no head through before its end")
    func holdsBack() {
        #expect(pass("GET / HTTP/1.1\r\nHost: nucprep\r\n") == ("", false))
        #expect(pass("GE") == ("", false))
    }

    @Test(
        "refuses the rest, and passes on only the heads before it",
        arguments: [
            "POST /v1/apply HTTP/1.1\r\nContent-Length: 0\r\n\r\n", "GETX / HTTP/1.1\r\n\r\n", "get / HTTP/1.1\r\n\r\n",
            "P", "DELETE /", "GET\t/ HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 40\r\n\r\nPOST /v1/apply HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 40\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n Content-Length: 40\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\nPOST / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: b\r\rPOST / HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length : 40\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: \u{B}40\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: -0\r\n\r\n", "\r\nPOST / HTTP/1.1\r\n\r\n",
        ])
    func refuses(text: String) {
        for size in [1, 1000] {
            let (passed, isRefused) = pass(Self.good + text, inPiecesOf: size)
            #expect(passed == Self.good)
            #expect(isRefused)
        }
    }

    @Test("keeps the limits of the server")
    func limits() {
        #expect(pass("GET /\(String(repeating: "a", count: 2048))").isRefused == false)
        #expect(pass("GET /\(String(repeating: "a", count: 3000))").isRefused)
        #expect(pass("GET / HTTP/1.1\r\n" + String(repeating: "a: b\r\n", count: 33)).isRefused)
    }

    @Test("lets through only what the server reads as requests without a body")
    func agreesWithTheServer() throws {
        var generator = SystemRandomNumberGenerator()
        let words = [
            "GET / HTTP/1.1\r\n", "HEAD /a HTTP/1.0\r\n", "POST / HTTP/1.1\r\n", "Content-Length: ", "Content-Length:",
            "Transfer-Encoding: chunked\r\n", "0", "5", "\r\n", "\n", "\r", " ", "\t", "A: b", "\r\n\r\n",
        ]
        for _ in 0..<3000 {
            let text = (0..<12).compactMap { _ in words.randomElement(using: &generator) }.joined()
            var parser = RequestParser(limits: HeadLimits())
            for byte in pass(text).passed.utf8 {
                guard let request = try parser.consume(byte) else { continue }
                #expect(!request.hasBody)
                #expect(["GET", "HEAD"].contains(request.head.method))
                parser = RequestParser(limits: HeadLimits())
            }
        }
    }
}
