/// One thing that is wrong with the configuration, with its place.
package struct ConfigurationProblem: Error, Equatable, Sendable, CustomStringConvertible {
    package var file: String
    /// Counted from 1; 0 when the file as a whole is meant.
    package var line: Int
    package var column: Int
    /// What is wrong, and what was expected.
    package var text: String

    /// The problem at a place.
    package init(file: String, line: Int = 0, column: Int = 0, _ text: String) {
        self.file = file
        self.line = line
        self.column = column
        self.text = text
    }

    package var description: String { line == 0 ? "\(file): \(text)" : "\(file):\(line):\(column): \(text)" }
}

/// Everything that is wrong with a configuration, all at once; the configuration before it stays in force.
package struct ConfigurationProblems: Error, Equatable, Sendable, CustomStringConvertible {
    package var problems: [ConfigurationProblem]

    /// These problems, at least one.
    package init(_ problems: [ConfigurationProblem]) { self.problems = problems }

    package var description: String { problems.map(\.description).joined(separator: "\n") }
}

/// Finds the word that somebody probably meant.
enum Nearest {
    /// The known word at most two letters away from `word`; `nil` when there is none.
    static func word(to word: String, in known: [String]) -> String? {
        let ranked = known.map { (distance(word, $0), $0) }.min { $0.0 < $1.0 }
        return ranked.flatMap { $0.0 <= 2 ? $0.1 : nil }
    }

    /// How many letters must be put in, taken out or replaced.
    private static func distance(_ one: String, _ other: String) -> Int {
        let other = Array(other.utf8)
        var row = Array(0...other.count)
        for (index, letter) in one.utf8.prefix(64).enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
