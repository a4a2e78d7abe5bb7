/// A version that Debian orders: of a package, or the release of a kernel.
///
/// - Source: deb-version(7), "Sorting algorithm".
package struct DebianVersion: Equatable, Comparable, Sendable {
    /// The version as it is written.
    package let text: String

    /// The version `text`; every text has a place in the order.
    package init(_ text: String) { self.text = text }

    package static func < (one: DebianVersion, other: DebianVersion) -> Bool {
        let (oneEpoch, oneRest) = one.epoch
        let (otherEpoch, otherRest) = other.epoch
        guard oneEpoch == otherEpoch else { return oneEpoch < otherEpoch }
        let (oneUpstream, oneRevision) = split(oneRest)
        let (otherUpstream, otherRevision) = split(otherRest)
        let order = compare(oneUpstream, otherUpstream)
        return order == 0 ? compare(oneRevision, otherRevision) < 0 : order < 0
    }

    private var epoch: (Int, Substring) {
        guard let colon = text.firstIndex(of: ":"), let number = Int(text[..<colon]) else { return (0, text[...]) }
        return (number, text[text.index(after: colon)...])
    }

    private static func split(_ text: Substring) -> (Substring, Substring) {
        guard let hyphen = text.lastIndex(of: "-") else { return (text, "") }
        return (text[..<hyphen], text[text.index(after: hyphen)...])
    }

    /// Alternates between stretches without digits, compared by `rank`, and numbers.
    private static func compare(_ one: Substring, _ other: Substring) -> Int {
        var one = Array(one.utf8)[...]
        var other = Array(other.utf8)[...]
        while !one.isEmpty || !other.isEmpty {
            while one.first.map(isNoDigit) == true || other.first.map(isNoDigit) == true {
                let difference = rank(one.first) - rank(other.first)
                if difference != 0 { return difference }
                one = one.dropFirst()
                other = other.dropFirst()
            }
            let (oneNumber, oneRest) = number(one)
            let (otherNumber, otherRest) = number(other)
            if oneNumber.count != otherNumber.count { return oneNumber.count - otherNumber.count }
            if !oneNumber.elementsEqual(otherNumber) {
                return oneNumber.lexicographicallyPrecedes(otherNumber) ? -1 : 1
            }
            (one, other) = (oneRest, otherRest)
        }
        return 0
    }

    private static func isNoDigit(_ byte: UInt8) -> Bool { !(0x30...0x39).contains(byte) }

    /// `~` before the end, the end and digits before letters, letters before the rest.
    private static func rank(_ byte: UInt8?) -> Int {
        guard let byte, isNoDigit(byte) else { return 0 }
        if byte == UInt8(ascii: "~") { return -1 }
        let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        return isLetter ? Int(byte) : Int(byte) + 256
    }

    /// The digits at the front without leading zeros, and what follows.
    private static func number(_ bytes: ArraySlice<UInt8>) -> (ArraySlice<UInt8>, ArraySlice<UInt8>) {
        let digits = bytes.prefix { !isNoDigit($0) }
        return (digits.drop { $0 == 0x30 }, bytes.dropFirst(digits.count))
    }
}
