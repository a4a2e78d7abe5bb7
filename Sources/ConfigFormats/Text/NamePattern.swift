/// A word that may stand for several names: the name itself, a shell pattern, or an expression between slashes.
///
/// Letters count in any case in patterns and expressions, and as they are in plain names.
/// - Source: apt_preferences(5), "Regular expressions and glob(7) syntax"; fnmatch(3), `FNM_CASEFOLD`.
package struct NamePattern: Equatable, Sendable {
    private enum Kind: Equatable, Sendable {
        case name([UInt8])
        case shell([UInt8])
        case expression(NameExpression)
    }

    private let kind: Kind

    /// The pattern `text`; `nil` for an expression, or a class of characters by name, that is not understood here.
    ///
    /// With `isAlwaysPattern` a word without any of `*?[` is a pattern too, and so matches in any case of letters.
    package init?(_ text: String, isAlwaysPattern: Bool) {
        let bytes = Array(text.utf8)
        if bytes.count > 1, bytes.first == UInt8(ascii: "/"), bytes.last == UInt8(ascii: "/") {
            let inner = String(decoding: bytes.dropFirst().dropLast(), as: UTF8.self)
            guard let expression = NameExpression(inner, ignoringCase: true) else { return nil }
            kind = .expression(expression)
        } else if isAlwaysPattern || bytes.contains(where: { "*?[".utf8.contains($0) }) {
            // A named class, as in [[:digit:]].
            let isNamed = zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: "[") && ":.=".utf8.contains($1) }
            guard !isNamed else { return nil }
            kind = .shell(bytes.map(\.asciiLowercased))
        } else {
            kind = .name(bytes)
        }
    }

    /// Whether `name` is meant; `nil` when an expression takes too many steps to tell.
    package func matches(_ name: String) -> Bool? {
        switch kind {
        case .name(let bytes): bytes == Array(name.utf8)
        case .shell(let pattern): Self.shell(pattern, name.utf8.map(\.asciiLowercased))
        case .expression(let expression): expression.occurs(in: name)
        }
    }

    /// Walks both texts, and back to the last star where they part.
    private static func shell(_ pattern: [UInt8], _ name: [UInt8]) -> Bool {
        var place = 0
        var index = 0
        var star: (place: Int, index: Int)?
        while index < name.count {
            if place < pattern.count, pattern[place] == UInt8(ascii: "*") {
                star = (place, index)
                place += 1
            } else if let next = step(pattern, place, name[index]) {
                place = next
                index += 1
            } else if let (starPlace, starIndex) = star {
                star = (starPlace, starIndex + 1)
                place = starPlace + 1
                index = starIndex + 1
            } else {
                return false
            }
        }
        return pattern[place...].allSatisfy { $0 == UInt8(ascii: "*") }
    }

    /// The place after the element that matches one byte; `nil` when it does not, or at the end.
    private static func step(_ pattern: [UInt8], _ place: Int, _ byte: UInt8) -> Int? {
        guard place < pattern.count else { return nil }
        switch pattern[place] {
        case UInt8(ascii: "?"): return place + 1
        case UInt8(ascii: "["):
            // Without its closing bracket it stands for itself.
            guard let (set, end) = ByteSet.parsed(pattern, from: place + 1, negation: "!^") else {
                return byte == UInt8(ascii: "[") ? place + 1 : nil
            }
            return set.contains(byte) ? end : nil
        case .backslash:
            return place + 1 < pattern.count && pattern[place + 1] == byte ? place + 2 : nil
        default: return pattern[place] == byte ? place + 1 : nil
        }
    }
}

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
