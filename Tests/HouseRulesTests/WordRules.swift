extension Rules {
    /// A word in the text of a string that people do not read as it is meant; the list says what to write.
    static func unwantedWords(_ file: SourceFile) -> [Violation] {
        Graph.unwantedWords.flatMap { pattern, better in
            matches(pattern, in: file, file.strings).map {
                Violation(path: file.path, line: $0.line, rule: "a text says \(pattern); write: \(better)")
            }
        }
    }

    /// A word of the wire that is compared as a string: `NodeAPI` has a type for it, which knows a word from a slip of the pen.
    static func wireWords(_ file: SourceFile) -> [Violation] {
        guard Graph.modulesOfTheWire.contains(file.module) else { return [] }
        // Most files have none, and expressions cost time.
        let quoted = Graph.wireWords.map { "\"\($0)\"" }
        guard file.codeWithStrings.contains(where: { line in quoted.contains { line.contains($0) } }) else { return [] }
        let word = "\"(?:\(Graph.wireWords.joined(separator: "|")))\""
        let list = #"(?:"[^"\n]*",\s*)*"# + word
        let patterns = [
            #"[=!~]=\s*"# + word, word + #"\s*[=!~]="#,
            #"\bcase\s+"# + list,
            #"\.contains\(\s*"# + word, #"\["# + list + #"[^\]]*\]\s*\.contains\b"#,
            #"\bSet(?:<String>)?\s*=\s*\["# + list, #"\bSet\(\s*\["# + list,
            #"\bfor\s+\w+\s+in\s+\["# + list,
        ]
        let lines = patterns.flatMap { matches($0, in: file, file.codeWithStrings).map(\.line) }
        return Set(lines).sorted().map { Violation(path: file.path, line: $0, rule: "a word of the wire is a string") }
    }
}
