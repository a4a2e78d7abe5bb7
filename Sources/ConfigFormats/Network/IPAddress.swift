/// An IPv4 or IPv6 address, equal to another when its bytes are.
///
/// - Source: inet_pton(3), inet_ntop(3); RFC 5952.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// Four or sixteen bytes in network order.
    package let bytes: [UInt8]

    /// The address in these bytes; `nil` unless they are four or sixteen.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// Reads what inet_pton(3) takes: four decimal numbers without leading zeros, or IPv6 without a zone.
    ///
    /// - Returns: `nil` for anything else.
    package init?(_ text: some StringProtocol) {
        let text = Array(text.utf8)
        guard text.count < 46, let bytes = Self.dotted(text[...]) ?? Self.colons(text) else { return nil }
        self.bytes = bytes
    }

    /// Whether it has four bytes.
    package var isIPv4: Bool { bytes.count == 4 }

    /// Whether it leads back to the machine itself: `127.0.0.0/8`, `::1`, or the former mapped into IPv6.
    package var isLoopback: Bool {
        if let four = asIPv4 { return four.bytes.first == 127 }
        return bytes.dropLast().allSatisfy { $0 == 0 } && bytes.last == 1
    }

    /// The address that a look-up of IPv4 addresses gives for this one; `nil` when it gives none.
    ///
    /// An IPv4 address mapped into IPv6 counts. `::1` is no address here, though glibc answers 127.0.0.1 for it.
    package var asIPv4: IPAddress? {
        if isIPv4 { return self }
        let prefix = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]
        return bytes.starts(with: prefix) ? IPAddress(bytes: Array(bytes.suffix(4))) : nil
    }

    /// The text as inet_ntop(3) writes it.
    package var description: String {
        guard !isIPv4 else { return Self.dotted(bytes[...]) }
        let words = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        let gap = Self.longestZeros(words)
        // Addresses with an IPv4 address at their end are written with it.
        if gap.lowerBound == 0, gap.count == 6 || gap.count == 5 && words[5] == 0xFFFF {
            return (gap.count == 6 ? "::" : "::ffff:") + Self.dotted(bytes[12...])
        }
        let hexadecimal = { (part: ArraySlice<UInt16>) in
            part.map { String($0, radix: 16) }.joined(separator: ":")
        }
        guard gap.count > 1 else { return hexadecimal(words[...]) }
        return "\(hexadecimal(words[..<gap.lowerBound]))::\(hexadecimal(words[gap.upperBound...]))"
    }

    private static func dotted(_ bytes: ArraySlice<UInt8>) -> String {
        bytes.map { String($0) }.joined(separator: ".")
    }

    /// The first of the longest runs of zero words.
    private static func longestZeros(_ words: [UInt16]) -> Range<Int> {
        var longest = 0..<0
        var start = 0
        for index in 0...words.count {
            if index < words.count, words[index] == 0 { continue }
            if index - start > longest.count { longest = start..<index }
            start = index + 1
        }
        return longest
    }

    private static func dotted(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            guard (1...3).contains(part.count), part.allSatisfy(\.isDigit),
                part.count == 1 || part.first != UInt8(ascii: "0")
            else { return nil }
            let number = part.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            guard number < 256 else { return nil }
            bytes.append(UInt8(number))
        }
        return bytes
    }

    private static func colons(_ text: [UInt8]) -> [UInt8]? {
        let colon = UInt8(ascii: ":")
        var halves: [ArraySlice<UInt8>] = [text[...]]
        // At most one gap, which stands for one word of zeros at least.
        if let gap = text.indices.dropLast().first(where: { text[$0] == colon && text[$0 + 1] == colon }) {
            halves = [text[..<gap], text[(gap + 2)...]]
        }
        var sides: [[UInt8]] = []
        for (index, half) in halves.enumerated() {
            guard let side = half.isEmpty ? [] : words(half, isLast: index == halves.count - 1) else { return nil }
            sides.append(side)
        }
        guard sides.count == 2 else { return sides[0].count == 16 ? sides[0] : nil }
        let missing = 16 - sides[0].count - sides[1].count
        return missing >= 2 ? sides[0] + [UInt8](repeating: 0, count: missing) + sides[1] : nil
    }

    /// The words between colons, the last of which may be an IPv4 address.
    private static func words(_ text: ArraySlice<UInt8>, isLast: Bool) -> [UInt8]? {
        let parts = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var bytes: [UInt8] = []
        for (index, part) in parts.enumerated() {
            if isLast, index == parts.count - 1, let four = dotted(part) {
                bytes += four
                continue
            }
            let word = String(decoding: part, as: UTF8.self)
            guard (1...4).contains(part.count), part.first != UInt8(ascii: "+"), part.first != UInt8(ascii: "-"),
                let number = UInt16(word, radix: 16)
            else { return nil }
            bytes += [UInt8(number >> 8), UInt8(number & 0xFF)]
        }
        return bytes.count <= 16 ? bytes : nil
    }
}
