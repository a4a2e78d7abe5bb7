/// hosts(5) as glibc's `files` back-end reads it, with the block of lines that nucprep owns.
///
/// Bytes need not be UTF-8; what is not edited keeps every byte.
///
/// - Source: hosts(5); glibc `nss/nss_files/files-hosts.c`, `files-parse.c`.
package struct HostsFile: Sendable, Equatable {
    /// A line that gives names to an address.
    package struct Entry: Sendable, Equatable {
        /// The line's number, counted from 1.
        package let line: Int
        /// The address as written.
        package let written: String
        package let address: IPAddress
        /// The names in lower case, since they are compared so.
        package let names: [String]
        /// Whether it stands in our block.
        package let isOurs: Bool
    }

    /// Where our block stands.
    package enum Block: Sendable, Equatable {
        case absent
        /// The numbers of its lines, both markers included.
        case lines(ClosedRange<Int>)
        /// The markers make no block; the error names the line and the way in which.
        case broken(ParseError)
    }

    /// The lines with an address and a name, in file order.
    package let entries: [Entry]

    /// The lines that glibc passes over: no address it knows, or no name.
    package let malformed: [ParseError]

    package let block: Block

    let lines: EditableLines

    static let begin = Array("# BEGIN nucprep".utf8)
    static let end = Array("# END nucprep".utf8)

    /// Reads the bytes of a whole file; every file can be read.
    package init(bytes: [UInt8]) {
        let lines = EditableLines(bytes)
        let block = Self.block(in: lines)
        var entries: [Entry] = []
        var malformed: [ParseError] = []
        for number in lines.numbers {
            let fields = Self.fields(of: lines[number]).map { String(decoding: lines[number][$0], as: UTF8.self) }
            guard let written = fields.first else { continue }
            guard let address = IPAddress(written) else {
                malformed.append(ParseError(line: number, "expected an address, found \"\(written)\""))
                continue
            }
            guard fields.count > 1 else {
                malformed.append(ParseError(line: number, "expected a name after \(written)"))
                continue
            }
            var isOurs = false
            if case .lines(let range) = block { isOurs = range.contains(number) }
            entries.append(
                Entry(
                    line: number, written: written, address: address,
                    names: fields.dropFirst().map(Self.folded), isOurs: isOurs))
        }
        self.lines = lines
        self.block = block
        self.entries = entries
        self.malformed = malformed
    }

    /// The bytes of the file.
    package var bytes: [UInt8] { lines.bytes }

    /// The entries for names in file order, whatever their family; glibc gives all of them.
    ///
    /// - Returns: the entries by the name as it was asked for; a name without any is left out.
    /// - Source: host.conf(5), `multi on`, which Debian sets.
    package func entries(naming names: some Sequence<String>) -> [String: [Entry]] {
        let wanted = Dictionary(names.map { (Self.folded($0), [$0]) }, uniquingKeysWith: +)
        var found: [String: [Entry]] = [:]
        for entry in entries {
            // A line may give one name twice.
            for name in Set(entry.names) {
                for asked in wanted[name] ?? [] { found[asked, default: []].append(entry) }
            }
        }
        return found
    }

    /// The entries for one name in file order.
    package func entries(naming name: String) -> [Entry] { entries(naming: [name])[name] ?? [] }

    /// A name as it is compared: ASCII letters without their case.
    static func folded(_ name: String) -> String {
        String(decoding: name.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The places of the words on a line, what follows `#` or a NUL left out.
    static func fields(of line: [UInt8]) -> [Range<Int>] {
        let text = line.prefix { $0 != .numberSign && $0 != 0 }
        var fields: [Range<Int>] = []
        var start: Int?
        for index in 0...text.count {
            if index < text.count, !text[index].isCSpace {
                start = start ?? index
            } else if let begin = start {
                fields.append(begin..<index)
                start = nil
            }
        }
        return fields
    }

    private static func block(in lines: EditableLines) -> Block {
        var first: Int?
        var last: Int?
        for number in lines.numbers {
            let line = Self.withoutEnd(lines[number])
            if line == begin {
                if let first {
                    return .broken(ParseError(line: number, "a second begin of the block of line \(first)"))
                }
                first = number
            } else if line == end {
                guard first != nil else { return .broken(ParseError(line: number, "an end without a begin")) }
                if let last {
                    return .broken(ParseError(line: number, "a second end of the block, after line \(last)"))
                }
                last = number
            }
        }
        guard let first else { return .absent }
        guard let last else { return .broken(ParseError(line: first, "the block that begins here never ends")) }
        return .lines(first...last)
    }

    /// A line without blanks and a carriage return at its end.
    private static func withoutEnd(_ line: [UInt8]) -> [UInt8] {
        var line = line
        while line.last?.isCSpace == true { line.removeLast() }
        return line
    }
}
