internal import FoundationEssentials

/// A Swift source file: its lines, and the same with comments and the text of strings blanked.
struct SourceFile {
    let module: String
    let path: String
    let lines: [Substring]

    /// As many lines of the same length in bytes; code in interpolations is kept.
    let code: [Substring]

    /// The same with comments blanked alone.
    let codeWithStrings: [Substring]

    /// The same with all blanked but the text of strings.
    let strings: [Substring]

    var codeText: String { code.joined(separator: "\n") }

    init(module: String, path: String, text: String) {
        self.module = module
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let parts = CodeText(text)
        code = parts.text.split(separator: "\n", omittingEmptySubsequences: false)
        codeWithStrings = parts.textWithStrings.split(separator: "\n", omittingEmptySubsequences: false)
        strings = parts.stringText.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// All Swift files below `Sources` of this checkout, by path.
    static func all() throws -> [SourceFile] {
        let sources = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/Sources"
        return try FileManager.default.subpathsOfDirectory(atPath: sources).filter { $0.hasSuffix(".swift") }.sorted()
            .map { path in
                guard let data = FileManager.default.contents(atPath: "\(sources)/\(path)"),
                    let text = String(validating: data, as: UTF8.self), let module = path.split(separator: "/").first
                else { throw CocoaError(.fileReadUnknown) }
                return SourceFile(module: String(module), path: path, text: text)
            }
    }
}

/// Source text with comments and the contents of string literals replaced by blanks, line for line.
private struct CodeText {
    private let bytes: [UInt8]
    private var index = 0
    private var output: [UInt8] = []
    /// Where the text of strings stands.
    private var inStrings: [Range<Int>] = []

    /// The blanked text.
    var text: String { String(decoding: output, as: UTF8.self) }

    /// The text with comments blanked alone.
    var textWithStrings: String {
        var output = output
        for range in inStrings { output.replaceSubrange(range, with: bytes[range]) }
        return String(decoding: output, as: UTF8.self)
    }

    /// The text with all blanked but strings and ends of lines.
    var stringText: String {
        var output = bytes.map { $0 == UInt8(ascii: "\n") ? $0 : UInt8(ascii: " ") }
        for range in inStrings { output.replaceSubrange(range, with: bytes[range]) }
        return String(decoding: output, as: UTF8.self)
    }

    init(_ text: String) {
        bytes = Array(text.utf8)
        output.reserveCapacity(bytes.count)
        takeCode(closing: nil)
    }

    /// Takes code to the end, or to the parenthesis that closes an interpolation.
    private mutating func takeCode(closing: UInt8?) {
        var depth = 0
        while index < bytes.count {
            if isAt("//") {
                blank { $0.bytes[$0.index] == UInt8(ascii: "\n") }
            } else if isAt("/*") {
                blankBlockComment()
            } else if let pounds = stringStart() {
                takeString(pounds: pounds)
            } else {
                let byte = bytes[index]
                if byte == UInt8(ascii: "(") { depth += 1 }
                if byte == UInt8(ascii: ")") {
                    if depth == 0, closing != nil { return }
                    depth -= 1
                }
                output.append(byte)
                index += 1
            }
        }
    }

    private mutating func blankBlockComment() {
        var depth = 0
        repeat {
            if isAt("/*") { depth += 1 }
            if isAt("*/") { depth -= 1 }
            blank(count: 2)
            guard depth > 0 else { return }
            blank { $0.isAt("/*") || $0.isAt("*/") }
        } while index < bytes.count
    }

    /// How many number signs open the string that begins here; `nil` when none begins.
    private func stringStart() -> Int? {
        let pounds = bytes[index...].prefix { $0 == UInt8(ascii: "#") }.count
        return index + pounds < bytes.count && bytes[index + pounds] == UInt8(ascii: "\"") ? pounds : nil
    }

    private mutating func takeString(pounds: Int) {
        copy(count: pounds)
        let quotes = isAt("\"\"\"") ? "\"\"\"" : "\""
        copy(count: quotes.utf8.count)
        let end = quotes + String(repeating: "#", count: pounds)
        let escape = "\\" + String(repeating: "#", count: pounds)
        while index < bytes.count {
            if isAt(end) {
                copy(count: end.utf8.count)
                return
            }
            if quotes.utf8.count == 1, bytes[index] == UInt8(ascii: "\n") { return }
            guard isAt(escape) else {
                blankString(count: 1)
                continue
            }
            blankString(count: escape.utf8.count)
            if index < bytes.count, bytes[index] == UInt8(ascii: "(") {
                copy(count: 1)
                takeCode(closing: UInt8(ascii: ")"))
                copy(count: 1)
            } else {
                blankString(count: 1)
            }
        }
    }

    private mutating func blankString(count: Int) {
        let start = index
        blank(count: count)
        if let last = inStrings.last, last.upperBound == start {
            inStrings[inStrings.count - 1] = last.lowerBound..<index
        } else {
            inStrings.append(start..<index)
        }
    }

    private func isAt(_ text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

    private mutating func copy(count: Int) {
        let end = min(bytes.count, index + count)
        output += bytes[index..<end]
        index = end
    }

    private mutating func blank(count: Int) {
        for byte in bytes[index...].prefix(count) {
            output.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
        }
        index = min(bytes.count, index + count)
    }

    private mutating func blank(until isEnd: (CodeText) -> Bool) {
        while index < bytes.count, !isEnd(self) { blank(count: 1) }
    }
}
