/// The simple commands of a shell script, as far as they can be told without running it.
///
/// It expands nothing and follows no `case`: what stands in a branch, a loop or a function is conditional, and so is what
/// comes after a command that may have ended the script.
///
/// - Source: POSIX.1-2017, "Shell Command Language", 2.2 to 2.9.
package struct ShellScript: Sendable, Equatable {
    /// A file that the output of a command goes to.
    package struct Output: Sendable, Equatable {
        package let path: String
        /// `>>`: what is in the file stays.
        package let appends: Bool
    }

    /// One simple command.
    package struct Command: Sendable, Equatable {
        /// The program and its arguments, quotes taken off; variables stand as they are written.
        package var words: [String]
        /// Where its standard output goes, when that is no terminal, pipe or descriptor.
        package var outputs: [Output] = []
        /// The words of the command whose output it reads; `nil` when it stands behind no pipe.
        package var input: [String]?
        /// The line on which it begins, counted from 1.
        package var line: Int
        /// Whether it may be passed over when the script runs.
        package var isConditional = false

        package init(words: [String], line: Int, isConditional: Bool = false) {
            self.words = words
            self.line = line
            self.isConditional = isConditional
        }
    }

    /// More commands than these are not told.
    static let mostCommands = 4000
    /// Deeper than this, a text within a text is not followed.
    private static let mostTexts = 3

    /// The commands in the order of the text; those within `$( … )` and `sh -c` come after the one that holds them.
    package private(set) var commands: [Command] = []

    /// Reads a text.
    ///
    /// - Parameters:
    ///   - text: the script, or what stands behind `sh -c`.
    ///   - line: the number of its first line.
    ///   - isConditional: whether the text as a whole may be passed over.
    package init(parsing text: String, line: Int = 1, isConditional: Bool = false) {
        self.init(text, line, isConditional, depth: 0)
    }

    mutating func add(_ command: Command) { commands.append(command) }

    private init(_ text: String, _ line: Int, _ isConditional: Bool, depth: Int) {
        var parser = Parser(isConditional: isConditional)
        for token in ShellTokens(parsing: text, line: line).tokens where parser.commands.count < Self.mostCommands {
            parser.take(token)
        }
        parser.finish()
        for command in parser.commands {
            commands.append(command)
            guard depth < Self.mostTexts, let text = command.shellText else { continue }
            commands += ShellScript(text, command.line, command.isConditional, depth: depth + 1).commands
        }
        guard depth < Self.mostTexts else { return }
        for nested in parser.nested {
            commands += ShellScript(nested.text, nested.line, nested.isConditional, depth: depth + 1).commands
        }
    }

    /// Puts words together to commands.
    private struct Parser {
        var commands: [Command] = []
        var nested: [(text: String, line: Int, isConditional: Bool)] = []
        private let isConditional: Bool
        private var words: [String] = []
        private var outputs: [Output] = []
        private var line: Int?
        private var depth = 0
        private var parentheses = 0
        /// Whether the script may have ended by now.
        private var mayHaveEnded = false
        /// Whether a command of this list decides about the next one.
        private var isChained = false
        private var input: [String]?
        private var redirect: ShellTokens.Redirect?

        init(isConditional: Bool) { self.isConditional = isConditional }

        private var isBranch: Bool { isConditional || depth > 0 || parentheses > 0 || mayHaveEnded || isChained }

        mutating func take(_ token: ShellTokens.Token) {
            nested += token.nested.map { ($0, token.line, isBranch) }
            switch token.kind {
            case .redirect(let kind): redirect = kind
            case .word(let text):
                if let kind = redirect {
                    redirect = nil
                    if case .output(let appends) = kind { outputs.append(Output(path: text, appends: appends)) }
                } else {
                    takeWord(text, isQuoted: token.isQuoted, token.line)
                }
            case .separator(let text): takeSeparator(text)
            }
        }

        private mutating func takeWord(_ text: String, isQuoted: Bool, _ number: Int) {
            if words.isEmpty, !isQuoted, takeKeyword(text) { return }
            if words.isEmpty, Self.isAssignment(text) { return }
            line = line ?? number
            words.append(text)
        }

        /// Whether a word is one of the shell's own.
        private mutating func takeKeyword(_ text: String) -> Bool {
            switch text {
            case "if", "while", "until", "for", "case", "select", "{": depth += 1
            case "fi", "done", "esac", "}": depth = max(0, depth - 1)
            case "then", "else", "elif", "do", "!": break
            default: return false
            }
            return true
        }

        private mutating func takeSeparator(_ text: String) {
            redirect = nil
            // The pattern of a `case`.
            if text == ")", parentheses == 0 { words = [] }
            let last = flush()
            switch text {
            case "||": isChained = true
            case "&&": isChained = isChained || last.map(Self.isTest) ?? true
            case "|": input = last
            case "(": parentheses += 1
            case ")":
                parentheses = max(0, parentheses - 1)
                isChained = false
            default: isChained = false
            }
        }

        /// Ends a command and answers its words.
        private mutating func flush() -> [String]? {
            let taken = words
            if let line, !words.isEmpty {
                var command = Command(words: words, line: line, isConditional: isBranch)
                command.outputs = outputs
                command.input = input
                commands.append(command)
                let program = command.invocation.first.map(Command.baseName)
                if let program, ["exit", "return"].contains(program) { mayHaveEnded = true }
                if words.first == "exec", words.count > 1 { mayHaveEnded = true }
            }
            words = []
            outputs = []
            line = nil
            input = nil
            return taken.isEmpty ? nil : taken
        }

        mutating func finish() { _ = flush() }

        private static func isTest(_ words: [String]) -> Bool {
            let tests: Set<String> = [
                "[", "[[", "test", "grep", "command", "which", "type", "pgrep", "false", "mountpoint",
            ]
            return words.first.map { tests.contains(Command.baseName($0)) } ?? true
        }

        private static func isAssignment(_ word: String) -> Bool {
            guard let equals = word.firstIndex(of: "="), equals != word.startIndex else { return false }
            return word[..<equals].allSatisfy { $0 == "_" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        }
    }
}

extension ShellScript {
    /// One command that no shell reads, with what it hands to a shell.
    package init(of command: Command) {
        self.init(parsing: "")
        add(command)
        guard let text = command.shellText else { return }
        for nested in ShellScript(parsing: text, line: command.line, isConditional: command.isConditional).commands {
            var own = nested
            // However many lines the text has, the unit has it on one.
            own.line = command.line
            add(own)
        }
    }
}
