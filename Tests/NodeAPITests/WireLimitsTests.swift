internal import NodeAPI
internal import Testing

@Suite("Wire limits")
struct WireLimitsTests {
    private func check(_ text: String) throws(WireError) { try WireLimits.check(Array(text.utf8)) }

    private func list(_ count: Int) -> String { "[" + Array(repeating: "1", count: count).joined(separator: ",") + "]" }

    @Test("hold the depth")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        try check(nested(16))
        try check(#"{"a":[{"b":[]}]}"# + nested(16))
        #expect(throws: WireError.tooLarge("it is nested deeper than 16")) { try check(nested(17)) }
        #expect(throws: WireError.tooLarge("it is nested deeper than 16")) {
            try check(String(repeating: "{\"a\":", count: 17))
        }
        try check(#"{"a":"[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[["}"#)
    }

    @Test("hold the number of items, of each list apart")
    func items() throws {
        try check(list(4096))
        try check("[\(list(4096)),\(list(4096))]")
        #expect(throws: WireError.tooLarge("a list has more than 4096 items")) { try check(list(4097)) }
    }

    @Test("hold the length of a string, escapes counted once")
    func strings() throws {
        let long = String(repeating: "a", count: 4096)
        let tooLarge = WireError.tooLarge("a string is longer than 4096 bytes")
        try check("[\"\(long)\",\"\(long)\"]")
        #expect(throws: tooLarge) { try check("[\"\(long)a\"]") }
        #expect(throws: tooLarge) { try check("[\"\(long)a") }
        #expect(throws: tooLarge) { try check("{\"\(long)a\":1}") }
        try check("[\"" + String(repeating: #"\n"#, count: 4096) + "\"]")
        try check("[\"" + String(repeating: #"\u0001"#, count: 4096) + "\"]")
        #expect(throws: tooLarge) { try check("[\"" + String(repeating: #"\u0001"#, count: 4097) + "\"]") }
        // An escape that is none does not hide what follows it.
        #expect(throws: WireError.tooLarge("it is nested deeper than 16")) {
            try check(#"["\u"]"# + String(repeating: "[", count: 17))
        }
    }

    @Test("hold the size")
    func size() throws {
        try check(String(repeating: " ", count: 1 << 20))
        #expect(throws: WireError.tooLarge("it is larger than 1048576 bytes")) {
            try check(String(repeating: " ", count: 1 << 20 + 1))
        }
    }

    @Test(
        "let through what the API writes: the longest text of every sort",
        arguments: ["a", "\n", "\"", "\u{1}", "é", "👩‍👩‍👧‍👦"])
    func agree(character: String) throws {
        let text = Text.cut(String(repeating: character, count: 5000))
        let bytes = WireJSON.encode(["text": text])
        #expect(try WireJSON.decode([String: String].self, from: bytes) == ["text": text])
    }

    @Test("pass over any bytes without trapping")
    func anyBytes() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2000 {
            let bytes = (0..<40).map { _ in Array("{}[],:\"\\u1a ".utf8).randomElement(using: &generator) ?? 0 }
            try? WireLimits.check(bytes)
        }
    }
}
