/// The commands of one list in a file of cloud-init's configuration, such as `bootcmd:`, as far as they can be told apart.
///
/// It is no reader of YAML: each line of the list is taken for text of a shell, without the signs of YAML around it, so that
/// a program that stands in it is found however it is written.
/// - Source: cloud-init, "Module reference", Bootcmd, Runcmd; YAML 1.1, "Block sequences".
package struct CloudCommands: Sendable, Equatable {
    /// One command, or one line of it.
    package struct Line: Sendable, Equatable {
        /// Counted from 1.
        package var number: Int
        package var text: String
    }

    /// The lines of the list, in order; `nil` when the file does not have the key.
    package let lines: [Line]?

    /// Looks for the list `key` at the margin of a whole file.
    package init(parsing text: String, key: String) {
        var found: [Line]?
        var isInside = false
        /// How far the items of the list itself are indented.
        var margin: Int?
        for line in text.numberedLines {
            let indent = line.text.utf8.prefix { $0 == .space }.count
            let words = line.text.stripped
            guard !words.isEmpty, words.utf8.first != .numberSign else { continue }
            let isItem = words == "-" || words.hasPrefix("- ")
            if indent == 0, !isItem {
                let parts = words.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                let name = parts[0].filter { $0 != "\"" && $0 != "'" && $0 != " " }
                isInside = parts.count == 2 && name == key
                guard isInside else { continue }
                // Of two lists of one name the last counts.
                found = []
                margin = nil
                // A list within brackets begins on the line of its key.
                if let rest = parts.last?.stripped, !rest.isEmpty {
                    found?.append(Line(number: line.number, text: Self.plain(rest)))
                }
                continue
            }
            guard isInside else { continue }
            margin = margin ?? indent
            let text = Self.plain(words)
            guard !text.isEmpty else { continue }
            // An item deeper than the list is a word of the command before it.
            if isItem, let margin, indent > margin, let last = found?.indices.last {
                found?[last].text += " " + text
            } else {
                found?.append(Line(number: line.number, text: text))
            }
        }
        lines = found
    }

    /// A line without the signs of a list: dashes in front, brackets and commas around words, quotes of a whole item, and
    /// what announces a text over several lines.
    private static func plain(_ line: Substring) -> String {
        var rest = line.stripped
        while rest == "-" || rest.hasPrefix("- ") { rest = rest.dropFirst().stripped }
        if ["|", ">"].contains(where: { rest.hasPrefix($0) }), rest.utf8.count <= 3 { return "" }
        if rest.hasPrefix("[") || rest.hasPrefix("]") {
            return rest.split { "[],".contains($0) }.map { unquoted($0.stripped) }.filter { !$0.isEmpty }
                .joined(separator: " ")
        }
        return String(unquoted(rest))
    }

    private static func unquoted(_ text: Substring) -> Substring {
        guard let quote = text.first, quote == "\"" || quote == "'", text.count > 1, text.last == quote else {
            return text
        }
        return text.dropFirst().dropLast()
    }
}
