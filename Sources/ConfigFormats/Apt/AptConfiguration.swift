/// apt's settings, from one file after the other, each value with the place it was set at.
///
/// Names are parts joined by `::`, in any case of letters. Files that are included are named and not read.
/// - Source: apt.conf(5); apt `apt-pkg/contrib/configuration.cc` (`ReadConfigFile`).
package struct AptConfiguration: Sendable, Equatable {
    /// One value.
    package struct Setting: Equatable, Sendable {
        /// The file, as the caller named it.
        package let file: String

        /// The line on which it ends, counted from 1.
        package let line: Int

        /// The parts of its name in small letters; an empty last part is a nameless member of a list.
        package let name: [String]
        package let value: String
    }

    /// What was done, in order: nothing is looked for while reading, so a long file costs no more than its length.
    private enum Event: Equatable, Sendable {
        case set(Setting)
        case clear([String])
    }

    /// The most blocks in one another, the longest name in bytes with those of its blocks, and the most statements.
    ///
    /// apt has no such limits. Each statement holds its whole name, so without them the memory grows with the square of the
    /// text; a Debian system has some hundred statements, at most six parts to a name.
    package static let limits = (depth: 32, nameBytes: 512, statements: 10_000)

    private var events: [Event] = []

    /// The directives that name other files.
    package private(set) var inclusions: [Setting] = []

    /// Settings before any file was read.
    package init() {}

    /// Reads a whole file after those before it.
    ///
    /// - Throws: what stops apt itself, or passes one of the limits; what stands before that place has been taken in.
    package mutating func read(_ bytes: [UInt8], file: String) throws(ParseError) {
        var reader = AptConfigurationReader(room: Self.limits.statements - events.count - inclusions.count)
        for (offset, line) in bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated() {
            for statement in try reader.statements(in: line, line: offset + 1) {
                take(
                    Setting(file: file, line: offset + 1, name: statement.name, value: statement.value), statement.kind)
            }
        }
        try reader.end()
    }

    private mutating func take(_ setting: Setting, _ kind: AptConfigurationReader.Statement.Kind) {
        switch kind {
        case .value: events.append(.set(setting))
        case .clear:
            // A name with an empty end names no setting, so it clears none.
            if !setting.value.hasSuffix("::") { events.append(.clear(setting.value.lowercased().parts)) }
        case .include: inclusions.append(setting)
        }
    }

    /// The value of a name; `nil` when it was never set, or was cleared since.
    package func value(_ name: String) -> Setting? {
        let wanted = name.lowercased().parts
        for event in events.reversed() {
            switch event {
            case .set(let setting) where setting.name == wanted: return setting
            case .clear(let root) where wanted.starts(with: root): return nil
            case .set, .clear: break
            }
        }
        return nil
    }

    /// The members of a list, named and nameless ones, in order; a name that is set again keeps its place.
    package func list(_ name: String) -> [Setting] {
        let root = name.lowercased().parts
        // A member that was cleared leaves a gap, so that the others keep their places.
        var members: [Setting?] = []
        var places: [String: Int] = [:]
        for event in events {
            switch event {
            case .set(let setting):
                guard setting.name.count == root.count + 1, setting.name.starts(with: root),
                    let last = setting.name.last
                else { continue }
                if !last.isEmpty, let place = places[last] {
                    members[place] = setting
                } else {
                    places[last] = members.count
                    members.append(setting)
                }
            case .clear(let cleared) where root.starts(with: cleared):
                members = []
                places = [:]
            case .clear(let cleared) where cleared.starts(with: root) && cleared.count == root.count + 1:
                if let place = cleared.last.flatMap({ places.removeValue(forKey: $0) }) { members[place] = nil }
            case .clear: break
            }
        }
        return members.compactMap { $0 }
    }
}

extension String {
    /// The parts of a name of apt's settings: `a::b::` has an empty third one.
    fileprivate var parts: [String] {
        var parts: [String] = []
        var part: [UInt8] = []
        var bytes = utf8[...]
        while let byte = bytes.popFirst() {
            if byte == UInt8(ascii: ":"), bytes.first == byte {
                bytes.removeFirst()
                parts.append(String(decoding: part, as: UTF8.self))
                part = []
            } else {
                part.append(byte)
            }
        }
        return parts + [String(decoding: part, as: UTF8.self)]
    }
}

/// Takes lines and gives whole statements.
private struct AptConfigurationReader {
    /// One statement, its name complete.
    struct Statement {
        enum Kind { case value, clear, include }

        var kind = Kind.value
        var name: [String] = []
        var value: String
    }

    /// How many statements there may still be.
    private var room: Int
    private var isInComment = false
    /// What was read of a statement that is not complete.
    private var pending: [UInt8] = []
    private var pendingLine = 0
    private var parent = ""
    private var stack: [String] = []

    init(room: Int) { self.room = room }

