internal import NodeAPI
internal import Testing

@Suite("Wire JSON")
struct WireJSONTests {
    private struct Sample: Codable, Equatable {
        var someName: String
        @OrNull var note: String?
        @OrNull var count: Int?
    }

    private func decode(_ text: String) throws(WireError) -> Sample {
        try WireJSON.decode(Sample.self, from: Array(text.utf8))
    }

    @Test("writes sorted snake_case, absent as null, and slashes plain")
    func writes() {
        let text = String(decoding: WireJSON.encode(Sample(someName: "/a", note: nil, count: 3)), as: UTF8.self)
        #expect(text == #"{"count":3,"note":null,"some_name":"/a"}"#)
    }

    @Test("reads null and a missing member alike, and passes over unknown ones")
    func reads() throws {
        let expected = Sample(someName: "a", note: nil, count: nil)
        #expect(try decode(#"{"some_name":"a","note":null,"count":null}"#) == expected)
        #expect(try decode(#"{"some_name":"a"}"#) == expected)
        #expect(
            try decode(#"{"new":{"x":[1,2]},"some_name":"a","count":7}"#) == Sample(someName: "a", note: nil, count: 7))
    }

    @Test(
        "says what does not fit",
        arguments: [
            ("{}", "someName is missing"), (#"{"some_name":1}"#, "someName has another type"),
            (#"{"some_name":null}"#, "someName has another type"),
            (#"{"some_name":"a","count":"x"}"#, "count has another type"), ("[]", "the whole has another type"),
            ("hello", "it is not JSON"), ("", "it is not JSON"), (#"{"some_name":"a""#, "it is not JSON"),
        ])
    func malformed(text: String, cause: String) {
        #expect(throws: WireError.malformed(cause)) { try decode(text) }
    }

    @Test("refuses a number that does not fit", arguments: ["1e99", "99999999999999999999", "1.5"])
    func numbers(number: String) {
        #expect(throws: WireError.self) { try decode(#"{"some_name":"a","count":\#(number)}"#) }
    }

    @Test("says of each error what cannot be done and why")
    func words() {
        #expect(WireError.tooLarge("it is large").description == "cannot read the answer: it is large")
        #expect(WireError.malformed("it is not JSON").description == "cannot read the answer: it is not JSON")
    }
}
