/// A protobuf message in the making: the fields of a question, in order.
///
/// A field with its default is not written, as proto3 has it.
///
/// - Source: protobuf.dev, Encoding.
struct WireMessage: Equatable, Sendable {
    private(set) var bytes: [UInt8] = []

    /// Adds a text; an empty one is not written.
    mutating func add(_ number: UInt64, _ text: String) {
        if !text.isEmpty { add(number, Array(text.utf8)) }
    }

    /// Adds a message, also one without fields.
    mutating func add(_ number: UInt64, _ message: WireMessage) { add(number, message.bytes) }

    /// Adds a number or the value of an enumeration; 0 is not written.
    mutating func add(_ number: UInt64, _ value: UInt64) {
        guard value != 0 else { return }
        addVarint(number << 3)
        addVarint(value)
    }

    /// Adds one entry of a map of texts.
    mutating func add(_ number: UInt64, key: String, value: String) {
        var entry = WireMessage()
        entry.add(1, key)
        entry.add(2, value)
        add(number, entry)
    }

    private mutating func add(_ number: UInt64, _ content: [UInt8]) {
        addVarint(number << 3 | 2)
        addVarint(UInt64(content.count))
        bytes += content
    }

    private mutating func addVarint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
