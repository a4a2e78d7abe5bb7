/// fstab(5) as its two readers see it, and the two edits that take swap out of it.
///
/// systemd-fstab-generator reads with glibc's `getmntent`, `swapon -a` with libmount. They differ: libmount drops a
/// carriage return at the end of a line, decodes every octal escape, and refuses a line whose numbers are none; glibc
/// takes any line and looks at its first 4095 bytes. What either of them reads as swap is swap here.
///
/// - Source: glibc `misc/mntent_r.c`, util-linux `libmount/src/tab_parse.c`, systemd
///   `src/fstab-generator/fstab-generator.c`.
package struct Fstab: Sendable, Equatable {
    /// A line that mounts something or activates swap, `noauto` lines included.
    package struct Entry: Sendable, Equatable {
        /// The line's number, counted from 1.
        package let line: Int

        /// Field 1, escapes decoded: a path, or `UUID=`, `LABEL=`, `PARTUUID=` … as written.
        ///
        /// Bytes that are not UTF-8 are U+FFFD in all fields here; the file's own bytes are kept for the edits.
        package let spec: String

        /// Field 2, escapes decoded; for swap anything at all, `none` as a rule.
        package let file: String

        /// Field 3.
        package let type: String

        /// Field 4 split at commas; empty when there is none.
        package let options: [String]

        /// Whether a reader takes this line as swap: field 3 is exactly `swap`, whatever the others say.
        package let isSwap: Bool

        /// Whether nothing starts the entry at boot: of `auto` and `noauto` the last one counts.
        package var isNoAuto: Bool {
            options.last { ["auto", "noauto"].contains($0.prefix { $0 != "=" }) }?.hasPrefix("noauto") ?? false
        }
    }

    /// The lines with at least three fields, in file order.
    package let entries: [Entry]

    /// The lines that libmount refuses, with the reason; glibc may still read one, then it is an entry too.
    package let malformed: [ParseError]

    private let lines: EditableLines

    /// The lines that a reader takes as swap, `noauto` ones included.
    package var swapEntries: [Entry] { entries.filter(\.isSwap) }

    /// Reads the bytes of a whole file; every file can be read.
    package init(bytes: [UInt8]) {
        let lines = EditableLines(bytes)
        let rows = lines.numbers.compactMap { FstabRow(lines[$0], line: $0) }
        self.lines = lines
        entries = rows.compactMap(\.entry)
        malformed = rows.compactMap { row in row.refusal.map { ParseError(line: row.line, $0) } }
    }

    /// The file with `#` in front of exactly these lines, every other byte kept.
    ///
    /// - Parameter numbers: line numbers, counted from 1; what is no entry stays as it is.
    /// - Returns: the whole file; the same bytes when nothing was to be done.
    package func commenting(lines numbers: some Sequence<Int>) -> [UInt8] {
        editing(numbers) { line, _ in line.insert(.numberSign, at: 0) }
    }

    /// The file with the option `noauto` at the end of field 4 of exactly these lines, every other byte kept.
    ///
    /// A line without field 4 gets one. A line that has `noauto` in force stays as it is.
    ///
    /// - Parameter numbers: line numbers, counted from 1; what is no entry stays as it is.
    /// - Returns: the whole file; the same bytes when nothing was to be done.
    package func addingNoAuto(lines numbers: some Sequence<Int>) -> [UInt8] {
        editing(numbers) { line, entry in
            guard !entry.isNoAuto else { return }
            // The carriage return of a whole line is no part of its last field; what follows a NUL is read by no one.
            let end = line.firstIndex(of: 0) ?? (line.last == .carriageReturn ? line.count - 1 : line.count)
            let fields = fieldRanges(line[..<end])
            if fields.count > 3 {
                let isOpen = line[fields[3].upperBound - 1] == UInt8(ascii: ",")
                line.insert(contentsOf: (isOpen ? "noauto" : ",noauto").utf8, at: fields[3].upperBound)
            } else if let type = fields.last {
                line.insert(contentsOf: " noauto".utf8, at: type.upperBound)
            }
        }
    }

    private func editing(_ numbers: some Sequence<Int>, _ edit: (inout [UInt8], Entry) -> Void) -> [UInt8] {
        var edited = lines
        let wanted = Set(numbers)
        for entry in entries where wanted.contains(entry.line) { edit(&edited[entry.line], entry) }
        return edited.bytes
    }
}

/// What the two readers make of one line of fstab that is neither blank nor a comment for both.
private struct FstabRow {
    let line: Int
    let entry: Fstab.Entry?
    let refusal: String?

    /// glibc's `getmntent` has a buffer of 4096 bytes and forgets the rest of a longer line.
    private static let glibcBuffer = 4095

    init?(_ bytes: [UInt8], line: Int) {
        self.line = line
        // A NUL ends the line for glibc and makes libmount refuse it.
        let text = bytes.prefix { $0 != 0 }
        let isCut = text.count < bytes.count
        let mounted = text.last == .carriageReturn && !isCut ? text.dropLast() : text
        let fields = fieldRanges(mounted).map { mounted[$0] }
        let forGlibc = fieldRanges(text.prefix(Self.glibcBuffer)).map { text[$0] }
        guard let first = fields.first ?? forGlibc.first, first.first != .numberSign else { return nil }
        refusal = isCut ? "holds a NUL byte" : Self.refusal(of: mounted)
        let isSwapForGlibc = forGlibc.count > 2 && forGlibc[2].elementsEqual("swap".utf8)
        guard fields.count > 2 else {
            entry = nil
            return
        }
        let decoded = fields.prefix(4).map { String(decoding: decodingOctalEscapes($0), as: UTF8.self) }
        entry = Fstab.Entry(
            line: line, spec: decoded[0], file: decoded[1], type: decoded[2],
            options: decoded.count > 3
                ? decoded[3].utf8.split(separator: UInt8(ascii: ",")).map { String(Substring($0)) } : [],
            isSwap: isSwapForGlibc || refusal == nil && decoded[2] == "swap")
    }

    /// Why libmount refuses a line, given without its carriage return; `nil` when it takes it.
    private static func refusal(of text: ArraySlice<UInt8>) -> String? {
        let fields = fieldRanges(text)
        // glibc takes a lone carriage return as an entry without a type; libmount, and people, as a blank line.
        guard !fields.isEmpty else { return nil }
        guard fields.count > 2 else { return "expected at least three fields, found \(fields.count)" }
        guard fields.count > 4 else { return nil }
        var rest = text[fields[4].lowerBound...]
        for name in ["dump frequency", "pass number"] where !rest.isEmpty {
            // As strtol(3) does: white space of any kind, a sign, digits.
            var number = rest.drop(while: \.isCSpace)
            if number.first == UInt8(ascii: "-") || number.first == UInt8(ascii: "+") { number = number.dropFirst() }
            let end = number.drop(while: \.isDigit)
            guard number.first?.isDigit == true, end.first?.isBlank ?? true else {
                let field = rest.prefix { !$0.isBlank }
                return "expected a number as \(name), found \"\(String(decoding: field, as: UTF8.self))\""
            }
            rest = end.drop(while: \.isBlank)
        }
        return nil
    }
}
