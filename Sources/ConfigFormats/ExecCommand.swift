/// One command of `ExecStart=` and its like.
///
/// - Source: systemd.service(5), "Command lines"; systemd `src/core/load-fragment.c` (`config_parse_exec`).
package struct ExecCommand: Sendable, Equatable {
    /// The program as it is written, without the signs before it: a path, or a name that is looked for.
    package let program: String
    /// All words behind the program.
    package let arguments: [String]
    /// Whether a failure counts as success: `-`.
    package let ignoresFailure: Bool

    /// The commands of one assignment: a word `;` ends one and begins the next.
    ///
    /// What systemd ignores with a warning is left out: a command without a program, or a path that is not plain.
    package static func commands(of value: String) -> [ExecCommand] {
        var commands: [ExecCommand] = []
        var words: [String] = []
        for word in Self.words(of: value) + [";"] {
            guard word == ";" else {
                words.append(word == "\\;" ? ";" : word)
                continue
            }
            if let command = ExecCommand(words: words) { commands.append(command) }
            words = []
        }
        return commands
    }

    private init?(words: [String]) {
        guard let first = words.first else { return nil }
        let program = first.drop { "-@:+!|".contains($0) }
        let signs = first.prefix(first.count - program.count)
        guard !program.isEmpty, program.last != "/", !program.split(separator: "/").contains("..") else { return nil }
        // With `@` the second word is the name that the program sees, and no argument.
        let hasName = signs.contains("@")
        guard !hasName || words.count > 1 else { return nil }
        self.program = String(program)
        arguments = Array(words.dropFirst(hasName ? 2 : 1))
        ignoresFailure = signs.contains("-")
    }

    /// Splits at blanks; quotes around a word, and backslashes before a sign, are taken off.
    private static func words(of value: String) -> [String] {
        var words: [String] = []
        var word: String?
        var quote: Character?
        var isEscaped = false
        for character in value {
            if isEscaped {
                // `\;` is told apart from the separator.
                word = (word ?? "") + (character == ";" && word == nil ? "\\;" : String(character))
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if let open = quote {
                if character == open { quote = nil } else { word = (word ?? "") + String(character) }
            } else if (character == "\"" || character == "'") && word == nil {
                quote = character
                word = ""
            } else if character == " " || character == "\t" {
                if let done = word { words.append(done) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        if let done = word { words.append(done) }
        return words
    }
}
