/// Stanzas of `Name: value` lines, as dpkg's status file and apt's `.sources` and preferences have them.
///
/// It walks the bytes once and stanza by stanza, so a status file of some megabytes costs no text until a field is asked
/// for. A stanza ends at an empty line; a line that begins with a blank continues the field above it. A carriage return
/// before the line feed belongs to the line end, and bytes need not be UTF-8.
/// - Source: deb822(5); apt `apt-pkg/tagfile.cc` (`pkgTagSection::Scan`).
package struct Deb822: Sequence, Sendable {
    /// One field, as ranges of the bytes it was read from.
    package struct Field: Equatable, Sendable {
        /// The line of its name, counted from 1.
        package let line: Int
        package let name: Range<Int>

        /// From its first byte that is no blank to the last, continuation lines and what is between them included.
        package let value: Range<Int>
    }

    /// Lines that belong together.
    package struct Stanza: Equatable, Sendable {
        /// The line of its first field, counted from 1.
        package fileprivate(set) var line: Int

        /// The fields in order, repeated names included.
        package fileprivate(set) var fields: [Field] = []

        /// The first line that is neither a field nor a continuation of one; the fields around it are given all the same.
        package fileprivate(set) var problem: ParseError?

        /// From the first byte of its first line to the line feed of its last one, that included.
        package fileprivate(set) var range: Range<Int>
    }

    /// The whole text.
    package let bytes: [UInt8]

    private let areComments: Bool

    /// Reads `bytes`; nothing is looked at before the first stanza is asked for.
    ///
    /// - Parameters:
    ///   - bytes: the text of a whole file.
    ///   - areComments: whether lines that begin with `#` are left out; apt does so in its settings, dpkg never.
    package init(_ bytes: [UInt8], areComments: Bool = true) {
        self.bytes = bytes
        self.areComments = areComments
    }

    /// The stanzas in order.
    package func makeIterator() -> Iterator { Iterator(bytes: bytes, areComments: areComments) }

    /// The field of a stanza by its name, in any case of letters; of several the last one, as apt has it.
    package func field(_ name: String, of stanza: Stanza) -> Field? {
        stanza.fields.last { isNamed($0, name) }
    }

    /// Whether a name appears in a stanza more than once; apt takes the last one, dpkg refuses the file.
    package func isRepeated(_ name: String, in stanza: Stanza) -> Bool {
        stanza.fields.count { isNamed($0, name) } > 1
    }

    /// The text of a field by its name; `nil` when the stanza has none, and empty when nothing follows the colon.
    ///
    /// Continuation lines follow each after a line feed, as they are written, comments left out.
    package func value(_ name: String, of stanza: Stanza) -> String? {
        field(name, of: stanza).map { field in lines(of: field).map(\.text).joined(separator: "\n") }
    }

    /// The words of a field, split at blanks and line ends; none when the stanza has no such field.
    package func words(_ name: String, of stanza: Stanza) -> [String] {
        guard let field = field(name, of: stanza) else { return [] }
        return lines(of: field).flatMap { line in
            line.text.utf8.split(whereSeparator: \.isCSpace).map { String(Substring($0)) }
        }
    }

    /// The lines of a field's value, comments left out; the first begins after the colon.
    package func lines(of field: Field) -> [(line: Int, text: String)] {
        bytes[field.value].split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated()
            .compactMap { offset, line in
                if offset > 0, areComments, line.first == .numberSign { return nil }
                let text = line.last == .carriageReturn ? line.dropLast() : line
                return (field.line + offset, String(decoding: text, as: UTF8.self))
            }
    }

    /// Whether a field has this name, in any case of letters.
    package func isNamed(_ field: Field, _ name: String) -> Bool {
        field.name.count == name.utf8.count
            && zip(bytes[field.name], name.utf8).allSatisfy { $0.asciiLowercased == $1.asciiLowercased }
    }
}

extension UInt8 {
    /// The byte of the small letter for one of a capital A to Z; every other byte as it is.
    var asciiLowercased: UInt8 { UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self ? self | 0x20 : self }
}

extension Deb822 {
    /// A walk over the stanzas.
    package struct Iterator: IteratorProtocol {
        private let bytes: [UInt8]
        private let areComments: Bool
        private var position = 0
        private var line = 1

        init(bytes: [UInt8], areComments: Bool) {
            self.bytes = bytes
            self.areComments = areComments
        }

        /// The next stanza that has a field or a line that is wrong; `nil` at the end.
        package mutating func next() -> Stanza? {
            var stanza: Stanza?
            while position < bytes.count {
                let start = position
                let number = line
                var colon: Int?
                var end = start
                while end < bytes.count, bytes[end] != .lineFeed {
                    if colon == nil, bytes[end] == UInt8(ascii: ":") { colon = end }
                    end += 1
                }
                position = end < bytes.count ? end + 1 : end
                line += 1
                while end > start, bytes[end - 1].isCSpace { end -= 1 }
                // Blanks alone continue a field; a line without anything, or with carriage returns alone, ends the stanza.
                if end == start, !bytes[start..<position].contains(where: \.isBlank) {
                    if let stanza { return stanza }
                    continue
                }
                if areComments, bytes[start] == .numberSign { continue }
                var current = stanza ?? Stanza(line: number, range: start..<position)
                stanza = nil  // The fields have one owner while they grow.
                take(start..<end, colon: colon, line: number, into: &current)
                current.range = current.range.lowerBound..<position
                stanza = current
            }
            return stanza
        }

        private func take(_ text: Range<Int>, colon: Int?, line: Int, into current: inout Stanza) {
            if text.isEmpty || bytes[text.lowerBound].isBlank {
                if let last = current.fields.popLast() {
                    let end = Swift.max(last.value.upperBound, text.upperBound)
                    let value = last.value.lowerBound..<end
                    current.fields.append(Field(line: last.line, name: last.name, value: value))
                } else if !text.isEmpty {
                    current.problem =
                        current.problem ?? ParseError(line: line, "expected a field before a continuation")
                }
                return
            }
            guard let colon, colon > text.lowerBound, colon < text.upperBound else {
                current.problem = current.problem ?? ParseError(line: line, "expected a field name and a colon")
                return
            }
            var nameEnd = colon
            while bytes[nameEnd - 1].isBlank { nameEnd -= 1 }
            var valueStart = colon + 1
            while valueStart < text.upperBound, bytes[valueStart].isCSpace { valueStart += 1 }
            current.fields.append(
                Field(line: line, name: text.lowerBound..<nameEnd, value: valueStart..<text.upperBound))
        }
    }
}
