/// The difference between two versions of a file, as diff(1) prints it with `-u`.
package struct UnifiedDiff: Equatable, Sendable {
    /// The text; empty when nothing differs.
    package let text: String

    /// How many lines are compared with each other.
    ///
    /// Of more, all of the old go and all of the new come: the memory for comparing grows with the square, and a file may
    /// have been filled with anything.
    private static let comparedLines = 500

    fileprivate enum Line {
        case kept(Substring)
        case removed(Substring)
        case added(Substring)
    }

    /// Compares line by line, with three lines of context.
    ///
    /// Bytes that are not UTF-8 show as U+FFFD: the text is for reading, never for applying.
    /// - Source: diff(1), "unified format".
    package init(of path: String, from before: [UInt8]?, to after: [UInt8]) {
        let old = Self.lines(before ?? [])
        let new = Self.lines(after)
        let script = Self.script(from: old, to: new)
        var hunks = ""
        var index = script.startIndex
        var oldLine = 1
        var newLine = 1
        while let first = script[index...].firstIndex(where: { $0.isChange }) {
            let start = max(index, first - 3)
            oldLine += start - index
            newLine += start - index
            var end = first
            while let next = script[end...].firstIndex(where: { $0.isChange }), next - end <= 6 { end = next + 1 }
            let stop = min(end + 3, script.endIndex)
            let hunk = script[start..<stop]
            let oldCount = hunk.count { $0.isOld }
            let newCount = hunk.count { $0.isNew }
            hunks += "@@ -\(Self.range(oldLine, oldCount)) +\(Self.range(newLine, newCount)) @@\n"
            for line in hunk { hunks += line.text }
            oldLine += oldCount
            newLine += newCount
            index = stop
        }
        let source = before == nil ? "/dev/null" : path
        text = hunks.isEmpty ? "" : "--- \(source)\n+++ \(path)\n" + hunks
    }

    /// Lines with their line ends; a last line without one keeps it missing.
    private static func lines(_ bytes: [UInt8]) -> [Substring] {
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        var lines: [Substring] = []
        while !rest.isEmpty {
            let end = rest.utf8.firstIndex(of: 0x0A).map { rest.utf8.index(after: $0) } ?? rest.endIndex
            lines.append(rest[..<end])
            rest = rest[end...]
        }
        return lines
    }

    /// The lines of both, in the order of printing.
    private static func script(from old: [Substring], to new: [Substring]) -> [Line] {
        let start = zip(old, new).prefix { $0 == $1 }.count
        let end = zip(old[start...].reversed(), new[start...].reversed()).prefix { $0 == $1 }.count
        let removed = old[start..<(old.count - end)]
        let added = new[start..<(new.count - end)]
        let middle: [Line] =
            removed.count + added.count <= comparedLines
            ? compared(removed, added) : removed.map(Line.removed) + added.map(Line.added)
        return old.prefix(start).map(Line.kept) + middle + old.suffix(end).map(Line.kept)
    }

    private static func compared(_ old: ArraySlice<Substring>, _ new: ArraySlice<Substring>) -> [Line] {
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in new.difference(from: old) {
            switch change {
            case .remove(let offset, _, _): removed.insert(old.startIndex + offset)
            case .insert(let offset, _, _): added.insert(new.startIndex + offset)
            }
        }
        var script: [Line] = []
        var oldIndex = old.startIndex
        var newIndex = new.startIndex
        while oldIndex < old.endIndex || newIndex < new.endIndex {
            if oldIndex < old.endIndex, removed.contains(oldIndex) {
                script.append(.removed(old[oldIndex]))
                oldIndex += 1
            } else if newIndex < new.endIndex, added.contains(newIndex) {
                script.append(.added(new[newIndex]))
                newIndex += 1
            } else {
                script.append(.kept(old[oldIndex]))
                oldIndex += 1
                newIndex += 1
            }
        }
        return script
    }

    /// `start,count`; an empty side names the line before it.
    private static func range(_ start: Int, _ count: Int) -> String {
        count == 0 ? "\(start - 1),0" : count == 1 ? "\(start)" : "\(start),\(count)"
    }
}

extension UnifiedDiff.Line {
    fileprivate var isChange: Bool { if case .kept = self { false } else { true } }
    fileprivate var isOld: Bool { if case .added = self { false } else { true } }
    fileprivate var isNew: Bool { if case .removed = self { false } else { true } }

    fileprivate var text: String {
        let (mark, line) =
            switch self {
            case .kept(let line): (" ", line)
            case .removed(let line): ("-", line)
            case .added(let line): ("+", line)
            }
        return line.utf8.last == 0x0A ? "\(mark)\(line)" : "\(mark)\(line)\n\\ No newline at end of file\n"
    }
}
