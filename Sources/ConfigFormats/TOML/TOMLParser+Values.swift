internal import TextForms

extension TOMLParser {
    /// Reads a value that begins at the index, with `depth` keys and lists around it.
    ///
    /// What is recorded of its parts is recorded below `statement`.
    mutating func parseValue(depth: Int, recordedAt statement: Int? = nil) throws(ParseError) -> TOMLBuilder.Item {
        let (outer, wasInside) = (scope, isInsideValue)
        defer { (scope, isInsideValue) = (outer, wasInside) }
        if let statement { scope = statements?[statement].path ?? [] }
        isInsideValue = true
        let place = position(at: index)
        let value: TOMLBuilder.Value
        switch peek() {
        case UInt8(ascii: "\""):
            value = .scalar(
                .string(
                    looking(at: "\"\"\"") ? try parseMultilineString(quote: UInt8(ascii: "\"")) : try parseBasicString()
                ))
        case UInt8(ascii: "'"):
            value = .scalar(
                .string(
                    looking(at: "'''") ? try parseMultilineString(quote: UInt8(ascii: "'")) : try parseLiteralString()))
        case UInt8(ascii: "["): value = try parseList(depth: depth)
        case UInt8(ascii: "{"): value = try parseInlineTable(depth: depth)
        default: value = .scalar(try parseScalar(at: place))
        }
        return TOMLBuilder.Item(value: value, position: place)
    }

    private mutating func parseList(depth: Int) throws(ParseError) -> TOMLBuilder.Value {
        guard depth < TOMLText.maximumDepth else { throw error("expected at most \(TOMLText.maximumDepth) levels") }
        index += 1
        var items: [TOMLBuilder.Item] = []
        while true {
            try skipLines()
            if peek() == UInt8(ascii: "]") { break }
            let element = statements == nil ? nil : record(.element, [], at: scope + [.index(items.count)])
            let start = index
            items.append(try parseValue(depth: depth + 1, recordedAt: element))
            end(element, value: start..<index)
            try skipLines()
            if peek() == UInt8(ascii: "]") { break }
            try expect(UInt8(ascii: ","), "or \"]\" in a list")
        }
        index += 1
        return .list(items)
    }

    /// Skips blanks, line ends and comments, as they may stand in a list.
    private mutating func skipLines() throws(ParseError) {
        repeat {
            skipBlanks()
            try takeComment()
        } while takeLineEnd()
    }

    private mutating func parseInlineTable(depth: Int) throws(ParseError) -> TOMLBuilder.Value {
        index += 1
        let table = TOMLBuilder(.dotted)
        skipBlanks()
        if peek() != UInt8(ascii: "}") {
            while true {
                try parseAssignment(into: table, depth: depth)
                skipBlanks()
                if peek() == UInt8(ascii: "}") { break }
                try expect(UInt8(ascii: ","), "or \"}\" in a table on one line")
            }
        }
        index += 1
        table.origin = .inline
        return .table(table)
    }

    /// Reads a boolean, a number, a date or a time.
    private mutating func parseScalar(at place: TOMLPosition) throws(ParseError) -> TOMLNode {
        let word = bytes[index...].prefix(while: \.isScalarByte)
        guard !word.isEmpty else { throw error("expected a value, found \(found)", place) }
        var text = String(decoding: word, as: UTF8.self)
        index = word.endIndex
        // A blank may stand between a date and its time.
        if TOMLScalar.date(text) != nil, peek() == .space, peek(1)?.isDigit == true {
            let time = bytes[(index + 1)...].prefix(while: \.isScalarByte)
            text += "T" + String(decoding: time, as: UTF8.self)
            index = time.endIndex
        }
        guard let node = TOMLScalar.node(text) else {
            throw error("expected a value, found \"\(text.prefix(40))\"", place)
        }
        return node
    }
}

extension UInt8 {
    /// What booleans, numbers, dates and times are made of.
    fileprivate var isScalarByte: Bool {
        isBareKeyByte || self == UInt8(ascii: "+") || self == UInt8(ascii: ".") || self == UInt8(ascii: ":")
    }
}

