/// The difference between two versions of a file, as diff(1) prints it with `-u`.
package struct UnifiedDiff: Equatable, Sendable {
    /// The text; empty when nothing differs.
    package let text: String

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

    private static func script(from old: [Substring], to new: [Substring]) -> [Line] {
        let difference = new.difference(from: old)
        var removed: Set<Int> = []
        var added: Set<Int> = []
        for change in difference {
            switch change {
            case .remove(let offset, _, _): removed.insert(offset)
            case .insert(let offset, _, _): added.insert(offset)
            }
        }
        var script: [Line] = []
        var oldIndex = 0
        var newIndex = 0
        while oldIndex < old.count || newIndex < new.count {
            if oldIndex < old.count, removed.contains(oldIndex) {
                script.append(.removed(old[oldIndex]))
                oldIndex += 1
            } else if newIndex < new.count, added.contains(newIndex) {
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