    mutating func statements(in line: ArraySlice<UInt8>, line number: Int) throws(ParseError) -> [Statement] {
        var found: [Statement] = []
        var fragment: [UInt8] = []
        var isQuoted = false
        for byte in withoutComments(line) {
            if byte == .quotation { isQuoted.toggle() }
            if !isQuoted, byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}") || byte == .semicolon {
                append(fragment, number)
                fragment = []
                guard let statement = try terminate(byte, line: number) else { continue }
                guard room > 0 else {
                    let most = AptConfiguration.limits.statements
                    throw ParseError(line: number, "expected at most \(most) settings", isLimit: true)
                }
                room -= 1
                found.append(statement)
            } else {
                fragment.append(byte)
            }
        }
        append(fragment, number)
        return found
    }

    /// A file may not end within a statement; a block that is never closed is closed by its end.
    func end() throws(ParseError) {
        guard pending.isEmpty else { throw ParseError(line: pendingLine, "expected ; after the last setting") }
    }

    private mutating func append(_ fragment: [UInt8], _ line: Int) {
        var text = fragment[...].drop(while: \.isCSpace)
        while text.last?.isCSpace == true { text.removeLast() }
        guard !text.isEmpty else { return }
        if !pending.isEmpty { pending.append(.space) }
        pending += text
        pendingLine = line
    }

    private mutating func withoutComments(_ line: ArraySlice<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        var rest = line
        if isInComment {
            guard let close = Self.closing(rest) else { return [] }
            rest = rest[close...]
            isInComment = false
        }
        // apt looks for the end of the line first: a number sign within a comment of the other kind cuts its end off too.
        rest = Self.beforeLineComment(rest)
        var isQuoted = false
        while let byte = rest.first {
            if byte == .quotation { isQuoted.toggle() }
            if !isQuoted, rest.starts(with: "/*".utf8) {
                guard let close = Self.closing(rest) else {
                    isInComment = true
                    break
                }
                rest = rest[close...]
                continue
            }
            text.append(byte)
            rest.removeFirst()
        }
        return text
    }

    private static func beforeLineComment(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var isQuoted = false
        for index in line.indices {
            let rest = line[index...]
            if line[index] == .quotation { isQuoted.toggle() }
            guard !isQuoted else { continue }
            if rest.starts(with: "//".utf8) { return line[..<index] }
            if line[index] == .numberSign, !rest.starts(with: "#clear".utf8), !rest.starts(with: "#include".utf8) {
                return line[..<index]
            }
        }
        return line
    }

    private static func closing(_ text: ArraySlice<UInt8>) -> Int? {
        text.indices.first { text[$0...].starts(with: "*/".utf8) }.map { $0 + 2 }
    }

    private mutating func terminate(_ sign: UInt8, line: Int) throws(ParseError) -> Statement? {
        let isOpening = sign == UInt8(ascii: "{")
        defer { if sign == UInt8(ascii: "}") { parent = stack.popLast() ?? "" } }
        guard !pending.isEmpty else {
            if isOpening { throw ParseError(line: line, "expected a name before {") }
            return nil
        }
        var rest = pending[...]
        pending = []
        guard var tag = AptWord.next(&rest) else { throw ParseError(line: line, "expected a name") }
        var value = Self.quoted(&rest) ?? AptWord.next(&rest)
        guard rest.isEmpty else { throw ParseError(line: line, "expected ; after the value") }
        if value == nil, !isOpening {
            value = tag
            tag = ""
        }
        if value == "#clear", tag.isEmpty || isOpening {
            throw ParseError(line: line, "expected a name after #clear")
        }
        if !isOpening, tag.utf8.first == .numberSign { return try directive(tag, value, line: line) }
        let item = parent.isEmpty ? tag : "\(parent)::\(tag)"
        let limits = AptConfiguration.limits
        guard item.utf8.count <= limits.nameBytes else {
            throw ParseError(line: line, "expected a name of at most \(limits.nameBytes) bytes", isLimit: true)
        }
        if isOpening {
            guard stack.count < limits.depth else {
                throw ParseError(line: line, "expected at most \(limits.depth) blocks in one another", isLimit: true)
            }
            stack.append(parent)
            parent = item
        }
        return value.map { Statement(name: item.lowercased().parts, value: $0) }
    }

    private func directive(_ tag: String, _ value: String?, line: Int) throws(ParseError) -> Statement? {
        guard parent.isEmpty else { throw ParseError(line: line, "expected \(tag) outside of all blocks") }
        guard let value else { return nil }
        switch tag {
        case "#clear": return Statement(kind: .clear, value: value)
        case "#include": return Statement(kind: .include, value: value)
        default: throw ParseError(line: line, "expected #clear or #include, found \"\(tag)\"")
        }
    }

    /// A value of quoted parts alone, taken as they are between their quotes, with a blank between two of them.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String? {
        var parts: [String] = []
        var left = rest
        while left.first == .quotation {
            guard let close = left.dropFirst().firstIndex(of: .quotation) else { return nil }
            parts.append(String(decoding: left[(left.startIndex + 1)..<close], as: UTF8.self))
            left = left[(close + 1)...]
            guard left.first.map(\.isCSpace) ?? true else { return nil }
            left = left.drop(while: \.isCSpace)
        }
        guard left.isEmpty, !parts.isEmpty else { return nil }
        rest = left
        return parts.joined(separator: " ")
    }
}
