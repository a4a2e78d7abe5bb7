/// A word that may stand for several names: the name itself, a shell pattern, or an expression between slashes.
///
/// Letters count in any case in patterns and expressions, and as they are in plain names.
/// - Source: apt_preferences(5), "Regular expressions and glob(7) syntax"; fnmatch(3), `FNM_CASEFOLD`.
package struct NamePattern: Equatable, Sendable {
    private enum Kind: Equatable, Sendable {
        case name([UInt8])
        case shell(GlobPattern)
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
            kind = .shell(GlobPattern(bytes.map(\.asciiLowercased), as: .shell))
        } else {
            kind = .name(bytes)
        }
    }

    /// Whether `name` is meant; `nil` when an expression takes too many steps to tell.
    package func matches(_ name: String) -> Bool? {
        switch kind {
        case .name(let bytes): bytes == Array(name.utf8)
        case .shell(let pattern): pattern.matches(name.utf8.map(\.asciiLowercased))
        case .expression(let expression): expression.occurs(in: name)
        }
    }
}
