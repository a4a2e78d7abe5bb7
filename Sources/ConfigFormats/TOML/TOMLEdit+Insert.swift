/// Where a new key goes.
extension TOMLEdit {
    /// Inserts `line`, a key with its value, into the table at `table`.
    mutating func insert(_ line: String, into table: [String], for path: [String]) throws(TOMLEditError) {
        guard !table.isEmpty else { return try insertFirst(line, for: path) }
        if let header = outline.header(at: table) { return try append(line, to: header, for: path) }
        for count in stride(from: table.count, through: 1, by: -1) {
            let prefix = Array(table[..<count])
            let rest = table[count...].map { Self.bare($0) + "." }.joined()
            if let outer = outline.assignment(at: prefix) {
                return try insert(rest + line, intoBracesOf: outer, for: path)
            }
            if let neighbour = dotted(into: prefix) {
                let offset = count - neighbour.scopeCount - 1
                let range = neighbour.keys[0].range.lowerBound..<neighbour.keys[offset].range.upperBound
                let written = String(decoding: bytes[range], as: UTF8.self)
                return try insert("\(written).\(rest)\(line)", beside: neighbour, for: path)
            }
            let steps = prefix.map { TOMLPath.Step.key($0) }
            if outline.statements.contains(where: { $0.kind == .header && $0.path.starts(with: steps) }) { break }
        }
        try insertSection(table, holding: line, for: path)
    }

    /// The last assignment whose own dotted keys lead through the table at `prefix`.
    private func dotted(into prefix: [String]) -> TOMLStatement? {
        let steps = prefix.map { TOMLPath.Step.key($0) }
        return outline.statements.last { statement in
            statement.kind == .assignment && statement.path.count > steps.count && statement.path.starts(with: steps)
                && statement.scopeCount < steps.count
        }
    }

    /// A key of the root stands in the first line: after a header it would be another table's.
    private mutating func insertFirst(_ line: String, for path: [String]) throws(TOMLEditError) {
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        let end = bytes.isEmpty ? "\n" : String(decoding: outline.lineEnd, as: UTF8.self)
        let start = hasMark ? 3 : 0
        try replace(start..<start, with: line + end, for: path)
    }

    /// Inserts `line` after the last key of a table with a header, or right after the header.
    private mutating func append(_ line: String, to header: TOMLStatement, for path: [String]) throws(TOMLEditError) {
        let after = outline.lines.drop { $0.whole.lowerBound <= header.whole.lowerBound }
        let own = after.prefix { $0.kind == .assignment }
        if let last = own.last { return try insert(line, beside: last, for: path) }
        let indentation = outline.indentation(header.whole.lowerBound) + bodyStep
        try insert(line, after: header, indentation: indentation, for: path)
    }

    /// Inserts `text` after an assignment: on a line of its own, or after a comma in braces.
    private mutating func insert(_ text: String, beside neighbour: TOMLStatement, for path: [String])
        throws(TOMLEditError)
    {
        guard !neighbour.isInsideValue else {
            let end = neighbour.whole.upperBound
            return try replace(end..<end, with: ", " + text, for: path)
        }
        let indentation = outline.indentation(neighbour.whole.lowerBound)
        try insert(text, after: neighbour, indentation: indentation, for: path)
    }

    private mutating func insert(
        _ line: String, after statement: TOMLStatement, indentation: [UInt8], for path: [String]
    ) throws(TOMLEditError) {
        try insert(
            [String(decoding: indentation, as: UTF8.self) + line], at: outline.nextLine(statement.whole.upperBound),
            for: path)
    }

    private mutating func insert(_ text: String, intoBracesOf outer: TOMLStatement, for path: [String])
        throws(TOMLEditError)
    {
        guard let value = outer.value, bytes[value.lowerBound] == UInt8(ascii: "{") else {
            throw TOMLEditError(path, "what leads there is no table")
        }
        let inner = outline.statements.last { statement in
            statement.isInsideValue && statement.path.count > outer.path.count
                && statement.path.starts(with: outer.path)
                && statement.scopeCount == outer.path.count && value.contains(statement.whole.lowerBound)
        }
        guard let inner else { return try replace(value, with: "{ \(text) }", for: path) }
        try replace(inner.whole.upperBound..<inner.whole.upperBound, with: ", " + text, for: path)
    }

