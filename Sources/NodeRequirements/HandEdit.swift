internal import ConfigFormats
internal import SystemPackage

/// Commands with which a person with sudo edits a file as nucprep would.
///
/// A line is told by its text: its number is another one on the next node, and after the first edit on this one.
/// - Source: sed(1), "Addresses"; regex(7), basic regular expressions; tee(1).
enum HandEdit {
    /// `#` in front of the lines that read like `line`.
    static func comment(_ line: some Sequence<UInt8>, in path: FilePath) -> String {
        sed(line, in: path) { "\\|\($0)|s/^/#/" }
    }

    /// The `#` of such lines taken away.
    static func uncomment(_ line: some Sequence<UInt8>, in path: FilePath) -> String {
        sed(line, in: path) { "\\|\($0)|s/^[[:blank:]]*#[#[:blank:]]*//" }
    }

    /// Such lines taken out.
    static func remove(_ line: some Sequence<UInt8>, from path: FilePath) -> String {
        sed(line, in: path) { "\\|\($0)|d" }
    }

    /// `new` in front of such lines, as a line of its own.
    static func insert(_ new: String, before line: some Sequence<UInt8>, in path: FilePath) -> String {
        sed(line, in: path) { "\\|\($0)|i \(new)" }
    }

    /// Lines at the end of a file that holds `bytes`; `nil` for one that is absent.
    ///
    /// A last line without an end is ended first: what is appended would become a part of it.
    static func append(_ lines: [String], to path: FilePath, holding bytes: [UInt8]?) -> [String] {
        (isOpen(bytes ?? []) ? [ending(path)] : []) + ["\(printing(lines)) | sudo tee -a \(word(path))"]
    }

    /// Whether the last line has no end.
    static func isOpen(_ bytes: [UInt8]) -> Bool { bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false }

    /// The last line ended where it is not.
    static func ending(_ path: FilePath) -> String { "sudo sed -i '$a\\' \(word(path))" }

    /// A file of these lines alone.
    static func write(_ lines: [String], to path: FilePath) -> String {
        "\(printing(lines)) | sudo tee \(word(path))"
    }

    private static func printing(_ lines: [String]) -> String {
        guard lines.count > 1 else { return "echo \(quoted(lines.joined()))" }
        return "printf '%s\\n' \(lines.map(quoted).joined(separator: " "))"
    }

    /// The bytes of a line; empty when there is none of this number.
    static func line(_ number: Int, of bytes: [UInt8]) -> [UInt8] {
        let lines = EditableLines(bytes)
        return lines.numbers.contains(number) ? lines[number] : []
    }

    private static func sed(
        _ line: some Sequence<UInt8>, in path: FilePath, _ script: (String) -> String
    ) -> String {
        guard let pattern = pattern(of: Array(line)) else { return "sudoedit \(word(path))" }
        return "sudo sed -i '\(script(pattern))' \(word(path))"
    }

    /// A basic regular expression that the line matches; `nil` for a line that cannot be typed on a terminal.
    ///
    /// Blanks match any blanks, so that a tab can be pasted. The quotes of the shell and sed's own mark are any character.
    private static func pattern(of line: [UInt8]) -> String? {
        let words = line.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        guard !words.isEmpty, words.allSatisfy({ $0.allSatisfy { $0 > 0x20 && $0 < 0x7F } }) else { return nil }
        let blank = "[[:space:]]"
        let escaped = words.map { word in
            word.map { byte in
                switch byte {
                case UInt8(ascii: "'"), UInt8(ascii: "|"): "."
                case _ where ".[]*^$\\".utf8.contains(byte): "\\\(Character(Unicode.Scalar(byte)))"
                default: "\(Character(Unicode.Scalar(byte)))"
                }
            }.joined()
        }
        let isIndented = line.first == 0x20 || line.first == 0x09
        let hasTail = [0x20, 0x09, 0x0D].contains(line.last ?? 0)
        return "^" + (isIndented ? "\(blank)*" : "") + escaped.joined(separator: "\(blank)\(blank)*")
            + (hasTail ? "\(blank)*" : "") + "$"
    }

    /// A word as the shell takes it without a change.
    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// A path as the shell takes it without a change.
    static func word(_ path: FilePath) -> String {
        let isPlain = path.string.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) || "/._-+".utf8.contains($0)
        }
        return isPlain ? path.string : quoted(path.string)
    }
}
