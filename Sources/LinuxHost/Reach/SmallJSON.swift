/// A value of JSON, as far as the lines between the daemon and `nucprepd --reach` need it: no fractions, no `\u`.
///
/// - Source: RFC 8259.
indirect enum SmallJSON: Equatable {
    case null
    case boolean(Bool)
    case integer(Int)
    case string(String)
    case array([SmallJSON])
    case object([String: SmallJSON])

    /// The value that is the whole of `bytes`; `nil` when they are anything else, or nested deeper than eight times.
    init?(parsing bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        var parser = Parser(rest: bytes[...])
        guard let value = parser.value(depth: 0), parser.isAtEnd else { return nil }
        self = value
    }

    /// The member `name` of an object; `nil` for none, and for anything but an object.
    subscript(name: String) -> SmallJSON? {
        if case .object(let members) = self { members[name] } else { nil }
    }

    /// The text as a string of JSON.
    static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case _ where scalar.value < 0x20: quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }

    private struct Parser {
        var rest: ArraySlice<UInt8>

        var isAtEnd: Bool {
            mutating get {
                skipBlanks()
                return rest.isEmpty
            }
        }

        mutating func value(depth: Int) -> SmallJSON? {
            skipBlanks()
            guard depth <= 8, let first = rest.first else { return nil }
            switch first {
            case UInt8(ascii: "{"): return object(depth)
            case UInt8(ascii: "["): return array(depth)
            case UInt8(ascii: "\""): return string().map { .string($0) }
            case UInt8(ascii: "t"): return word("true") ? .boolean(true) : nil
            case UInt8(ascii: "f"): return word("false") ? .boolean(false) : nil
            case UInt8(ascii: "n"): return word("null") ? .null : nil
            default: return integer()
            }
        }

        private mutating func object(_ depth: Int) -> SmallJSON? {
            rest.removeFirst()
            var members: [String: SmallJSON] = [:]
            if take("}") { return .object(members) }
            repeat {
                skipBlanks()
                guard let name = string(), members[name] == nil, take(":"), let value = value(depth: depth + 1) else {
                    return nil
                }
                members[name] = value
            } while take(",")
            return take("}") ? .object(members) : nil
        }

        private mutating func array(_ depth: Int) -> SmallJSON? {
            rest.removeFirst()
            var elements: [SmallJSON] = []
            if take("]") { return .array(elements) }
            repeat {
                guard let value = value(depth: depth + 1) else { return nil }
                elements.append(value)
            } while take(",")
            return take("]") ? .array(elements) : nil
        }

        private mutating func string() -> String? {
            guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
            var bytes: [UInt8] = []
            while let byte = rest.popFirst() {
                switch byte {
                case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
                case UInt8(ascii: "\\"):
                    guard let escaped = rest.popFirst(), "\"\\/".utf8.contains(escaped) else { return nil }
                    bytes.append(escaped)
                case _ where byte < 0x20: return nil
                default: bytes.append(byte)
                }
            }
            return nil
        }

        private mutating func integer() -> SmallJSON? {
            let text = rest.prefix { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
            let isPlain = text.first == UInt8(ascii: "0") ? text.count == 1 : true
            guard isPlain, let value = Int(String(decoding: text, as: UTF8.self)) else { return nil }
            rest = rest.dropFirst(text.count)
            return .integer(value)
        }

        private mutating func word(_ text: String) -> Bool {
            guard rest.starts(with: text.utf8) else { return false }
            rest = rest.dropFirst(text.utf8.count)
            return true
        }

        private mutating func take(_ character: Character) -> Bool {
            skipBlanks()
            guard rest.first == character.asciiValue else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func skipBlanks() { rest = rest.drop { $0 == 0x20 || (0x09...0x0D).contains($0) } }
    }
}
