/// The stable, kebab-case name of a requirement, such as `swap-off`; it is part of the API and never renamed.
package struct RequirementID: Hashable, Sendable, Comparable, CustomStringConvertible, ExpressibleByStringLiteral {
    /// The name as it is printed.
    package let name: String

    /// The id written in source; a misspelt one is found by the laws over the catalogue.
    package init(stringLiteral name: String) { self.name = name }

    /// The id that came from outside.
    ///
    /// - Returns: `nil` unless `text` is kebab-case: lower-case words of letters and digits joined by single hyphens.
    package init?(_ text: String) {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        let isKebabCase = words.allSatisfy { word in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }
        }
        guard isKebabCase, text.utf8.count <= 64 else { return nil }
        name = text
    }

    package var description: String { name }

    package static func < (one: RequirementID, other: RequirementID) -> Bool { one.name < other.name }
}
