import Testing

@testable import LinuxHost

@Suite("Lines of the reach helper")
struct ReachLinesTests {
    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test("a request is read as it is written, and as the specification shows it")
    func request() throws {
        let shown = #"{"targets": [{"address": "192.168.1.13", "port": 22, "echo": true}], "timeout_ms": 2000}"#
        let request = ReachRequest(
            targets: [.init(address: "192.168.1.13", port: 22, wantsEcho: true)], timeoutMilliseconds: 2000)
        #expect(ReachRequest(parsing: Self.bytes(shown)) == request)
        #expect(ReachRequest(parsing: Self.bytes(request.line)) == request)
        let none = ReachRequest(targets: [], timeoutMilliseconds: 1)
        #expect(ReachRequest(parsing: Self.bytes(none.line)) == none)
    }

    @Test(
        "what is no request is none",
        arguments: [
            "", "{}", "[]", "null", "{\"targets\":[]}", "{\"targets\":[],\"timeout_ms\":0}",
            "{\"targets\":[],\"timeout_ms\":5001}", "{\"targets\":[],\"timeout_ms\":1.5}",
            "{\"targets\":{},\"timeout_ms\":1}", "{\"targets\":[1],\"timeout_ms\":1}",
            "{\"targets\":[{\"address\":\"a\",\"port\":0,\"echo\":true}],\"timeout_ms\":1}",
            "{\"targets\":[{\"address\":\"a\",\"port\":65536,\"echo\":true}],\"timeout_ms\":1}",
            "{\"targets\":[{\"address\":\"a\",\"port\":1}],\"timeout_ms\":1}", "{\"targets\":[],\"timeout_ms\":1}x",
            "{\"timeout_ms\":1,\"targets\":[],\"targets\":[]}", String(repeating: "[", count: 100),
            String(repeating: " ", count: 20_000),
        ])
    func noRequest(_ text: String) { #expect(ReachRequest(parsing: Self.bytes(text)) == nil) }

    @Test("more than 64 targets are none")
    func tooMany() {
        let target = ReachRequest.Target(address: "10.0.0.1", port: 22, wantsEcho: false)
        for (count, isRequest) in [(64, true), (65, false)] {
            let request = ReachRequest(targets: Array(repeating: target, count: count), timeoutMilliseconds: 1)
            #expect((ReachRequest(parsing: Self.bytes(request.line)) != nil) == isRequest)
        }
    }

    @Test("a reply is read as it is written")
    func reply() {
        let replies: [ReachReply] = [
            .results([]), .failed("no \"socket\" \\ here"),
            .results([
                .init(address: "10.0.0.1", port: 22, tcp: .open, echo: .timeout, lost: 3, microseconds: 412),
                .init(address: "fd00::1", port: 22, tcp: .noRoute, echo: nil, lost: nil, microseconds: nil),
                .init(address: "10.0.0.2", port: 22, tcp: .refused, echo: .open, lost: 0, microseconds: 1),
            ]),
        ]
        for reply in replies { #expect(ReachReply(parsing: Self.bytes(reply.line)) == reply) }
    }

    @Test(
        "what is no reply is none",
        arguments: [
            "", "{}", "{\"results\":1}", "{\"results\":[{\"address\":\"a\",\"port\":1,\"tcp\":\"fine\"}]}",
            "{\"results\":[{}]}", "{\"results\":[]} {}", "{\"error\":1}", "\u{7}",
        ])
    func noReply(_ text: String) { #expect(ReachReply(parsing: Self.bytes(text)) == nil) }

    @Test("strings keep their quotes, and control characters are not let through")
    func strings() {
        #expect(SmallJSON(parsing: Self.bytes(#""a\"\\\/é""#)) == .string("a\"\\/é"))
        for text in [#""\u0041""#, "\"a", "\"\n\"", "\"\\", "01", "-", "1.5", "1e3", "tru", "[1,]", "{\"a\"}", "[1 2]"]
        {
            #expect(SmallJSON(parsing: Self.bytes(text)) == nil, "\(text)")
        }
        #expect(SmallJSON(parsing: [0x22, 0xFF, 0x22]) == nil)
        #expect(SmallJSON.quoted("a\nb\"") == #""a b\"""#)
    }
}
