import Testing

@testable import ContainerRuntime

@Suite("Fields of a protobuf message")
struct WireFieldsTests {
    private func fields(_ bytes: [UInt8]) throws(CRIError) -> [WireField] {
        var reader = WireFields(bytes[...])
        var fields: [WireField] = []
        while let field = try reader.next() { fields.append(field) }
        return fields
    }

    @Test("numbers, bytes and fixed widths are told apart, in order")
    func kinds() throws {
        let bytes: [UInt8] = [0x08, 0x96, 0x01, 0x12, 2, 65, 66, 0x1D, 1, 2, 3, 4, 0x21, 1, 2, 3, 4, 5, 6, 7, 8]
        #expect(
            try fields(bytes) == [
                WireField(number: 1, value: .number(150)), WireField(number: 2, value: .bytes([65, 66])),
                WireField(number: 3, value: .fixed), WireField(number: 4, value: .fixed),
            ])
    }

    @Test("the largest number has ten bytes, and no more")
    func largest() throws {
        let nine = [UInt8](repeating: 0xFF, count: 9)
        #expect(try fields([0x08] + nine + [1]) == [WireField(number: 1, value: .number(.max))])
        #expect(throws: CRIError.self) { try fields([0x08] + nine + [2]) }
        #expect(throws: CRIError.self) { try fields([0x08] + nine + [0x81, 0]) }
    }

    @Test(
        "what ends too early, and what is no field, is malformed",
        arguments: [
            [0x08], [0x08, 0x80], [0x12], [0x12, 3, 1, 2], [0x1D, 1, 2], [0x21, 1], [0x0B], [0x0C], [0x0E], [0x00, 1],
            [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        ])
    func malformed(_ bytes: [UInt8]) {
        #expect(throws: CRIError.self) { try fields(bytes) }
    }
}
