/// The bytes that a bracket expression stands for.
struct ByteSet: Equatable, Sendable {
    private var ranges: [ClosedRange<UInt8>] = []
    private var isNegated = false

    func contains(_ byte: UInt8) -> Bool { ranges.contains { $0.contains(byte) } != isNegated }

    /// Reads a set from behind its opening bracket.
    ///
    /// - Returns: the set and the place behind the closing bracket; `nil` when there is none, or for a named class.
    static func parsed(_ text: [UInt8], from start: Int, negation: String) -> (ByteSet, Int)? {
        var set = ByteSet()
        var place = start
        if place < text.count, negation.utf8.contains(text[place]) {
            set.isNegated = true
            place += 1
        }
        let first = place
        while place < text.count {
            let byte = text[place]
            if byte == UInt8(ascii: "]"), place > first { return (set, place + 1) }
            if byte == UInt8(ascii: "["), place + 1 < text.count, ":.=".utf8.contains(text[place + 1]) { return nil }
            if place + 2 < text.count, text[place + 1] == UInt8(ascii: "-"), text[place + 2] != UInt8(ascii: "]") {
                guard byte <= text[place + 2] else { return nil }
                set.ranges.append(byte...text[place + 2])
                place += 3
            } else {
                set.ranges.append(byte...byte)
                place += 1
            }
        }
        return nil
    }
}
