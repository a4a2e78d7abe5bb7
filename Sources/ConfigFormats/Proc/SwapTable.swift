/// The swap areas in use, as `/proc/swaps` lists them.
///
/// - Source: kernel `mm/swapfile.c` (`swap_show`), proc_swaps(5).
package struct SwapTable: Sendable, Equatable {
    /// What an area lies on.
    package enum Kind: Sendable, Equatable { case partition, file }

    /// One area in use.
    package struct Entry: Sendable, Equatable {
        /// Where the area is, octal escapes decoded, without the kernel's ` (deleted)`.
        package let path: String

        /// Whether the file was unlinked while in use.
        ///
        /// A file whose name really ends in ` (deleted)` cannot be told from one that is gone.
        package let isDeleted: Bool

        package let kind: Kind
        package let sizeKiB: UInt64
        package let usedKiB: UInt64

        /// Higher is used first; the kernel counts down from -2 (-1 in older kernels) where nothing was asked for.
        package let priority: Int
    }

    /// The areas in the kernel's order.
    package let entries: [Entry]

    /// Reads the whole text of `/proc/swaps`.
    ///
    /// - Throws: without the header line, which the kernel always prints, or with the first row that is not an area. So
    ///   an empty text is an error and not "no swap".
    package init(parsing text: String) throws(ParseError) {
        let lines = text.numberedLines
        guard let header = lines.first, header.text.hasPrefix("Filename") else {
            throw ParseError(line: 1, "expected the header of /proc/swaps, \"Filename Type Size Used Priority\"")
        }
        entries = try lines.dropFirst().filter { !$0.text.stripped.isEmpty }.map { (line) throws(ParseError) in
            try Entry(parsing: line.text, line: line.number)
        }
    }
}

extension SwapTable.Entry {
    private static let deletedSuffix = Array(" (deleted)".utf8)

    fileprivate init(parsing text: Substring, line: Int) throws(ParseError) {
        var fields = text.blankSeparated
        // Some kernels' rows are found with the last two columns glued together; a used size has no sign.
        if fields.count == 4, let sign = fields[3].utf8.firstIndex(of: UInt8(ascii: "-")), sign > fields[3].startIndex {
            fields.append(fields[3][sign...])
            fields[3] = fields[3][..<sign]
        }
        guard fields.count == 5 else {
            throw ParseError(line: line, "expected five columns, found \(fields.count)")
        }
        var name = decodingOctalEscapes(fields[0].utf8)
        let isDeleted =
            name.count > Self.deletedSuffix.count && name.suffix(Self.deletedSuffix.count) == Self.deletedSuffix[...]
        if isDeleted { name.removeLast(Self.deletedSuffix.count) }
        switch fields[1] {
        case "partition": kind = .partition
        case "file": kind = .file
        default: throw ParseError(line: line, "expected partition or file, found \"\(fields[1])\"")
        }
        guard let size = UInt64(fields[2]) else {
            throw ParseError(line: line, "expected a size in KiB, found \"\(fields[2])\"")
        }
        guard let used = UInt64(fields[3]) else {
            throw ParseError(line: line, "expected a used size in KiB, found \"\(fields[3])\"")
        }
        guard let rank = Int(fields[4]) else {
            throw ParseError(line: line, "expected a priority, found \"\(fields[4])\"")
        }
        self.path = String(decoding: name, as: UTF8.self)
        self.isDeleted = isDeleted
        sizeKiB = size
        usedKiB = used
        priority = rank
    }
}
