/// What text is laid out for: a width, and whether words may be coloured.
struct Terminal: Equatable, Sendable {
    /// When colour is used.
    enum ColourChoice: String, Sendable, CaseIterable {
        case auto, always, never
    }

    /// The columns, 60 at least.
    var width: Int
    var isColoured: Bool

    /// Eighty columns without colour, unless told otherwise.
    init(width: Int = 80, isColoured: Bool = false) {
        self.width = max(width, 60)
        self.isColoured = isColoured
    }

    /// The terminal behind a stream.
    ///
    /// - Parameters:
    ///   - width: its columns.
    ///   - isTerminal: whether the stream is one.
    ///   - choice: the user's word about colour, which is above the environment.
    ///   - environment: looks up `NO_COLOR` and `TERM`.
    init(width: Int, isTerminal: Bool, choice: ColourChoice, environment: (String) -> String?) {
        let isWanted = (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
        self.init(
            width: min(width, 400), isColoured: choice == .always || (choice == .auto && isTerminal && isWanted))
    }

    /// `word` in the colour of what it says; the word itself is all that carries meaning.
    func paint(_ word: String) -> String {
        guard isColoured, let code = Self.codes[word] else { return word }
        return "\u{1B}[\(code)m\(word)\u{1B}[0m"
    }

    /// `line` with its first word painted.
    func paintFirst(_ line: String) -> String {
        let word = String(line.prefix { $0 != " " })
        return paint(word) + line.dropFirst(word.count)
    }

    private static let codes = [
        "FAIL": "1;31", "NO-GO": "1;31", "warn": "33", "GO-WITH-WARNINGS": "1;33", "unkn": "35", "??": "35",
        "INCOMPLETE": "1;35", "ok": "32", "GO": "1;32", "DONE": "1;32", "waiv": "36",
    ]
}
