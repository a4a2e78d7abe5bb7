/// A value of a TOML document.
///
/// - Source: toml.io, "TOML v1.0.0".
package indirect enum TOMLNode: Sendable, Hashable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)

    /// A local date.
    case date(TOMLDate)

    /// A time of day, or a date with a time, as written; checked, and of no use to any setting of ours.
    case time(String)

    case array([TOMLNode])
    case table(TOMLTable)

    /// What the value is, in words for an error, with an article.
    package var kind: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .float: "a float"
        case .boolean: "a boolean"
        case .date: "a date"
        case .time: "a time"
        case .array: "a list"
        case .table: "a table"
        }
    }
}

/// A table of a TOML document, its keys in the order of the text.
package struct TOMLTable: Sendable, Hashable {
    /// The keys in the order of their first appearance.
    package let keys: [String]

    private let nodes: [String: TOMLNode]

    /// Takes the entries of a table, no key twice.
    init(_ entries: [(key: String, value: TOMLNode)]) {
        keys = entries.map(\.key)
        nodes = Dictionary(entries.map { ($0.key, $0.value) }) { first, _ in first }
    }

    /// The value of `key`; `nil` when it is not there.
    package subscript(key: String) -> TOMLNode? { nodes[key] }
}

/// A day of the calendar, checked to exist.
package struct TOMLDate: Sendable, Hashable, Comparable, CustomStringConvertible {
    package let year: Int
    package let month: Int
    package let day: Int

    /// Takes a day; `nil` when the calendar has no such day.
    package init?(year: Int, month: Int, day: Int) {
        guard 0...9999 ~= year, 1...12 ~= month else { return nil }
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard 1...lengths[month - 1] ~= day else { return nil }
        self.year = year
        self.month = month
        self.day = day
    }

    /// Whether one day is before another.
    package static func < (first: TOMLDate, second: TOMLDate) -> Bool {
        (first.year, first.month, first.day) < (second.year, second.month, second.day)
    }

    package var description: String { "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))" }

    private func padded(_ number: Int, _ width: Int) -> String {
        String(repeating: "0", count: max(0, width - String(number).count)) + String(number)
    }
}
