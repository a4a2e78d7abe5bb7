internal import NodeAPI
internal import NodeState
internal import Testing

@Suite("Words of the wire")
struct WireWordTests {
    private func check<Word: WireWord>(_ type: Word.Type) throws {
        for word in Word.known {
            let bytes = WireJSON.encode([word])
            #expect(String(decoding: bytes, as: UTF8.self) == "[\"\(word.rawValue)\"]")
            #expect(try WireJSON.decode([Word].self, from: bytes) == [word])
            #expect(word.isKnown)
        }
        #expect(Set(Word.known.map(\.rawValue)).count == Word.known.count)
        // A word of a later version is kept, and written as it came; so is one that differs from a known one by a letter.
        for text in ["perhaps", "", "Met", "GO", "now "] {
            let bytes = Array("[\"\(text)\"]".utf8)
            let words = try WireJSON.decode([Word].self, from: bytes)
            #expect(words == [.unrecognised(text)])
            #expect(words.allSatisfy { !$0.isKnown && !Word.known.contains($0) })
            #expect(WireJSON.encode(words) == bytes)
        }
        #expect(throws: WireError.self) { try WireJSON.decode([Word].self, from: Array("[1]".utf8)) }
    }

    @Test("are read and written as they stand, also those that this version doesn't know")
    func roundTrip() throws {
        try check(WireVerdict.self)
        try check(WireSeverity.self)
        try check(WireHorizon.self)
        try check(WireLifecycle.self)
        try check(WireRole.self)
        try check(WireReadiness.self)
    }

    @Test("stand for every case of the domain")
    func cases() {
        #expect(Set(Severity.allCases.map(\.wire)) == Set(WireSeverity.known))
        #expect(Set(Horizon.allCases.map(\.wire)) == Set(WireHorizon.known))
        #expect(Set(Lifecycle.allCases.map(\.wire)) == Set(WireLifecycle.known))
        #expect(Set(Readiness.allCases.map(\.wire)) == Set(WireReadiness.known))
        #expect(Set([Configuration.Role.controlPlane, .worker].map(\.wire)) == Set(WireRole.known))
    }

    @Test("of a verdict let others pass only where it holds or is waived")
    func pass() {
        #expect(WireVerdict.known.filter(\.letsPass) == [.waived, .met, .notApplicable])
        #expect(!WireVerdict.unrecognised("met_too").letsPass)
    }
}
