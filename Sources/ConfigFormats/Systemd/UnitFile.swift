/// A file of sections and `key = value` lines as systemd reads it: units, drop-ins, and what borrows the syntax.
///
/// - Source: systemd.syntax(7), systemd `src/shared/conf-parser.c`.
package struct UnitFile: Sendable, Equatable {
    /// One assignment.
    package struct Assignment: Sendable, Equatable {
        /// The line's number, counted from 1; of continued lines the first.
        package let line: Int
        package let section: String
        package let key: String

        /// What follows the `=`, blanks at both ends left out; empty resets a list.
        package let value: String
    }

    /// The assignments in file order.
    package private(set) var assignments: [Assignment]

    /// The names of the sections, empty ones too, in the order of their first appearance.
    package private(set) var sections: [String]

    /// The lines that systemd ignores with a warning.
    package private(set) var malformed: [ParseError]

    /// The line of a section header without its end: systemd reads no further, and refuses the unit whose file it is.
    package private(set) var brokenHeader: Int?

    /// Reads a whole file: `#` and `;` begin a comment line, a backslash at the end of a line joins the next one.
    ///
    /// A comment line between continued lines is left out; so is a byte order mark.
    package init(parsing text: String) {
        var reader = Reader()
        for line in text.numberedLines { reader.take(line.text, number: line.number) }
        reader.endLogicalLine()
        assignments = reader.assignments
        sections = reader.sections
        malformed = reader.malformed
        brokenHeader = reader.brokenHeader
    }

    /// The unit as it is when `dropIn` is read after it.
    ///
    /// Line numbers remain those of the file that each assignment came from.
    package func adding(_ dropIn: UnitFile) -> UnitFile {
        var sum = self
        sum.assignments += dropIn.assignments
        let known = Set(sections)
        sum.sections += dropIn.sections.filter { !known.contains($0) }
        sum.malformed += dropIn.malformed
        return sum
    }

    /// The values of a key that lists: all assignments since the last empty one.
    ///
    /// Values are as written; a list of words in one line is not split.
    package func list(_ key: String, in section: String) -> [Assignment] {
        let all = assignments.filter { $0.section == section && $0.key == key }
        guard let reset = all.lastIndex(where: { $0.value.isEmpty }) else { return all }
        return Array(all[(reset + 1)...])
    }

    /// The value of a key that holds one: the last assignment; `nil` when there is none or it is empty.
    package func value(_ key: String, in section: String) -> String? {
        list(key, in: section).last?.value
    }

}

extension UnitFile {
    /// Joins continued lines and sorts them into sections.
    fileprivate struct Reader {
        var assignments: [Assignment] = []
        var malformed: [ParseError] = []
        var sections: [String] = []
        private var known: Set<String> = []
        var brokenHeader: Int?
        private var section: String?
        /// The line on which the logical line begins; `nil` between two of them.
        private var beginning: Int?
        private var pending = ""

        mutating func take(_ text: Substring, number: Int) {
            let marked = number == 1 && text.unicodeScalars.first == "\u{FEFF}"
            var bytes = (marked ? Substring(text.unicodeScalars.dropFirst()) : text).utf8.drop(while: \.isWhitespace)
            if bytes.last == .carriageReturn { bytes.removeLast() }
            let line = Substring(bytes)
            if let first = line.utf8.first, first == .numberSign || first == .semicolon { return }
            beginning = beginning ?? number
            // An even number of backslashes at the end is no continuation.
            let slashes = line.utf8.reversed().prefix { $0 == .backslash }.count
            guard slashes % 2 == 1 else {
                pending += line
                return endLogicalLine()
            }
            pending += Substring(line.utf8.dropLast())
            pending += " "
        }

        mutating func endLogicalLine() {
            guard let number = beginning else { return }
            let text = pending
            beginning = nil
            pending = ""
            let line = text[...].stripped
            guard let first = line.utf8.first else { return }
            if first == UInt8(ascii: "[") {
                guard line.utf8.last == UInt8(ascii: "]") else {
                    malformed.append(ParseError(line: number, "expected ] at the end of a section header"))
                    if brokenHeader == nil { brokenHeader = number }
                    return
                }
                let name = String(Substring(line.utf8.dropFirst().dropLast()))
                if known.insert(name).inserted { sections.append(name) }
                section = name
                return
            }
            guard let section else {
                malformed.append(ParseError(line: number, "expected a section before the first assignment"))
                return
            }
            guard let equals = line.utf8.firstIndex(of: UInt8(ascii: "=")) else {
                malformed.append(ParseError(line: number, "expected key=value"))
                return
            }
            let key = line[..<equals].stripped
            guard !key.isEmpty else {
                malformed.append(ParseError(line: number, "expected a key before ="))
                return
            }
            let value = line[line.utf8.index(after: equals)...].stripped
            assignments.append(Assignment(line: number, section: section, key: String(key), value: String(value)))
        }
    }
}
