/// Reads a TOML document from front to back: lines, headers and keys.
///
/// Nesting is limited, so its recursion is; each byte is looked at a fixed number of times.
struct TOMLParser {
    /// A key of a header or an assignment, and where it stands.
    struct Key {
        var text: String
        var position: TOMLPosition
        /// Its bytes, quotes included.
        var range: Range<Int>
    }

    let bytes: [UInt8]
    var index = 0
    /// Where everything stands, in the order of the text; kept for editors alone.
    var statements: [TOMLStatement]?
    /// The place that the keys of the next assignment start from.
    var scope: [TOMLPath.Step] = []
    var isInsideValue = false
    private var counted: (index: Int, position: TOMLPosition) = (0, .start)
    private let root = TOMLBuilder(.header)
    private var current: TOMLBuilder
    private var currentDepth = 0

    init(_ bytes: [UInt8], recording: Bool = false) {
        self.bytes = bytes
        statements = recording ? [] : nil
        current = root
    }

    /// The root table; the text has been valid to its end then.
    mutating func parseDocument() throws(ParseError) -> TOMLBuilder {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            index = 3
            counted.index = 3
        }
        while true {
            skipBlanks()
            switch peek() {
            case nil: return root
            case .lineFeed, .carriageReturn, .numberSign: break
            case UInt8(ascii: "["): try parseHeader()
            default: try parseAssignment(into: current, depth: currentDepth)
            }
            try endLine()
        }
    }

    // MARK: - Reading

    func peek(_ distance: Int = 0) -> UInt8? {
        index + distance < bytes.count ? bytes[index + distance] : nil
    }

    func looking(at text: String) -> Bool { bytes[index...].starts(with: text.utf8) }

    mutating func skipBlanks() {
        while let byte = peek(), byte.isBlank { index += 1 }
    }

    /// The place of a byte; cheap while the places asked for go forward.
    mutating func position(at offset: Int) -> TOMLPosition {
        if offset < counted.index { counted = (0, .start) }
        var (line, column) = (counted.position.line, counted.position.column)
        for byte in bytes[counted.index..<offset] {
            if byte == .lineFeed {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        counted = (offset, TOMLPosition(line: line, column: column))
        return counted.position
    }

    mutating func error(_ problem: String, at offset: Int? = nil) -> ParseError {
        error(problem, position(at: offset ?? index))
    }

    func error(_ problem: String, _ place: TOMLPosition) -> ParseError {
        ParseError(line: place.line, column: place.column, problem)
    }

    /// What stands at the index, in words.
    var found: String {
        guard let byte = peek() else { return "the end of the file" }
        if byte == .lineFeed || byte == .carriageReturn && peek(1) == .lineFeed { return "the end of the line" }
        if byte < 0x20 || byte == 0x7F { return "a control character" }
        guard let scalar = String(decoding: bytes[index...].prefix(4), as: UTF8.self).unicodeScalars.first else {
            return "nothing"
        }
        return "\"\(scalar)\""
    }

    mutating func expect(_ byte: UInt8, _ place: String) throws(ParseError) {
        guard peek() == byte else {
            throw error("expected \"\(Character(Unicode.Scalar(byte)))\" \(place), found \(found)")
        }
        index += 1
    }

    /// Takes a line end if there is one; a carriage return alone is none.
    mutating func takeLineEnd() -> Bool {
        if peek() == .lineFeed {
            index += 1
        } else if peek() == .carriageReturn, peek(1) == .lineFeed {
            index += 2
        } else {
            return false
        }
        return true
    }

    /// Takes a comment if there is one, up to the end of the line.
    mutating func takeComment() throws(ParseError) {
        guard peek() == .numberSign else { return }
        while let byte = peek(), byte != .lineFeed, !(byte == .carriageReturn && peek(1) == .lineFeed) {
            guard byte >= 0x20 && byte != 0x7F || byte == .tab else {
                throw error("expected no control character in a comment")
            }
            index += 1
        }
    }

    private mutating func endLine() throws(ParseError) {
        skipBlanks()
        try takeComment()
        guard peek() != nil, !takeLineEnd() else { return }
        throw error("expected the end of the line, found \(found)")
    }

    // MARK: - Keys

    mutating func parseKeys(depth: Int) throws(ParseError) -> [Key] {
        var keys: [Key] = []
        while true {
            skipBlanks()
            guard depth + keys.count < TOMLText.maximumDepth else {
                throw error("expected at most \(TOMLText.maximumDepth) levels")
            }
            keys.append(try parseKey())
            skipBlanks()
            guard peek() == UInt8(ascii: ".") else { return keys }
            index += 1
        }
    }

    private mutating func parseKey() throws(ParseError) -> Key {
        let start = index
        let place = position(at: start)
        if looking(at: "\"\"\"") || looking(at: "'''") { throw error("expected a key on one line") }
        let text: String
        if peek() == UInt8(ascii: "\"") {
            text = try parseBasicString()
        } else if peek() == UInt8(ascii: "'") {
            text = try parseLiteralString()
        } else {
            let bare = bytes[index...].prefix(while: \.isBareKeyByte)
            guard !bare.isEmpty else { throw error("expected a key, found \(found)") }
            index = bare.endIndex
            text = String(decoding: bare, as: UTF8.self)
        }
        return Key(text: text, position: place, range: start..<index)
    }

    /// Reads `a.b = value` into `table`.
    mutating func parseAssignment(into table: TOMLBuilder, depth: Int) throws(ParseError) {
        var keys = try parseKeys(depth: depth)
        let place = statements == nil ? nil : record(.assignment, keys, at: scope + keys.map { .key($0.text) })
        let depth = depth + keys.count
        try expect(UInt8(ascii: "="), "after a key")
        guard let last = keys.popLast() else { return }
        var table = table
        for key in keys {
            switch table[key.text] {
            case nil:
                let child = TOMLBuilder(.dotted)
                table.set(key.text, at: key.position, to: .init(value: .table(child), position: key.position))
                table = child
            case .table(let child) where child.origin == .dotted || child.origin == .implicit:
                child.origin = .dotted
                table = child
            default: throw error("\"\(key.text)\" is there already and cannot be added to", key.position)
            }
        }
        guard table[last.text] == nil else { throw error("\"\(last.text)\" is there already", last.position) }
        skipBlanks()
        let start = index
        table.set(last.text, at: last.position, to: try parseValue(depth: depth, recordedAt: place))
        end(place, value: start..<index)
    }

    // MARK: - Headers

    private mutating func parseHeader() throws(ParseError) {
        let start = index
        let isList = peek(1) == UInt8(ascii: "[")
        index += isList ? 2 : 1
        var keys = try parseKeys(depth: 0)
        currentDepth = keys.count
        try expect(UInt8(ascii: "]"), "at the end of a header")
        if isList { try expect(UInt8(ascii: "]"), "at the end of a header") }
        let all = keys
        guard let last = keys.popLast() else { return }
        var table = root
        scope = []
        for key in keys {
            let next = try descend(from: table, to: key)
            scope += steps(to: key, in: table)
            table = next
        }
        defer {
            scope += steps(to: last, in: table)
            let place = record(isList ? .listHeader : .header, all, at: scope, from: start)
            end(place, value: nil)
        }
        let item: TOMLBuilder.Item
        switch (table[last.text], isList) {
        case (nil, false):
            current = TOMLBuilder(.header)
            item = .init(value: .table(current), position: last.position)
        case (nil, true):
            current = TOMLBuilder(.header)
            let list = TOMLBuilder.TableList([(current, last.position)])
            item = .init(value: .tables(list), position: last.position)
        case (.tables(let list), true):
            current = TOMLBuilder(.header)
            list.elements.append((current, last.position))
            return
        case (.table(let implicit), false) where implicit.origin == .implicit:
            implicit.origin = .header
            current = implicit
            return
        default: throw error("\"\(last.text)\" is there already", last.position)
        }
        table.set(last.text, at: last.position, to: item)
    }

    private func descend(from table: TOMLBuilder, to key: Key) throws(ParseError) -> TOMLBuilder {
        switch table[key.text] {
        case nil:
            let child = TOMLBuilder(.implicit)
            table.set(key.text, at: key.position, to: .init(value: .table(child), position: key.position))
            return child
        case .table(let child) where child.origin != .inline: return child
        case .tables(let list):
            guard let last = list.elements.last else { break }
            return last.table
        default: break
        }
        throw error("\"\(key.text)\" is no table that can be added to", key.position)
    }
}

extension UInt8 {
    /// What a key without quotes is made of.
    var isBareKeyByte: Bool {
        isDigit || UInt8(ascii: "a")...UInt8(ascii: "z") ~= self || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= self
            || self == UInt8(ascii: "_") || self == UInt8(ascii: "-")
    }
}
