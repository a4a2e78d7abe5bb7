/// A word of a closed set of the API, as a value.
///
/// A body of a later version may hold a word that this version doesn't know. It is kept as it was received, so that what
/// was read can be written again, and it equals none of the known ones: whoever decides by a word says what such a word
/// counts as.
package protocol WireWord: RawRepresentable, Codable, Hashable, Sendable, CustomStringConvertible
where RawValue == String {
    /// Every word that this version knows.
    static var known: [Self] { get }

    /// The case that keeps a word which this version doesn't know.
    static func unrecognised(_ word: String) -> Self

    /// The value of `rawValue`; never fails.
    init(rawValue: String)
}

extension WireWord {
    package init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unrecognised(rawValue)
    }

    /// Whether this version knows the word.
    package var isKnown: Bool { Self.known.contains(self) }

    package var description: String { rawValue }
}
