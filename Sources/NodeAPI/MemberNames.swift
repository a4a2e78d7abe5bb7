/// Finds objects that have a member twice, as a decoder that keeps one of them would not.
///
/// - Source: RFC 8259, section 4: what software makes of names that are not unique is unpredictable.
enum MemberNames {
    /// Walks over the JSON in `bytes`; whether it is JSON is the decoder's to say.
    ///
    /// Names are compared as the decoder's key strategy folds them: without underscores, in lower case. A name with an
    /// escape is none of ours, and could be any other name.
    /// - Throws: `WireError.malformed` with the name.
    static func check(_ bytes: [UInt8]) throws(WireError) {
        /// Names seen in each open object; `nil` for a list.
        var open: [Set<[UInt8]>?] = []
        var isName = false
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "{"):
                open.append([])
                isName = true
            case UInt8(ascii: "["):
                open.append(nil)
                isName = false
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                _ = open.popLast()
                isName = false
            case UInt8(ascii: ","): isName = open.last.flatMap { $0 } != nil
            case UInt8(ascii: ":"): isName = false
            case UInt8(ascii: "\""):
                let start = index + 1
                index = start
                while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
                    index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                if isName, index < bytes.count { try take(bytes[start..<index], in: &open) }
            default: break
            }
            index += 1
        }
    }

    private static func take(_ name: ArraySlice<UInt8>, in open: inout [Set<[UInt8]>?]) throws(WireError) {
        let text = Text.printable(String(decoding: name, as: UTF8.self))
        guard !name.contains(UInt8(ascii: "\\")) else { throw .malformed("the name \(text) has an escape") }
        let folded = name.filter { $0 != UInt8(ascii: "_") }
            .map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }
        guard let last = open.indices.last, open[last]?.insert(folded).inserted != false else {
            throw .malformed("\(text) stands twice in an object")
        }
    }
}
