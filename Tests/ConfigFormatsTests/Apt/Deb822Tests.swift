internal import Testing

@testable import ConfigFormats

@Suite("Stanzas of fields")
struct Deb822Tests {
    private func stanzas(_ text: String, areComments: Bool = true) -> (Deb822, [Deb822.Stanza]) {
        let file = Deb822(Array(text.utf8), areComments: areComments)
        return (file, Array(file))
    }

    @Test("fields, continuations and stanzas are found, with their lines")
    func fields() {
        let text = "\n\nTypes: deb\nURIs:  https://a/\n  https://b/ \n\n# a comment\nSuites:x\nEnabled:\n"
        let (file, found) = stanzas(text)
        #expect(found.map(\.line) == [3, 8])
        #expect(found[0].fields.map(\.line) == [3, 4])
        #expect(file.value("uris", of: found[0]) == "https://a/\n  https://b/")
        #expect(file.words("URIs", of: found[0]) == ["https://a/", "https://b/"])
        #expect(file.value("Enabled", of: found[1]) == "")
        #expect(file.value("Absent", of: found[1]) == nil)
        #expect(found.allSatisfy { $0.problem == nil })
    }

    @Test("a comment stands anywhere where comments are, and is a wrong line where they are not")
    func comments() {
        let text = "Package: a\n# no\nStatus: install\n ok\n#x\n installed\n"
        let (file, found) = stanzas(text)
        #expect(file.words("Status", of: found[0]) == ["install", "ok", "installed"])
        #expect(found[0].problem == nil)
        let (_, strict) = stanzas(text, areComments: false)
        #expect(strict.count == 1)
        #expect(strict[0].problem?.line == 2)
    }

    @Test("carriage returns belong to the line ends, and a line of one alone ends a stanza")
    func carriageReturns() {
        let (file, found) = stanzas("Package: a\r\nStatus: x\r\n y\r\n\r\nPackage: b\r\n")
        #expect(found.map { file.value("Package", of: $0) } == ["a", "b"])
        #expect(file.value("Status", of: found[0]) == "x\n y")
    }

    @Test("a line of blanks alone continues the field and ends no stanza")
    func blanks() {
        let (file, found) = stanzas("Package: a\nDescription: one\n \n two\nVersion: 1\n")
        #expect(found.count == 1)
        #expect(file.value("Version", of: found[0]) == "1")
        #expect(file.words("Description", of: found[0]) == ["one", "two"])
    }

    @Test("of a repeated field the last one is taken, and it is told")
    func repeated() {
        let (file, found) = stanzas("Pin: a\nPIN: b\n")
        #expect(file.value("Pin", of: found[0]) == "b")
        #expect(file.isRepeated("pin", in: found[0]))
    }

    @Test(
        "a line that is no field is named by its number, and the fields around it are there",
        arguments: [("A: 1\nnonsense\nB: 2\n", 2), (" early\nA: 1\nB: 2\n", 1), (": x\nA: 1\nB: 2\n", 1)])
    func wrong(text: String, line: Int) {
        let (file, found) = stanzas(text)
        #expect(found.count == 1 && found[0].problem?.line == line)
        #expect(file.value("B", of: found[0]) == "2")
    }

    @Test("the range of a stanza is all of its lines and nothing of the next")
    func ranges() {
        let text = "A: 1\n# c\nB: 2\n\nC: 3"
        let (file, found) = stanzas(text)
        #expect(found.map { String(decoding: file.bytes[$0.range], as: UTF8.self) } == ["A: 1\n# c\nB: 2\n", "C: 3"])
    }

    @Test("any bytes at all are walked to their end")
    func hostile() {
        let binary = (0..<70_000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0 >> 3) }
        for bytes in [binary, [0, 10, 0, 58, 0], [58], [10, 10], [], Array("A:".utf8), Array(" ".utf8)] {
            for stanza in Deb822(bytes) {
                #expect(stanza.range.upperBound <= bytes.count)
                for field in stanza.fields { #expect(field.value.upperBound <= bytes.count) }
            }
        }
    }

    @Test("a hundred thousand stanzas, and as many lines in one field, are read")
    func large() {
        let many = Deb822(Array(String(repeating: "Package: a\nStatus: x\n\n", count: 100_000).utf8))
        #expect(many.reduce(0) { sum, _ in sum + 1 } == 100_000)
        let long = Deb822(Array(("A: 1\n" + String(repeating: " x\n", count: 100_000)).utf8))
        #expect(long.map { long.words("A", of: $0).count } == [100_001])
    }
}
