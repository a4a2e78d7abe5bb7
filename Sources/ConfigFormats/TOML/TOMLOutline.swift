/// One header, assignment or list element of a TOML document, and its bytes.
struct TOMLStatement {
    enum Kind {
        /// `[a.b]`.
        case header
        /// `[[a.b]]`.
        case listHeader
        /// `a.b = value`, on a line of its own or in braces.
        case assignment
        /// A value in a list.
        case element
    }

    var kind: Kind

    /// What it is about, from the root.
    var path: [TOMLPath.Step]

    /// The keys that are written here, which are the end of `path`; none for an element.
    var keys: [TOMLParser.Key]

    /// The bytes of the value.
    var value: Range<Int>?

    /// All its bytes, without blanks, comments and separators around it.
    var whole: Range<Int>

    /// Whether it stands in braces or brackets of another value.
    var isInsideValue: Bool

    /// How many steps of `path` are not written here.
    var scopeCount: Int { path.count - keys.count }
}

/// Where each statement of a TOML document stands: what an editor needs and no judge does.
struct TOMLOutline {
    let bytes: [UInt8]

    /// In the order of the text; what stands inside a value follows it.
    let statements: [TOMLStatement]

    /// Reads a whole document.
    init(_ bytes: [UInt8]) throws(ParseError) {
        try TOMLText.checkEncoding(of: bytes)
        var parser = TOMLParser(bytes, recording: true)
        _ = try parser.parseDocument()
        self.bytes = bytes
        statements = parser.statements ?? []
    }

    /// The statement that gives `path` a value.
    func assignment(at path: [String]) -> TOMLStatement? {
        let steps = path.map { TOMLPath.Step.key($0) }
        return statements.last { $0.kind == .assignment && $0.path == steps }
    }

    /// The header `[path]`.
    func header(at path: [String]) -> TOMLStatement? {
        let steps = path.map { TOMLPath.Step.key($0) }
        return statements.last { $0.kind == .header && $0.path == steps }
    }

    /// The headers and assignments that are no part of a value.
    var lines: [TOMLStatement] { statements.filter { !$0.isInsideValue } }

    /// How `path[index]` is written where the document already names it; `nil` when it does not.
    func spelling(of path: [String], at index: Int) -> [UInt8]? {
        let steps = path[...index].map { TOMLPath.Step.key($0) }
        for statement in statements where statement.path.starts(with: steps) {
            let offset = index - statement.scopeCount
            if statement.keys.indices.contains(offset) { return Array(bytes[statement.keys[offset].range]) }
        }
        return nil
    }

    // MARK: - Lines

    /// Where the line of the byte at `offset` begins.
    func lineStart(_ offset: Int) -> Int {
        (bytes[..<offset].lastIndex(of: .lineFeed) ?? -1) + 1
    }

    /// Where the line after the byte at `offset` begins; the end of the text when there is none.
    func nextLine(_ offset: Int) -> Int {
        bytes[offset...].firstIndex(of: .lineFeed).map { $0 + 1 } ?? bytes.count
    }

    /// The blanks in front of the byte at `offset`, if there is nothing else on its line before it.
    func indentation(_ offset: Int) -> [UInt8] {
        let before = bytes[lineStart(offset)..<offset]
        return before.allSatisfy(\.isBlank) ? Array(before) : []
    }

    /// What ends a line of this document.
    var lineEnd: [UInt8] {
        guard let first = bytes.firstIndex(of: .lineFeed), first > 0, bytes[first - 1] == .carriageReturn else {
            return [.lineFeed]
        }
        return [.carriageReturn, .lineFeed]
    }

    /// Whether strings are written in single quotes: the first one is.
    var prefersSingleQuotes: Bool {
        for statement in statements {
            if let value = statement.value, bytes[value.lowerBound] == UInt8(ascii: "'") { return true }
            if let value = statement.value, bytes[value.lowerBound] == UInt8(ascii: "\"") { return false }
        }
        return false
    }
}

extension TOMLParser {
    /// Notes a statement that begins at its first key, or at `start`.
    ///
    /// - Returns: where it is noted; `nil` when nothing is recorded.
    mutating func record(
        _ kind: TOMLStatement.Kind, _ keys: [Key], at path: [TOMLPath.Step], from start: Int? = nil
    ) -> Int? {
        guard statements != nil else { return nil }
        let begin = start ?? keys.first?.range.lowerBound ?? index
        statements?.append(
            TOMLStatement(
                kind: kind, path: path, keys: keys, value: nil, whole: begin..<index, isInsideValue: isInsideValue))
        return statements.map { $0.count - 1 }
    }

    /// Notes where a statement ends.
    mutating func end(_ place: Int?, value: Range<Int>?) {
        guard let place, let begin = statements?[place].whole.lowerBound else { return }
        statements?[place].value = value
        statements?[place].whole = begin..<index
    }

    /// The steps to `key` in `table`: into the last element where it is a list of tables.
    func steps(to key: Key, in table: TOMLBuilder) -> [TOMLPath.Step] {
        guard case .tables(let list) = table[key.text] else { return [.key(key.text)] }
        return [.key(key.text), .index(list.elements.count - 1)]
    }
}
