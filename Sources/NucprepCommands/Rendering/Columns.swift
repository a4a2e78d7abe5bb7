internal import Fleet

/// Lays out text in columns; everything that enters is made safe first, so a stranger's text stays in its place.
struct Columns: Sendable {
    let terminal: Terminal
    /// Where the label of a row begins, and where its text.
    let label: Int
    let text: Int

    /// Rows with a mark, a label and a text, as in `FAIL  swap-off  …`.
    init(_ terminal: Terminal, label: Int, text: Int) {
        self.terminal = terminal
        self.label = label
        self.text = text
    }

    /// A row whose text is wrapped beneath itself; a label that is too long for its column has its own line.
    func row(_ name: String, _ words: String, mark: String = "") -> [String] {
        let head = Self.pad(mark, label) + Sanitized(name).text
        let wrapped = Self.wrap(words, to: terminal.width - text)
        guard let first = wrapped.first else { return [terminal.paintFirst(Self.trimmed(head))] }
        let indent = String(repeating: " ", count: text)
        if head.utf8.count < text {
            return [terminal.paintFirst(Self.pad(head, text) + first)] + wrapped.dropFirst().map { indent + $0 }
        }
        return [terminal.paintFirst(head)] + wrapped.map { indent + $0 }
    }

    /// A row whose text is a command: it is never wrapped and never cut.
    func command(_ name: String, _ words: String) -> String {
        Self.pad(Self.pad("", label) + name, text) + Sanitized(words).text
    }

    /// Parts after each other with two spaces between, on as many lines as they need; later lines are indented by six.
    static func flow(_ parts: [String], width: Int) -> [String] {
        var lines: [String] = []
        for part in parts.map({ Sanitized($0).text }) where !part.isEmpty {
            if let last = lines.last, last.utf8.count + 2 + part.utf8.count <= width {
                lines[lines.count - 1] = last + "  " + part
            } else {
                let indent = lines.isEmpty ? "" : "      "
                lines += wrap(part, to: width - indent.count).map { indent + $0 }
            }
        }
        return lines
    }

    /// The words of `text` on lines of at most `width` columns; a word that is longer than a line is broken.
    static func wrap(_ text: String, to width: Int) -> [String] {
        let room = max(width, 16)
        var lines: [String] = []
        var line = ""
        for word in Sanitized(text).text.split(separator: " ") {
            if !line.isEmpty, line.utf8.count + 1 + word.utf8.count <= room {
                line += " " + word
                continue
            }
            if !line.isEmpty { lines.append(line) }
            var rest = word
            while rest.utf8.count > room {
                lines.append(String(rest.prefix(room)))
                rest = rest.dropFirst(room)
            }
            line = String(rest)
        }
        return line.isEmpty ? lines : lines + [line]
    }

    /// `text` filled up with spaces; a text that fills the column is followed by two.
    static func pad(_ text: String, _ width: Int) -> String {
        let missing = width - text.utf8.count
        return text + String(repeating: " ", count: width == 0 ? 0 : max(missing, text.isEmpty ? 0 : 2))
    }

    /// `line` without spaces at its end.
    static func trimmed(_ line: String) -> String {
        var line = line[...]
        while line.last == " " { line = line.dropLast() }
        return String(line)
    }

    /// `count` with the noun in its number.
    static func count(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
        "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
    }

    /// `2026-11-22T10:15:02.101233Z` as `2026-11-22 10:15:02Z`; anything else as it is.
    static func instant(_ text: String) -> String {
        let parts = text.split(separator: "T")
        guard parts.count == 2, text.hasSuffix("Z") else { return text }
        return "\(parts[0]) \(parts[1].prefix { $0 != "." && $0 != "Z" })Z"
    }
}
