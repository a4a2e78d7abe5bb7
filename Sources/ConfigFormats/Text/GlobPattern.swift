/// A pattern for one name: `*`, `?`, a set such as `[a-z]`, and a backslash in front of what is meant literally.
///
/// A leading dot is a byte like any other.
package struct GlobPattern: Sendable, Equatable {
    /// Whose rules count where they differ.
    package enum Flavour: Sendable {
        /// A set is negated by `^`; a pattern that is malformed describes nothing.
        ///
        /// - Source: Go `path/filepath`, "Match".
        case go
        /// A set is negated by `!` or `^`; a bracket that is never closed stands for itself.
        ///
        /// - Source: glob(7), fnmatch(3) without flags.
        case shell
    }

    private let pattern: [UInt8]
    private let flavour: Flavour

    /// The pattern as it is written, without a slash.
    package init(_ pattern: some Sequence<UInt8>, as flavour: Flavour) {
        self.pattern = Array(pattern)
        self.flavour = flavour
    }

    /// The pattern as it is written, without a slash.
    package init(_ pattern: String, as flavour: Flavour) { self.init(pattern.utf8, as: flavour) }

    /// Whether `text` has a byte that makes it a pattern.
    package static func isPattern(_ text: String) -> Bool { text.utf8.contains { "*?[".utf8.contains($0) } }

    /// Whether the whole of `name` is described by the pattern.
    package func matches(_ name: String) -> Bool { matches(Array(name.utf8)) }

    /// Whether the whole of `name` is described by the pattern.
    ///
    /// There is no recursion, so no pattern takes long.
    package func matches(_ name: [UInt8]) -> Bool {
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
        case UInt8(ascii: "["):
            guard let (set, end) = ByteSet.parsed(pattern, from: place + 1, negation: flavour == .go ? "^" : "!^")
            else {
                return flavour == .shell && byte == UInt8(ascii: "[") ? place + 1 : nil
            }
            return set.contains(byte) ? end : nil
        case .backslash:
            return place + 1 < pattern.count && pattern[place + 1] == byte ? place + 2 : nil
        default: return pattern[place] == byte ? place + 1 : nil
        }
    }
}