    /// Inserts a header with one key: after the tables that share most of its path, else at the end.
    private mutating func insertSection(_ table: [String], holding line: String, for path: [String])
        throws(TOMLEditError)
    {
        let headers = outline.lines.filter { $0.kind == .header }
        var relatives: [TOMLStatement] = []
        var shared = table.count
        while shared > 0, relatives.isEmpty {
            shared -= 1
            let steps = table[..<shared].map { TOMLPath.Step.key($0) }
            relatives = shared == 0 ? [] : headers.filter { $0.path.starts(with: steps) }
            if shared == 0 { break }
        }
        let own = relatives.first { $0.path.count == shared }
        var indentation = own.map { outline.indentation($0.whole.lowerBound) } ?? []
        if let own, !indentation.isEmpty || !headerStep.isEmpty {
            for _ in own.path.count..<table.count { indentation += headerStep }
        } else if let sibling = relatives.first {
            indentation = outline.indentation(sibling.whole.lowerBound)
        }
        let indent = String(decoding: indentation, as: UTF8.self)
        let body = indent + String(decoding: bodyStep, as: UTF8.self)
        let quote = outline.prefersSingleQuotes ? "'" : "\""
        let name = table.indices.map { index in
            outline.spelling(of: table, at: index).map { String(decoding: $0, as: UTF8.self) }
                ?? Self.quoted(table[index], quote)
        }.joined(separator: ".")
        let place = sectionEnd(after: relatives.last)
        let isBlankBefore = place == 0 || bytes[outline.lineStart(place - 1)..<place].allSatisfy(\.isWhitespace)
        try insert((isBlankBefore ? [] : [""]) + ["\(indent)[\(name)]", body + line], at: place, for: path)
    }

    /// Where the section of `header` ends: before the blank lines and comments that lead to the next header.
    private func sectionEnd(after header: TOMLStatement?) -> Int {
        let lines = outline.lines
        guard let header else { return bytes.count }
        let rest = lines.drop { $0.whole.lowerBound <= header.whole.lowerBound }
        guard let next = rest.first(where: { $0.kind != .assignment }) else { return bytes.count }
        let last = rest.prefix { $0.kind == .assignment }.last ?? header
        let floor = outline.nextLine(last.whole.upperBound)
        var place = outline.lineStart(next.whole.lowerBound)
        var isBlankSeen = false
        while place > floor {
            let above = outline.lineStart(place - 1)
            let isBlank = bytes[above..<place].allSatisfy(\.isWhitespace)
            if isBlankSeen && !isBlank { break }
            isBlankSeen = isBlankSeen || isBlank
            place = above
        }
        return place
    }

    /// Inserts whole lines at the beginning of a line, or at the end of a text whose last line may have no end.
    private mutating func insert(_ lines: [String], at place: Int, for path: [String]) throws(TOMLEditError) {
        let end = String(decoding: outline.lineEnd, as: UTF8.self)
        let isOpen = place == bytes.count && !bytes.isEmpty && bytes.last != .lineFeed
        let text = isOpen ? lines.map { end + $0 }.joined() : lines.map { $0 + end }.joined()
        try replace(place..<place, with: text, for: path)
    }

    // MARK: - Manners

    /// By how much a header is indented beyond the one above it: the smallest indentation of any.
    private var headerStep: [UInt8] {
        outline.lines.filter { $0.kind == .header }.map { outline.indentation($0.whole.lowerBound) }
            .filter { !$0.isEmpty }.min { $0.count < $1.count } ?? []
    }

    /// By how much a key is indented beyond its header, as the first one is.
    private var bodyStep: [UInt8] {
        let lines = outline.lines
        for (header, key) in zip(lines, lines.dropFirst()) where header.kind == .header && key.kind == .assignment {
            let outer = outline.indentation(header.whole.lowerBound)
            return Array(outline.indentation(key.whole.lowerBound).dropFirst(outer.count))
        }
        return headerStep
    }
}