/// The values of TOML that are one word.
enum TOMLScalar {
    /// What the word means; `nil` when it is no value, or an integer beyond 64 bits.
    static func node(_ text: String) -> TOMLNode? {
        switch text {
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        case "inf", "+inf": return .float(.infinity)
        case "-inf": return .float(-.infinity)
        case "nan", "+nan", "-nan": return .float(.nan)
        default: break
        }
        if let integer = integer(text) { return .integer(integer) }
        if let float = float(text) { return .float(float) }
        if let date = date(text) { return .date(date) }
        return isTime(text) ? .time(text) : nil
    }

    private static func integer(_ text: String) -> Int64? {
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where text.hasPrefix(prefix) {
            let digits = text.utf8.dropFirst(2)
            guard areGrouped(digits, \.isHexadecimalDigit) else { return nil }
            return Int64(plain(digits), radix: radix)
        }
        let digits = unsigned(text)
        guard isWholeNumber(digits) else { return nil }
        return Int64((text.utf8.first == UInt8(ascii: "-") ? "-" : "") + plain(digits))
    }

    private static func float(_ text: String) -> Double? {
        var rest = unsigned(text)
        let whole = rest.prefix { $0 != UInt8(ascii: ".") && $0 | 0x20 != UInt8(ascii: "e") }
        guard isWholeNumber(whole) else { return nil }
        rest = rest[whole.endIndex...]
        guard !rest.isEmpty else { return nil }
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { $0 | 0x20 != UInt8(ascii: "e") }
            guard areGrouped(fraction, \.isDigit) else { return nil }
            rest = rest[fraction.endIndex...]
        }
        if !rest.isEmpty, !areGrouped(unsigned(Substring(rest.dropFirst())), \.isDigit) { return nil }
        return Double(plain(text[...].utf8))
    }

    /// A local date, `2026-12-31`.
    static func date(_ text: String) -> TOMLDate? {
        let parts = Array(text.utf8).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard parts.map(\.count) == [4, 2, 2] else { return nil }
        let numbers = parts.compactMap(number)
        guard numbers.count == 3 else { return nil }
        return TOMLDate(year: numbers[0], month: numbers[1], day: numbers[2])
    }

    /// Whether the word is a time of day, or a date and a time with or without an offset.
    private static func isTime(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count > 10, bytes[10] | 0x20 == UInt8(ascii: "t") else { return isTimeOfDay(bytes[...]) }
        guard date(String(decoding: bytes[..<10], as: UTF8.self)) != nil else { return false }
        var time = bytes[11...]
        if let last = time.last, last | 0x20 == UInt8(ascii: "z") {
            time = time.dropLast()
        } else if time.count > 6, let sign = time.dropLast(5).last,
            sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-")
        {
            guard isClock(time.suffix(5), seconds: false) else { return false }
            time = time.dropLast(6)
        }
        return isTimeOfDay(time)
    }

    private static func isTimeOfDay(_ bytes: ArraySlice<UInt8>) -> Bool {
        let fraction = bytes.dropFirst(8)
        guard isClock(bytes.prefix(8), seconds: true) else { return false }
        guard !fraction.isEmpty else { return true }
        return fraction.first == UInt8(ascii: ".") && fraction.count > 1 && fraction.dropFirst().allSatisfy(\.isDigit)
    }

    private static func isClock(_ bytes: ArraySlice<UInt8>, seconds: Bool) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == (seconds ? 3 : 2), parts.allSatisfy({ $0.count == 2 }) else { return false }
        let numbers = parts.compactMap(number)
        return numbers.count == parts.count && numbers[0] < 24 && numbers.dropFirst().allSatisfy { $0 < 60 }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        digits.allSatisfy(\.isDigit) ? Int(String(decoding: digits, as: UTF8.self)) : nil
    }

    private static func unsigned(_ text: some StringProtocol) -> Substring.UTF8View {
        let bytes = Substring(text).utf8
        return bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes
    }

    /// Digits without a leading zero; `_` may stand between two.
    private static func isWholeNumber(_ digits: Substring.UTF8View) -> Bool {
        areGrouped(digits, \.isDigit) && (digits.count == 1 || digits.first != UInt8(ascii: "0"))
    }

    private static func areGrouped(_ digits: Substring.UTF8View, _ isDigit: (UInt8) -> Bool) -> Bool {
        digits.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
            .allSatisfy { !$0.isEmpty && $0.allSatisfy(isDigit) }
    }

    private static func plain(_ text: Substring.UTF8View) -> String {
        String(decoding: text.filter { $0 != UInt8(ascii: "_") }, as: UTF8.self)
    }
}
