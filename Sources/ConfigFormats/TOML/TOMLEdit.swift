/// A value that an editor writes.
package enum TOMLLiteral: Sendable, Equatable {
    case boolean(Bool)
    case integer(Int)

    /// Printable text without quotes and backslashes.
    case string(String)

    /// A list of such texts.
    case strings([String])

    /// The value as a reader sees it.
    package var node: TOMLNode {
        switch self {
        case .boolean(let value): .boolean(value)
        case .integer(let value): .integer(Int64(value))
        case .string(let value): .string(value)
        case .strings(let values): .array(values.map { .string($0) })
        }
    }

    func text(quote: String) -> String {
        switch self {
        case .boolean(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .string(let value): quote + value + quote
        case .strings(let values): "[" + values.map { quote + $0 + quote }.joined(separator: ", ") + "]"
        }
    }
}

/// Why a TOML document cannot be edited as asked; its bytes are as before.
package struct TOMLEditError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What was to be edited.
    package let path: TOMLPath

    /// What is in the way: lower case, no period.
    package let problem: String

    init(_ path: [String], _ problem: String) {
        self.path = TOMLPath(path.map { .key($0) })
        self.problem = problem
    }

    package var description: String { "cannot edit \(path): \(problem)" }
}

/// Changes single values of a TOML document and keeps every other byte: comments, order, quotes, line ends, and a
/// missing end of the last line.
///
/// Each edit is read again before it counts, so the bytes are TOML at all times.
package struct TOMLEdit: Sendable {
    private(set) var outline: TOMLOutline

    /// The document as it is now.
    package var bytes: [UInt8] { outline.bytes }

    /// Begins with a document.
    ///
    /// - Throws: the first error, when it is no TOML.
    package init(_ bytes: [UInt8]) throws(ParseError) { outline = try TOMLOutline(bytes) }

    /// Gives the key at `path` a value, in a new line or a new table when it is not there yet.
    ///
    /// An old value is overwritten in its place. A new key stands after the last one of its table, in the manner in
    /// which that table is written: header, dotted keys or braces. A new table stands after its nearest relative.
    ///
    /// - Throws: when `path` or what leads there is something else, as a list or a table; nothing is changed then.
    package mutating func set(_ path: [String], to literal: TOMLLiteral) throws(TOMLEditError) {
        guard let key = path.last else { throw TOMLEditError(path, "the whole document is no value") }
        if let old = outline.assignment(at: path), let value = old.value {
            let first = bytes[value.lowerBound]
            guard first != UInt8(ascii: "{"), first != UInt8(ascii: "[") else {
                throw TOMLEditError(path, "it is a table or a list")
            }
            try replace(value, with: literal.text(quote: first == UInt8(ascii: "'") ? "'" : "\""), for: path)
            return
        }
        let steps = path.map { TOMLPath.Step.key($0) }
        guard !outline.statements.contains(where: { $0.path.starts(with: steps) }) else {
            throw TOMLEditError(path, "it is a table or a list")
        }
        let quote = outline.prefersSingleQuotes ? "'" : "\""
        let before = outline
        try insert("\(Self.bare(key)) = \(literal.text(quote: quote))", into: Array(path.dropLast()), for: path)
        // Through a list of tables the key would be one of its last element's.
        guard outline.assignment(at: path) != nil else {
            outline = before
            throw TOMLEditError(path, "what leads there is a list")
        }
    }

    /// How many strings one call takes out of a list: the document is read again after each of them.
    private static let mostRemovals = 64

    /// Takes strings out of the list at `path`, each with its comma, and with its line when nothing else is there.
    ///
    /// - Returns: how many were taken out; 0 when there is no such list.
    /// - Throws: when the edit would not be TOML, or there are more than 64 of them; nothing is changed then.
    @discardableResult
    package mutating func removeStrings(_ isMeant: (String) -> Bool, from path: [String]) throws(TOMLEditError) -> Int {
        let before = outline
        var count = 0
        do throws(TOMLEditError) {
            while let element = stringElement(isMeant, in: path) {
                guard count < Self.mostRemovals else {
                    throw TOMLEditError(path, "more than \(Self.mostRemovals) strings would be taken out")
                }
                try remove(element, from: path)
                count += 1
            }
        } catch {
            outline = before
            throw error
        }
        return count
    }

    /// Writes another key for `path`'s last one wherever it is named, in headers, dotted keys and braces alike.
    ///
    /// - Parameters:
    ///   - path: the key to replace.
    ///   - key: its new name.
    ///   - quote: what the new name stands in; a bare name needs none.
    /// - Returns: how many places were rewritten.
    /// - Throws: when the edit would not be TOML, as when `key` is there already; nothing is changed then.
    @discardableResult
    package mutating func rename(_ path: [String], to key: String, quote: String = "\"") throws(TOMLEditError) -> Int {
        let steps = path.map { TOMLPath.Step.key($0) }
        let index = path.count - 1
        let ranges = outline.statements.filter { $0.path.starts(with: steps) }.compactMap { statement in
            let offset = index - statement.scopeCount
            return statement.keys.indices.contains(offset) ? statement.keys[offset].range : nil
        }
        let text = Array(Self.quoted(key, quote).utf8)
        try replace(ranges.map { ($0, text) }, for: path)
        return ranges.count
    }

    /// Writes other strings for some of the list at `path`, each in its place and in its quotes.
    ///
    /// - Parameters:
    ///   - path: the list; when there is none, nothing is done.
    ///   - replacement: what is to stand instead of a string; `nil` keeps it.
    /// - Throws: when the edit would not be TOML; nothing is changed then.
    package mutating func replaceStrings(in path: [String], _ replacement: (String) -> String?) throws(TOMLEditError) {
        var changes: [(Range<Int>, [UInt8])] = []
        let steps = path.map { TOMLPath.Step.key($0) }
        for element in outline.statements
        where element.kind == .element && element.path.dropLast().elementsEqual(steps) {
            guard let range = element.value, let old = string(range), let new = replacement(old) else { continue }
            let quote = bytes[range.lowerBound] == UInt8(ascii: "'") ? "'" : "\""
            changes.append((range, Array(TOMLLiteral.string(new).text(quote: quote).utf8)))
        }
        if !changes.isEmpty { try replace(changes, for: path) }
    }

    /// Adds a string to the end of the list at `path`.
    ///
    /// - Throws: when there is no such list; nothing is changed then.
    package mutating func append(_ text: String, to path: [String]) throws(TOMLEditError) {
        guard let value = outline.assignment(at: path)?.value, bytes[value.lowerBound] == UInt8(ascii: "[") else {
            throw TOMLEditError(path, "it is no list")
        }
        let steps = path.map { TOMLPath.Step.key($0) }
        let last = outline.statements.last { $0.kind == .element && $0.path.dropLast().elementsEqual(steps) }
        guard let last else {
            let quote = outline.prefersSingleQuotes ? "'" : "\""
            let start = value.lowerBound + 1
            return try replace(start..<start, with: TOMLLiteral.string(text).text(quote: quote), for: path)
        }
        let quote = bytes[last.whole.lowerBound] == UInt8(ascii: "'") ? "'" : "\""
        let end = last.whole.upperBound
        try replace(end..<end, with: ", " + TOMLLiteral.string(text).text(quote: quote), for: path)
    }

    // MARK: - Parts

    /// The string that stands in these bytes; `nil` when it is something else.
    private func string(_ range: Range<Int>) -> String? {
        guard let text = try? TOMLText(bytes: Array("v = ".utf8) + bytes[range]),
            case .string(let value)? = text.root["v"]
        else { return nil }
        return value
    }

    mutating func replace(_ range: Range<Int>, with text: String, for path: [String]) throws(TOMLEditError) {
        try replace([(range, Array(text.utf8))], for: path)
    }

    /// Writes other bytes for ranges, which stand in the order of the text.
    private mutating func replace(_ changes: [(range: Range<Int>, text: [UInt8])], for path: [String])
        throws(TOMLEditError)
    {
        var edited: [UInt8] = []
        var place = 0
        for change in changes {
            edited += bytes[place..<change.range.lowerBound]
            edited += change.text
            place = change.range.upperBound
        }
        try take(edited + bytes[place...], for: path)
    }

    mutating func take(_ edited: [UInt8], for path: [String]) throws(TOMLEditError) {
        do throws(ParseError) {
            outline = try TOMLOutline(edited)
        } catch {
            throw TOMLEditError(path, "the result would not be TOML (\(error))")
        }
    }

    /// A key as it stands in a document, in double quotes where it has to.
    static func bare(_ key: String) -> String { quoted(key, "\"") }

    static func quoted(_ key: String, _ quote: String) -> String {
        !key.isEmpty && key.utf8.allSatisfy(\.isBareKeyByte) ? key : quote + key + quote
    }

    private func stringElement(_ isMeant: (String) -> Bool, in path: [String]) -> TOMLStatement? {
        let steps = path.map { TOMLPath.Step.key($0) }
        return outline.statements.first { element in
            element.kind == .element && element.path.dropLast().elementsEqual(steps)
                && element.value.flatMap(string).map(isMeant) ?? false
        }
    }

    private mutating func remove(_ element: TOMLStatement, from path: [String]) throws(TOMLEditError) {
        var (start, end) = (element.whole.lowerBound, element.whole.upperBound)
        var next = end
        while next < bytes.count, bytes[next].isWhitespace { next += 1 }
        if next < bytes.count, bytes[next] == UInt8(ascii: ",") {
            end = next + 1
            while end < bytes.count, bytes[end].isBlank { end += 1 }
        } else if let comma = bytes[..<start].lastIndex(where: { !$0.isBlank }), bytes[comma] == UInt8(ascii: ",") {
            // The last one: the comma before it separates nothing any more.
            start = comma
        }
        // A line that would be left blank goes as a whole.
        let lineStart = outline.lineStart(start)
        let rest = bytes[end...].prefix { $0 != .lineFeed }
        if bytes[lineStart..<start].allSatisfy(\.isBlank), rest.allSatisfy(\.isWhitespace),
            end + rest.count < bytes.count
        {
            (start, end) = (lineStart, end + rest.count + 1)
        }
        try replace(start..<end, with: "", for: path)
    }
}
