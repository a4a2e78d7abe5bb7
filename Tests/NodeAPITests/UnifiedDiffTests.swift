internal import Glibc
internal import NodeAPI
internal import Testing

@Suite("Unified difference")
struct UnifiedDiffTests {
    private static let tool = "/usr/bin/diff"
    private static var hasTool: Bool { unsafe access(tool, X_OK) == 0 }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var before: String
        var after: String
    }

    private static func lines(_ numbers: some Sequence<Int>) -> String { numbers.map { "line \($0)\n" }.joined() }

    static let cases = [
        Case(testDescription: "nothing", before: lines(1...5), after: lines(1...5)),
        Case(testDescription: "both empty", before: "", after: ""),
        Case(testDescription: "from empty", before: "", after: lines(1...3)),
        Case(testDescription: "to empty", before: lines(1...3), after: ""),
        Case(testDescription: "one line of one", before: "a\n", after: "b\n"),
        Case(testDescription: "the first line", before: lines(1...9), after: "new\n" + lines(2...9)),
        Case(testDescription: "the last line", before: lines(1...9), after: lines(1...8) + "new\n"),
        Case(
            testDescription: "a line in the middle", before: lines(1...20),
            after: lines(1...9) + "new\n" + lines(11...20)),
        Case(testDescription: "a line more at the end", before: lines(1...9), after: lines(1...10)),
        Case(testDescription: "a line more at the start", before: lines(2...9), after: lines(1...9)),
        Case(testDescription: "a line less", before: lines(1...9), after: lines(1...4) + lines(6...9)),
        Case(
            testDescription: "two changes with six lines between", before: lines(1...20),
            after: lines(1...4) + "new\n" + lines(6...11) + "new\n" + lines(13...20)),
        Case(
            testDescription: "two changes with seven lines between", before: lines(1...20),
            after: lines(1...4) + "new\n" + lines(6...12) + "new\n" + lines(14...20)),
        Case(testDescription: "no end of the last line after", before: "a\nb\n", after: "a\nb"),
        Case(testDescription: "no end of the last line before", before: "a\nb", after: "a\nb\n"),
        Case(testDescription: "no end of the last line in both", before: "a\nb", after: "c\nb"),
        Case(testDescription: "no end, and another text", before: "a\nb", after: "a\nc"),
        Case(testDescription: "lines that come again", before: "a\na\na\n", after: "a\na\na\na\n"),
        Case(testDescription: "empty lines", before: "\n\n\na\n", after: "\n\na\n\n"),
        Case(testDescription: "carriage returns", before: "a\r\nb\r\n", after: "a\r\nb\n"),
    ]

    @Test("is that of diff(1)", .enabled(if: hasTool), arguments: cases)
    func agrees(_ example: Case) throws {
        #expect(Self.ours(example.before, example.after) == (try Self.theirs(example.before, example.after)))
    }

    @Test("is that of diff(1) for random edits", .enabled(if: hasTool))
    func agreesOnRandomEdits() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<40 {
            let before = (1...Int.random(in: 1...60, using: &generator)).map { "line \($0)" }
            var after: [String] = []
            for (index, line) in before.enumerated() {
                switch Int.random(in: 0..<12, using: &generator) {
                case 0: break
                case 1: after.append("new \(index)")
                case 2: after += [line, "more \(index)"]
                default: after.append(line)
                }
            }
            let texts = [before, after].map { $0.map { "\($0)\n" }.joined() }
            #expect(Self.ours(texts[0], texts[1]) == (try Self.theirs(texts[0], texts[1])))
        }
    }

    @Test("of a new file begins at nothing")
    func newFile() {
        let difference = UnifiedDiff(of: "/etc/x", from: nil, to: Array("a\nb\n".utf8))
        #expect(difference.text == "--- /dev/null\n+++ /etc/x\n@@ -0,0 +1,2 @@\n+a\n+b\n")
    }

    @Test("shows bytes that are no text, and does not stumble over them")
    func bytes() {
        let difference = UnifiedDiff(of: "/etc/x", from: [0xFF, 0x0A], to: [0x61, 0x0A])
        #expect(difference.text == "--- /etc/x\n+++ /etc/x\n@@ -1 +1 @@\n-\u{FFFD}\n+a\n")
    }

    @Test("of a file full of other lines takes all away and adds all, without comparing them")
    func large() {
        let before = (0..<100_000).map { "\($0)\n" }.joined()
        let difference = UnifiedDiff(of: "/etc/x", from: Array(("same\n" + before).utf8), to: Array("same\nnew\n".utf8))
        #expect(difference.text.hasPrefix("--- /etc/x\n+++ /etc/x\n@@ -1,100001 +1,2 @@\n same\n-0\n-1\n"))
        #expect(difference.text.hasSuffix("-99999\n+new\n"))
    }

    private static func ours(_ before: String, _ after: String) -> String {
        UnifiedDiff(of: "file", from: Array(before.utf8), to: Array(after.utf8)).text
    }

    /// What diff(1) prints for files with these texts.
    private static func theirs(_ before: String, _ after: String) throws -> String {
        var template = Array("/tmp/nucprep-diff-XXXXXX".utf8CString)
        guard unsafe mkdtemp(&template) != nil else { throw GoldenError(description: "cannot make a folder") }
        let folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let paths = ["\(folder)/before", "\(folder)/after"]
        defer {
            for path in paths { _ = unsafe unlink(path) }
            _ = unsafe rmdir(folder)
        }
        for (path, text) in zip(paths, [before, after]) {
            guard let file = unsafe fopen(path, "w") else { throw GoldenError(description: "cannot write \(path)") }
            _ = unsafe fwrite(Array(text.utf8), 1, text.utf8.count, file)
            _ = unsafe fclose(file)
        }
        let command = "\(tool) -u --label file --label file \(paths[0]) \(paths[1])"
        guard let output = unsafe popen(command, "r") else { throw GoldenError(description: "cannot run \(tool)") }
        defer { unsafe pclose(output) }
        var all: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while case let count = unsafe fread(&piece, 1, piece.count, output), count > 0 { all += piece.prefix(count) }
        return String(decoding: all, as: UTF8.self)
    }
}
