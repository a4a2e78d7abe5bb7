/// The programs that a file of udev's rules runs.
///
/// - Source: udev(7), "RUN".
package enum UdevCommands {
    /// Each command with the line where its rule begins, counted from 1; builtins of udev are none.
    package static func read(_ text: String) -> [(line: Int, command: String)] {
        var found: [(line: Int, command: String)] = []
        var rule = ""
        var start = 1
        for line in text.numberedLines {
            if rule.isEmpty { start = line.number }
            let words = line.text.stripped
            // A backslash at the end goes on in the next line; a comment has no rule in it.
            if words.hasPrefix("#") { continue }
            if words.hasSuffix("\\") {
                rule += words.dropLast()
                continue
            }
            rule += words
            found += commands(of: rule).map { (start, $0) }
            rule = ""
        }
        return found + commands(of: rule).map { (start, $0) }
    }

    /// The values of `RUN` and `RUN{program}` in one rule.
    private static func commands(of rule: String) -> [String] {
        var found: [String] = []
        var key = ""
        var value: String?
        var isEscaped = false
        for character in rule {
            if let open = value {
                if character == "\"", !isEscaped {
                    if isRun(key) { found.append(open) }
                    (key, value) = ("", nil)
                } else {
                    value = open + String(character)
                }
                isEscaped = character == "\\" && !isEscaped
            } else if character == "\"" {
                value = ""
            } else if character != ",", character != " ", character != "\t" {
                key.append(character)
            }
        }
        return found
    }

    private static func isRun(_ key: String) -> Bool {
        ["RUN+=", "RUN=", "RUN:=", "RUN{program}+=", "RUN{program}=", "RUN{program}:="].contains(key)
    }
}
