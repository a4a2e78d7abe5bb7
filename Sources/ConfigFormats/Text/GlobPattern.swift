/// A pattern for one name in a folder: `*`, `?`, `[a-z]`, and a backslash in front of what is meant literally.
///
/// A leading dot is a byte like any other.
/// - Source: Go `path/filepath`, "Match"; glob(7) differs in the leading dot and in `[!…]`.
package struct GlobPattern: Sendable, Equatable {
    private let pattern: [UInt8]

    /// The pattern as it is written, without a slash.
    package init(_ pattern: String) { self.pattern = Array(pattern.utf8) }

    /// Whether `text` has a byte that makes it a pattern.
    package static func isPattern(_ text: String) -> Bool {
        text.utf8.contains { [UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "[")].contains($0) }
    }

    /// Whether the whole of `name` is described by the pattern; a malformed one describes nothing.
    package func matches(_ name: String) -> Bool {
        let name = Array(name.utf8)
        // Where the last star was and how much it has taken: enough to go back to, since later stars start anew.
        var retry: (pattern: Int, name: Int)?
        var (p, n) = (0, 0)
        while n < name.count || p < pattern.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                retry = (p, n + 1)
                p += 1
                continue
            }
            if n < name.count, let next = step(from: p, over: name[n]) {
                (p, n) = (next, n + 1)
                continue
            }
            guard let again = retry, again.name <= name.count else { return false }
            retry = (again.pattern, again.name + 1)
            (p, n) = (again.pattern + 1, again.name)
        }
        return true
    }

    /// The place in the pattern after it has described `byte`; `nil` when it does not.
    private func step(from place: Int, over byte: UInt8) -> Int? {
        guard place < pattern.count else { return nil }
        switch pattern[place] {
        case UInt8(ascii: "?"): return place + 1
        case UInt8(ascii: "["): return step(intoClassAt: place + 1, over: byte)
        case .backslash:
            guard place + 1 < pattern.count else { return nil }
            return pattern[place + 1] == byte ? place + 2 : nil
        default: return pattern[place] == byte ? place + 1 : nil
        }
    }

    private func step(intoClassAt start: Int, over byte: UInt8) -> Int? {
        var place = start
        let isNegated = place < pattern.count && pattern[place] == UInt8(ascii: "^")
        if isNegated { place += 1 }
        var (isIn, count) = (false, 0)
        while place < pattern.count, pattern[place] != UInt8(ascii: "]") || count == 0 {
            let low = pattern[place]
            var high = low
            place += 1
            if place + 1 < pattern.count, pattern[place] == UInt8(ascii: "-"), pattern[place + 1] != UInt8(ascii: "]") {
                high = pattern[place + 1]
                place += 2
            }
            if low <= byte, byte <= high { isIn = true }
            count += 1
        }
        guard place < pattern.count, isIn != isNegated else { return nil }
        return place + 1
    }
}
