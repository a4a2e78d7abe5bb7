/// What a command starts in the end, behind `sudo`, `env` and their like.
extension ShellScript.Command {
    private static let wrappers: Set<String> = [
        "sudo", "doas", "exec", "nohup", "nice", "ionice", "chrt", "env", "command", "builtin", "time", "busybox",
        "setsid",
        "timeout", "flock", "xargs", "eval", "stdbuf", "systemd-cat", "systemd-run", "logsave", "runuser",
    ]
    private static let shells: Set<String> = ["sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"]

    /// The last component of a path.
    package static func baseName(_ word: String) -> String {
        word.lastIndex(of: "/").map { String(word[word.index(after: $0)...]) } ?? word
    }

    /// The words from the program on that does the work.
    package var invocation: [String] {
        var rest = words[...]
        while let first = rest.first, rest.count > 1, Self.wrappers.contains(Self.baseName(first)) {
            rest = rest.dropFirst()
            // The wrapper's own options, its numbers and the variables that it sets.
            while rest.count > 1, let word = rest.first,
                word.hasPrefix("-") || word.first?.isNumber == true || word.contains("=")
            {
                rest = rest.dropFirst()
            }
        }
        return Array(rest)
    }

    /// The text that a shell is given behind `-c`; `nil` when it starts no shell that way.
    var shellText: String? {
        let words = invocation
        guard let program = words.first, Self.shells.contains(Self.baseName(program)),
            let option = words.dropFirst().firstIndex(where: {
                $0.hasPrefix("-") && !$0.hasPrefix("--") && $0.contains("c")
            }),
            words.indices.contains(option + 1)
        else { return nil }
        return words[option + 1]
    }

    /// The scripts that the command names by their path: its program, or what an interpreter is given.
    package var scripts: [String] {
        let words = invocation
        guard let program = words.first else { return [] }
        guard shellText == nil else { return [] }
        let name = Self.baseName(program)
        var found = program.hasPrefix("/") ? [program] : []
        let interpreters = ["python", "perl", "ruby", "node", "lua", "php"]
        if Self.shells.contains(name) || name == "." || name == "source"
            || interpreters.contains(where: { name.hasPrefix($0) })
        {
            found += words.dropFirst().first { !$0.hasPrefix("-") }.map { [$0] } ?? []
        }
        return found.filter { $0.hasPrefix("/") && !$0.contains("$") }
    }

    /// The command as one line of text, cut where it is long.
    package var text: String {
        var parts = words
        for output in outputs { parts += [output.appends ? ">>" : ">", output.path] }
        let text = parts.joined(separator: " ").map { $0.isNewline || $0 == "\t" ? " " : $0 }
        return text.count > 100 ? String(text.prefix(100)) + "…" : String(text)
    }
}

extension ShellScript {
    /// The words of a script in another language, each as it could begin a command: nothing of it is certain.
    ///
    /// - Parameters:
    ///   - text: the script.
    ///   - names: the programs and files that are looked for.
    package init(wordsOf text: String, naming names: Set<String>) {
        self.init(parsing: "")
        for line in text.numberedLines where commands.count < Self.mostCommands {
            guard line.text.first(where: { !$0.isWhitespace }) != "#" else { continue }
            let words = line.text.split { !($0.isLetter || $0.isNumber || "_./=:+-".contains($0)) }.map(String.init)
            for (index, word) in words.enumerated() where names.contains(Command.baseName(word)) || names.contains(word)
            {
                var command = Command(words: Array(words[index...].prefix(12)), line: line.number, isConditional: true)
                // `open("/etc/hosts", "w")`, `Path("/etc/hosts").write_text(…)`
                if word.hasPrefix("/"), line.text.contains("open") || line.text.contains("write") {
                    let modes = ["\"w", "'w", "\"a", "'a", "write"]
                    guard modes.contains(where: { line.text.contains($0) }) else { continue }
                    command.words = [words[0]]
                    command.outputs = [Output(path: word, appends: false)]
                }
                add(command)
            }
        }
    }
}
