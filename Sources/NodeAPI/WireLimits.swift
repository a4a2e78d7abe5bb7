/// The limits of a body that another machine sent, held before it is decoded.
package enum WireLimits {
    /// The largest body, in bytes.
    package static let bodyBytes = 1 << 20
    /// How deep objects and lists may stand in each other.
    package static let depth = 16
    /// The most items of one list, or members of one object.
    package static let items = 4096
    /// The longest string, in bytes; an escape counts as one, so that a string of `Text.longest` passes however it is written.
    package static let stringBytes = 4096

    /// Walks over the JSON in `bytes` without building anything.
    ///
    /// It counts brackets, commas and string bytes; whether the text is JSON at all is the decoder's to say.
    package static func check(_ bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= bodyBytes else { throw .tooLarge("it is larger than \(bodyBytes) bytes") }
        var counts: [Int] = []
        var stringCount: Int?
        var isEscaped = false
        for byte in bytes {
            if let count = stringCount {
                if isEscaped {
                    isEscaped = false
                    // The four digits that follow are counted as they come.
                    if byte == UInt8(ascii: "u") { stringCount = count - 4 }
                } else if byte == UInt8(ascii: "\"") {
                    stringCount = nil
                } else {
                    guard count < stringBytes else { throw .tooLarge("a string is longer than \(stringBytes) bytes") }
                    stringCount = count + 1
                    isEscaped = byte == UInt8(ascii: "\\")
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): stringCount = 0
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                counts.append(1)
                guard counts.count <= depth else { throw .tooLarge("it is nested deeper than \(depth)") }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): _ = counts.popLast()
            case UInt8(ascii: ","):
                guard let last = counts.popLast() else { continue }
                guard last < items else { throw .tooLarge("a list has more than \(items) items") }
                counts.append(last + 1)
            default: break
            }
        }
    }
}
