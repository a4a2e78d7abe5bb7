/// One field of a protobuf message.
struct WireField: Equatable {
    enum Value: Equatable {
        case number(UInt64)
        case bytes(ArraySlice<UInt8>)
        /// Four or eight bytes of a fixed width, which nothing that is read here has.
        case fixed
    }

    let number: UInt64
    let value: Value
}

/// Reads the fields of a protobuf message in order.
///
/// Groups, which proto3 has not, are malformed, as is anything that ends too early.
///
/// - Source: protobuf.dev, Encoding.
struct WireFields {
    private var rest: ArraySlice<UInt8>

    /// The fields of the message that is `bytes`.
    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    /// The next field; `nil` at the end.
    mutating func next() throws(CRIError) -> WireField? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        let number = tag >> 3
        guard number > 0 else { throw Self.malformed }
        switch tag & 7 {
        case 0: return WireField(number: number, value: .number(try varint()))
        case 1: return WireField(number: number, value: try fixed(8))
        case 2:
            let length = try varint()
            guard length <= UInt64(rest.count) else { throw Self.malformed }
            defer { rest = rest.dropFirst(Int(length)) }
            return WireField(number: number, value: .bytes(rest.prefix(Int(length))))
        case 5: return WireField(number: number, value: try fixed(4))
        default: throw Self.malformed
        }
    }

    private mutating func fixed(_ count: Int) throws(CRIError) -> WireField.Value {
        guard rest.count >= count else { throw Self.malformed }
        rest = rest.dropFirst(count)
        return .fixed
    }

    private mutating func varint() throws(CRIError) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), through: 63, by: 7) {
            guard let byte = rest.popFirst() else { throw Self.malformed }
            // The tenth byte has one bit to give.
            guard shift < 63 || byte <= 1 else { throw Self.malformed }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw Self.malformed
    }

    static let malformed = CRIError.failed("its answer is malformed")
}
