import Testing

@testable import Systemd

@Suite("Journal")
struct JournalTests {
    @Test("names that journald would drop make no field", arguments: ["", "message", "_PID", "1ST", "A-B", "A=B", "Ä"])
    func badNames(_ name: String) {
        #expect(JournalField(name, "value") == nil)
    }

    @Test("a name has at most 64 bytes")
    func longNames() {
        #expect(JournalField(String(repeating: "A", count: 64), "") != nil)
        #expect(JournalField(String(repeating: "A", count: 65), "") == nil)
    }

    @Test("a value keeps its line ends")
    func lines() throws {
        let field = try #require(JournalField("NUCPREP_REMEDY", "one\ntwo"))
        #expect(field.assignment == Array("NUCPREP_REMEDY=one\ntwo".utf8))
    }

    @Test("a long value is cut at the end of a character", arguments: ["x", "ä", "€", "😀"])
    func longValues(_ character: String) throws {
        let field = try #require(JournalField("MESSAGE", String(repeating: character, count: 5000)))
        let width = character.utf8.count
        #expect(field.value.count == JournalField.longestValue / width * width)
        #expect(String(validating: field.value, as: UTF8.self) != nil)
    }

    @Test("an entry is taken, or dropped where there is no journal")
    func send() throws {
        let fields = ["MESSAGE": "a test of nucprep", "PRIORITY": "7"].compactMap { JournalField($0.key, $0.value) }
        #expect(fields.count == 2)
        try Journal.send(fields)
        try Journal.send([])
    }
}

@Suite("System identity")
struct SystemIdentityTests {
    @Test("the boot has 32 hexadecimal digits and stays the same")
    func boot() throws {
        let identity = try SystemIdentity.bootID()
        #expect(identity.utf8.count == 32)
        #expect(identity.allSatisfy { $0.isHexDigit && !$0.isUppercase })
        #expect(try SystemIdentity.bootID() == identity)
    }
}
