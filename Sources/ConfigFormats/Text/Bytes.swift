extension UInt8 {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let space = UInt8(ascii: " ")
    static let backslash = UInt8(ascii: "\\")
    static let semicolon = UInt8(ascii: ";")
    static let numberSign = UInt8(ascii: "#")

    /// What separates fields in fstab(5) and `/proc/swaps`.
    var isBlank: Bool { self == .space || self == .tab }

    var isDigit: Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= self }

    /// What systemd strips from the ends of a line (`WHITESPACE` of its `string-util.h`).
    var isWhitespace: Bool { isBlank || self == .lineFeed || self == .carriageReturn }

    /// What the C library's `isspace` says in the C locale; the kernel splits its command line there.
    var isCSpace: Bool { self == .space || 9...13 ~= self }
}

extension String {
    /// The lines of the text, numbered from 1, split at line feeds alone.
    ///
    /// A `Character` may be a carriage return and a line feed at once, so this looks at bytes.
    var numberedLines: [(number: Int, text: Substring)] {
        var lines = utf8.split(separator: .lineFeed, omittingEmptySubsequences: false).map { Substring($0) }
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.enumerated().map { ($0.offset + 1, $0.element) }
    }
}

extension Substring {
    /// The text without what systemd strips from both ends.
    var stripped: Substring {
        let bytes = utf8
        guard let first = bytes.firstIndex(where: { !$0.isWhitespace }),
            let last = bytes.lastIndex(where: { !$0.isWhitespace })
        else { return Substring() }
        return Substring(bytes[first...last])
    }

    /// The parts between single spaces and tabs, empty ones left out.
    var blankSeparated: [Substring] {
        utf8.split(whereSeparator: \.isBlank).map { Substring($0) }
    }
}

/// Splits bytes at runs of blanks and gives the place of each field.
func fieldRanges(_ bytes: some RandomAccessCollection<UInt8>) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    var start: Int?
    for (offset, byte) in bytes.enumerated() {
        if byte.isBlank {
            if let begin = start { ranges.append(begin..<offset) }
            start = nil
        } else if start == nil {
            start = offset
        }
    }
    if let begin = start { ranges.append(begin..<bytes.count) }
    return ranges
}

/// Decodes `\040` and its like: a backslash and three octal digits are one byte, all else stays.
///
/// - Source: util-linux `lib/mangle.c`, kernel `fs/seq_file.c` (`mangle_path`).
func decodingOctalEscapes(_ bytes: some Sequence<UInt8>) -> [UInt8] {
    let source = Array(bytes)
    var decoded: [UInt8] = []
    decoded.reserveCapacity(source.count)
    var index = 0
    while index < source.count {
        if source[index] == .backslash, index + 3 < source.count {
            let digits = source[index + 1...index + 3]
            if digits.allSatisfy({ $0 & 0xF8 == UInt8(ascii: "0") }) {
                decoded.append(digits.reduce(UInt8(0)) { $0 << 3 | $1 & 7 })
                index += 4
                continue
            }
        }
        decoded.append(source[index])
        index += 1
    }
    return decoded
}
