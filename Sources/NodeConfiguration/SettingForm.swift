internal import ConfigFormats

/// The form that a setting is written in, and how a value of another form becomes one of it.
enum SettingForm: Sendable {
    case string, boolean, integer, date, list
    /// One string, or a list of them.
    case strings

    /// What to write in place of `node` under `key`; `nil` when the form is right and only the value is not.
    ///
    /// A date, a number and a truth value stand without quotes, everything else in them.
    /// - Source: TOML 1.0, "Key/Value Pair".
    func advice(for node: TOMLNode, key: String) -> String? {
        switch (self, node) {
        case (.string, .string), (.boolean, .boolean), (.integer, .integer), (.date, .date), (.list, .array),
            (.strings, .string),
            (.strings, .array):
            nil
        case (.boolean, .string(let text)) where text == "true" || text == "false",
            (.integer, .string(let text)) where !text.isEmpty && text.utf8.count < 10 && text.allSatisfy(\.isNumber),
            (.date, .string(let text)) where Self.isDate(text):
            "remove the quotes: \(key) = \(text)"
        case (.string, .integer(let number)): "put it in quotes: \(key) = \"\(number)\""
        case (.string, .boolean(let flag)): "put it in quotes: \(key) = \"\(flag)\""
        case (.string, .date(let date)): "put it in quotes: \(key) = \"\(date)\""
        case (.list, .string(let text)) where Self.isPlain(text): "write a list: \(key) = [\"\(text)\"]"
        default: "write it as in \(key) = \(example)"
        }
    }

    private var example: String {
        switch self {
        case .string, .strings: "\"text\""
        case .boolean: "true"
        case .integer: "5"
        case .date: "2026-12-31"
        case .list: "[\"one\", \"two\"]"
        }
    }

    private static func isDate(_ text: String) -> Bool {
        text.utf8.count == 10
            && zip(text.utf8, "0000-00-00".utf8).allSatisfy { byte, model in
                model == UInt8(ascii: "0") ? (0x30...0x39).contains(byte) : byte == model
            }
    }

    /// Whether a text may stand in quotes as it is.
    private static func isPlain(_ text: String) -> Bool {
        text.utf8.count <= 64 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C }
    }
}
