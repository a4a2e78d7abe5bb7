/// A text as lines that join to exactly the bytes they came from.
///
/// A line ends at a line feed and nowhere else; a carriage return before it belongs to the line. Bytes need not be
/// UTF-8, and a missing final line feed stays missing.
package struct EditableLines: Sendable, Equatable {
    private var pieces: [[UInt8]]

    /// Splits `bytes` at each line feed.
    package init(_ bytes: [UInt8]) {
        pieces = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).map(Array.init)
    }

    /// How many lines there are; what follows the last line feed is one only if it has a byte.
    package var count: Int {
        pieces.last?.isEmpty == true ? pieces.count - 1 : pieces.count
    }

    /// The numbers of all lines, from 1.
    package var numbers: Range<Int> { 1..<count + 1 }

    /// The bytes of line `number`, counted from 1, without the line feed.
    ///
    /// - Precondition: `number` is one of `numbers`.
    package subscript(number: Int) -> [UInt8] {
        get { pieces[number - 1] }
        set { pieces[number - 1] = newValue }
    }

    /// All lines joined again.
    package var bytes: [UInt8] { Array(pieces.joined(separator: CollectionOfOne(.lineFeed))) }
}
