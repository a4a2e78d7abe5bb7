/// The limits of a body that another machine sent, held before it is decoded.
package enum WireLimits {
    /// The largest body, in bytes.
    package static let bodyBytes = 1 << 20
    /// How deep objects and lists may stand in each other.
    package static let depth = 16
    /// The most items of one list, or members of one object.
    package static let items = 4096
    /// The longest string, in bytes as written.
    package static let stringBytes = 4096

    /// Walks over the JSON in `bytes` without building anything.
    ///
    /// It counts brackets, commas and string bytes; whether the text is JSON at all is the decoder's to say.
    package static func check(_ bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= bodyBytes else { throw .tooLarge("it is larger than \(bodyBytes) bytes") }
        var counts: [Int] = []
        var stringStart: Int?
        var isEscaped = false
        for (index, byte) in bytes.enumerated() {
            if let start = stringStart {
                guard index - start <= stringBytes + 1 else {
                    throw .tooLarge("a string is longer than \(stringBytes) bytes")
                }
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    stringStart = nil
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): stringStart = index
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
