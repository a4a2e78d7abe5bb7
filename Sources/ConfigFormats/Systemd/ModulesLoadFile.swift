/// The modules that one modules-load.d(5) file names.
///
/// - Source: systemd `src/modules-load/modules-load.c`.
package struct ModulesLoadFile: Sendable, Equatable {
    /// One module to load.
    package struct Entry: Sendable, Equatable {
        /// The line's number, counted from 1.
        package let line: Int

        /// The name as written; compare with `ModuleName`.
        package let module: String
    }

    /// The entries in file order.
    package let entries: [Entry]

    /// Reads a whole file: one name a line, `#` and `;` begin a comment line, blanks around a name do not count.
    package init(parsing text: String) {
        entries = text.numberedLines.compactMap { line in
            let name = line.text.stripped
            guard let first = name.utf8.first, first != .numberSign, first != .semicolon else { return nil }
            return Entry(line: line.number, module: String(name))
        }
    }

    /// The first line that names `module`, with `-` and `_` taken as one; `nil` when none does.
    package func line(naming module: String) -> Int? {
        entries.first { ModuleName($0.module) == ModuleName(module) }?.line
    }
}

/// A module's name as libkmod compares it: `-` and `_` are the same.
///
/// - Source: libkmod `shared/util.c` (`underscores`).
package struct ModuleName: Sendable, Hashable {
    /// The name with underscores.
    package let text: String

    /// Takes a name as anyone writes it.
    package init(_ name: some StringProtocol) {
        var folded = ""
        var isInBrackets = false
        for scalar in name.unicodeScalars {
            // In a pattern like `snd[-_]*` a hyphen means a range, so libkmod leaves brackets alone.
            if scalar == "[" { isInBrackets = true }
            if scalar == "]" { isInBrackets = false }
            folded.unicodeScalars.append(scalar == "-" && !isInBrackets ? "_" : scalar)
        }
        text = folded
    }
}
