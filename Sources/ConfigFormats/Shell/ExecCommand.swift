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
    /// What names no program is left out.
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

    /// The word of an assignment for which systemd refuses the whole unit: it names no program, and has no `-` before it.
    package static func refusedWord(of value: String) -> String? {
        var isFirst = true
        for word in Self.words(of: value) {
            if isFirst, word != ";" {
                let program = word.drop { "-@:+!|".contains($0) }
                if !isProgram(program), !word.dropLast(program.count).contains("-") { return word }
            }
            isFirst = word == ";"
        }
        return nil
    }

    /// Whether a word is an absolute path of a file, or the name of one.
    private static func isProgram(_ word: Substring) -> Bool {
        guard !word.isEmpty, word.last != "/" else { return false }
        return word.first == "/" || (!word.contains("/") && word != "." && word != "..")
    }

    private init?(words: [String]) {
        guard let first = words.first else { return nil }
        let program = first.drop { "-@:+!|".contains($0) }
        let signs = first.prefix(first.count - program.count)
        guard Self.isProgram(program) else { return nil }
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
