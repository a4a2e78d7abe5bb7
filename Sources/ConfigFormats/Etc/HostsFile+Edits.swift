/// The two edits: our block put in or brought up to date, and the machine's own name taken off Debian's loopback address.
extension HostsFile {
    /// One line of the block.
    package struct BlockLine: Sendable, Equatable {
        package let address: String
        /// The names in the order of writing, the canonical one first.
        package let names: [String]

        /// The line for `address`.
        package init(address: String, names: [String]) {
            self.address = address
            self.names = names
        }
    }

    /// The file with exactly this block, every byte outside of it kept.
    ///
    /// A block that is there is replaced where it stands, unless another line before it names one of the same names: then
    /// it goes in front of that line, as a new one does. Without such a line it goes to the end. Line ends follow the
    /// file's first line, and a final line feed that is missing stays missing.
    ///
    /// - Parameters:
    ///   - entries: the lines between the markers.
    ///   - note: what the block says of itself, one comment line each, without the number sign.
    /// - Returns: the whole file; the same bytes when the block was so already.
    /// - Throws: when the markers in the file make no block; nothing is guessed then.
    package func puttingBlock(_ entries: [BlockLine], note: [String]) throws(ParseError) -> [UInt8] {
        var pieces = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).map(Array.init)
        var place: Int?
        switch block {
        case .absent: break
        case .broken(let error): throw error
        case .lines(let range):
            pieces.removeSubrange(range.lowerBound - 1...range.upperBound - 1)
            place = range.lowerBound - 1
            if pieces.isEmpty { pieces = [[]] }
        }
        let names = Set(entries.flatMap(\.names).map(Self.folded))
        let rival = self.entries.first { entry in !entry.isOurs && entry.names.contains(where: names.contains) }
        if let rival {
            // Lines behind the block have moved up by its length; the block need not move in front of those.
            place = min(place ?? rival.line - 1, rival.line - 1)
        }
        let isOpen = pieces.last?.isEmpty == false
        let index = place ?? (isOpen ? pieces.count : pieces.count - 1)
        var block = [Self.begin] + note.map { Array("# \($0)".utf8) }
        block += entries.map { Array(([$0.address] + $0.names).joined(separator: " ").utf8) } + [Self.end]
        let isLast = index == pieces.count
        if pieces.count > 1, pieces[0].last == .carriageReturn {
            for line in block.indices where !(isLast && line == block.count - 1) {
                block[line].append(.carriageReturn)
            }
        }
        pieces.insert(contentsOf: block, at: index)
        return Array(pieces.joined(separator: CollectionOfOne(.lineFeed)))
    }

    /// The file without these names on lines of `address` outside of our block, every other byte kept.
    ///
    /// A line that gives no other name goes whole; else the names go, each with the blanks before it. A name whose first
    /// label is one of `names` counts as that name: it is what an installer calls the machine in full.
    package func removing(_ names: [String], from address: IPAddress) -> [UInt8] {
        let wanted = Set(names.map(Self.folded))
        let isMeant = { (name: String) in
            let label = name.utf8.prefix { $0 != UInt8(ascii: ".") }
            return wanted.contains(name) || wanted.contains(String(Substring(label)))
        }
        // `nil` stands for a line that goes.
        var pieces: [[UInt8]?] = bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).map(Array.init)
        for entry in entries where !entry.isOurs && entry.address == address {
            guard entry.names.contains(where: isMeant), let line = pieces[entry.line - 1] else { continue }
            guard !entry.names.allSatisfy(isMeant) else {
                pieces[entry.line - 1] = nil
                continue
            }
            let fields = Self.fields(of: line)
            var kept = Array(line[..<fields[0].upperBound])
            for (index, name) in entry.names.enumerated() where !isMeant(name) {
                kept += line[fields[index].upperBound..<fields[index + 1].upperBound]
            }
            pieces[entry.line - 1] = kept + line[fields[fields.count - 1].upperBound...]
        }
        return Array(pieces.compactMap { $0 }.joined(separator: CollectionOfOne(.lineFeed)))
    }
}
