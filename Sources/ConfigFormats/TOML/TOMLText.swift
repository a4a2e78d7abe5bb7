/// A TOML document, read to be judged; it is never written from here.
///
/// The text may come from anyone: its size and depth are limited, and what is not TOML 1.0 is an error with its place.
/// Stricter than TOML is one rule: no string and no key holds U+0000, which no name, path or address can.
///
/// - Source: toml.io, "TOML v1.0.0".
package struct TOMLText: Sendable, Equatable {
    /// The largest text that is read, in bytes.
    package static let maximumSize = 262_144

    /// How many keys and lists may be inside one another.
    package static let maximumDepth = 32

    /// The table that holds everything.
    package let root: TOMLTable

    /// Where each key and value stands.
    package let positions: TOMLPositions

    /// Reads a whole document.
    ///
    /// - Parameter bytes: the document in UTF-8; a byte order mark in front does not count.
    /// - Throws: the first error, with line and column.
    package init(bytes: [UInt8]) throws(ParseError) {
        try Self.checkEncoding(of: bytes)
        var parser = TOMLParser(bytes)
        let document = try parser.parseDocument()
        root = document.table
        positions = TOMLPositions(root: document.positions(key: .start, value: .start))
    }

    /// Reads a whole document.
    ///
    /// - Throws: the first error, with line and column.
    package init(parsing text: String) throws(ParseError) { try self.init(bytes: Array(text.utf8)) }

    /// Refuses what is too large or not UTF-8.
    static func checkEncoding(of bytes: [UInt8]) throws(ParseError) {
        guard bytes.count <= maximumSize else {
            throw ParseError(line: 1, column: 1, "expected at most \(maximumSize) bytes, found \(bytes.count)")
        }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw invalidUTF8(in: bytes) }
    }

    private static func invalidUTF8(in bytes: [UInt8]) -> ParseError {
        var decoder = UTF8()
        var rest = bytes.makeIterator()
        var line = 1
        var column = 1
        while case .scalarValue(let scalar) = decoder.decode(&rest) {
            column += 1
            if scalar == "\n" { (line, column) = (line + 1, 1) }
        }
        return ParseError(line: line, column: column, "expected UTF-8")
    }
}

extension TOMLPosition {
    /// Where a text begins.
    static let start = TOMLPosition(line: 1, column: 1)
}
