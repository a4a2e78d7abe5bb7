import Testing

@testable internal import ConfigFormats

@Suite("Editable lines")
struct EditableLinesTests {
    @Test(
        "join to the bytes they came from",
        arguments: [
            "", "\n", "\n\n", "a", "a\n", "a\r\nb", "a\nb\r\n\n", "\r", "a\rb\n",
        ])
    func identity(_ text: String) {
        #expect(EditableLines(Array(text.utf8)).bytes == Array(text.utf8))
    }

    @Test("keep bytes that are not UTF-8 and NUL bytes")
    func foreignBytes() {
        let bytes: [UInt8] = [0xFF, 0, 10, 0xC3, 10, 13, 10, 0xFE]
        let lines = EditableLines(bytes)
        #expect(lines.bytes == bytes)
        #expect(lines.count == 4)
        #expect(lines[3] == [13])
    }

    @Test("count what follows the last line feed only when something does")
    func count() {
        #expect(EditableLines([]).count == 0)
        #expect(EditableLines(Array("a\n".utf8)).count == 1)
        #expect(EditableLines(Array("a\nb".utf8)).count == 2)
        #expect(Array(EditableLines(Array("a\n\n".utf8)).numbers) == [1, 2])
        #expect(EditableLines([]).numbers.isEmpty)
    }

    @Test("change one line and no other")
    func edit() {
        var lines = EditableLines(Array("a\nb\nc".utf8))
        lines[2] = Array("xyz".utf8)
        #expect(lines.bytes == Array("a\nxyz\nc".utf8))
    }
}
