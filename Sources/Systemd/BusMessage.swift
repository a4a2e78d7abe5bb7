internal import CSystemd
internal import SystemPackage

/// One D-Bus message: a call that is being written, or an answer or a signal that is being read.
///
/// Reading moves forward through the body; a value of another type than asked for throws `EBADMSG` or `ENXIO`.
@safe package struct BusMessage: ~Copyable {
    let raw: OpaquePointer

    /// What the message is for, as the text of its errors.
    let operation: String

    /// Takes over one reference to `raw`.
    init(adopting raw: OpaquePointer, operation: String) {
        unsafe self.raw = raw
        self.operation = operation
    }

    deinit { _ = unsafe sd_bus_message_unref(raw) }

    /// Appends a string, which must not contain a zero byte.
    package borrowing func append(_ text: String) throws(BusError) {
        guard !text.utf8.contains(0) else { throw BusError(operation, errno: .invalidArgument) }
        try check(
            unsafe text.withCString { pointer in
                unsafe sd_bus_message_append_basic(raw, Character("s").signature, pointer)
            })
    }

    /// Appends a boolean.
    package borrowing func append(_ flag: Bool) throws(BusError) {
        var value: Int32 = flag ? 1 : 0
        try check(unsafe sd_bus_message_append_basic(raw, Character("b").signature, &value))
    }

    /// Appends an array of strings.
    package borrowing func append(_ texts: [String]) throws(BusError) {
        try check(unsafe sd_bus_message_open_container(raw, Character("a").signature, "s"))
        for text in texts { try append(text) }
        try check(unsafe sd_bus_message_close_container(raw))
    }

    /// Reads a string.
    package borrowing func readString() throws(BusError) -> String { try readText("s") }

    /// Reads an object path.
    package borrowing func readObjectPath() throws(BusError) -> String { try readText("o") }

    /// Reads a boolean.
    package borrowing func readBool() throws(BusError) -> Bool {
        var value: Int32 = 0
        try unsafe read("b", &value)
        return value != 0
    }

    /// Reads an unsigned number of 32 bits.
    package borrowing func readUInt32() throws(BusError) -> UInt32 {
        var value: UInt32 = 0
        try unsafe read("u", &value)
        return value
    }

    /// Reads an unsigned number of 64 bits.
    package borrowing func readUInt64() throws(BusError) -> UInt64 {
        var value: UInt64 = 0
        try unsafe read("t", &value)
        return value
    }

    /// Reads an array of bytes.
    package borrowing func readBytes() throws(BusError) -> [UInt8] {
        try readArray(of: "y") { (message) throws(BusError) in
            var value: UInt8 = 0
            try unsafe message.read("y", &value)
            return value
        }
    }

    /// Reads a dictionary of variants by name, as `GetAll` answers.
    ///
    /// The `body` reads the variant of one name, whole, and answers `true`; or it answers `false` without reading.
    package borrowing func readProperties(
        _ body: (String, borrowing BusMessage) throws(BusError) -> Bool
    ) throws(BusError) {
        guard try enter("a", "{sv}") else { throw BusError(operation, errno: .badMessage) }
        while try check(unsafe sd_bus_message_at_end(raw, 0)) == 0 {
            guard try enter("e", "sv") else { throw BusError(operation, errno: .badMessage) }
            let name = try readString()
            if try !body(name, self) { try check(unsafe sd_bus_message_skip(raw, "v")) }
            try exit()
        }
        try exit()
    }

    /// Reads an array of strings.
    package borrowing func readStrings() throws(BusError) -> [String] {
        try readArray(of: "s") { (message) throws(BusError) in try message.readString() }
    }

    /// Reads an array of structures; `row` reads the fields of one, whose types are `fields`.
    package borrowing func readRows<Row>(
        of fields: String, _ row: (borrowing BusMessage) throws(BusError) -> Row
    ) throws(BusError) -> [Row] {
        try readArray(of: "(\(fields))") { (message) throws(BusError) in
            guard try message.enter("r", fields) else { throw BusError(message.operation, errno: .badMessage) }
            let value = try row(message)
            try message.exit()
            return value
        }
    }

    /// Reads what a variant holds, of type `contents`, by `body`.
    package borrowing func readVariant<Value>(
        of contents: String, _ body: (borrowing BusMessage) throws(BusError) -> Value
    ) throws(BusError) -> Value {
        guard try enter("v", contents) else { throw BusError(operation, errno: .badMessage) }
        let value = try body(self)
        try exit()
        return value
    }

    /// Whether the message is the signal `member` of `interface`.
    package borrowing func isSignal(_ interface: String, _ member: String) -> Bool {
        unsafe sd_bus_message_is_signal(raw, interface, member) > 0
    }

    /// The object that the message is from or for; empty when it names none.
    package var path: String { unsafe text(sd_bus_message_get_path(raw)) }

    /// The last part of the message's name; empty when it has none.
    package var member: String { unsafe text(sd_bus_message_get_member(raw)) }

    /// Who sent it, as the bus vouches: a unique name such as `:1.3`; empty when the bus names no one.
    package var sender: String { unsafe text(sd_bus_message_get_sender(raw)) }

    private func text(_ pointer: UnsafePointer<CChar>?) -> String {
        guard let pointer = unsafe pointer else { return "" }
        return unsafe String(cString: pointer)
    }

    private borrowing func readArray<Element>(
        of type: String, _ element: (borrowing BusMessage) throws(BusError) -> Element
    ) throws(BusError) -> [Element] {
        guard try enter("a", type) else { throw BusError(operation, errno: .badMessage) }
        var elements: [Element] = []
        while try check(unsafe sd_bus_message_at_end(raw, 0)) == 0 { elements.append(try element(self)) }
        try exit()
        return elements
    }

    private borrowing func readText(_ type: Character) throws(BusError) -> String {
        // The text belongs to the message and is copied before the message can go.
        var pointer: UnsafePointer<CChar>?
        try unsafe read(type, &pointer)
        return unsafe text(pointer)
    }

    private borrowing func read(_ type: Character, _ value: UnsafeMutableRawPointer) throws(BusError) {
        guard try check(unsafe sd_bus_message_read_basic(raw, type.signature, value)) > 0 else {
            throw BusError(operation, errno: .badMessage)
        }
    }

    private borrowing func enter(_ type: Character, _ contents: String) throws(BusError) -> Bool {
        try check(unsafe sd_bus_message_enter_container(raw, type.signature, contents)) > 0
    }

    private borrowing func exit() throws(BusError) {
        try check(unsafe sd_bus_message_exit_container(raw))
    }

    @discardableResult
    private borrowing func check(_ result: Int32) throws(BusError) -> Int32 {
        guard result >= 0 else { throw BusError(operation, errno: Errno(rawValue: -result)) }
        return result
    }
}

extension Character {
    /// The type code of D-Bus as the C library takes it.
    fileprivate var signature: CChar { CChar(asciiValue ?? 0) }
}
