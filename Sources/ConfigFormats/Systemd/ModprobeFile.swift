/// What one modprobe.d(5) file says against loading a module: its `blacklist` and `install` lines.
///
/// Other directives are known and left out. Which files count, and in which order, is `LayeredFiles`.
///
/// - Source: libkmod `libkmod/libkmod-config.c`.
package struct ModprobeFile: Sendable, Equatable {
    /// What a line asks for.
    package enum Directive: Sendable, Equatable {
        /// The module is not loaded at boot, nor through an alias; `modprobe NAME` still loads it.
        case blacklist

        /// This shell command runs in place of loading the module.
        case install(command: String)
    }

    /// One line about one module.
    package struct Entry: Sendable, Equatable {
        /// The line's number, counted from 1; of continued lines the first.
        package let line: Int

        /// The name; in an `install` line a pattern as in glob(7).
        package let module: ModuleName

        package let directive: Directive

        /// Whether the line by itself keeps the module out.
        ///
        /// A `blacklist` does, and an `install` that runs `true`, `false` or nothing at all. Any other command may load
        /// the module after all; what it does cannot be read here.
        package var deniesLoading: Bool {
            guard case .install(let command) = directive else { return true }
            guard let program = command.firstWord else { return true }
            let isWhole = !command.contains { ";&|`$()".contains($0) }
            return isWhole
                && ["true", "false"].contains { ["\($0)", "/bin/\($0)", "/usr/bin/\($0)"].contains(program) }
        }

        /// Whether the line is about `name`.
        package func matches(_ name: ModuleName) -> Bool {
            guard case .install = directive else { return module == name }
            return GlobPattern(module.text, as: .shell).matches(name.text)
        }
    }

    /// The `blacklist` and `install` lines in file order.
    package let entries: [Entry]

    /// The lines that libkmod ignores with a warning.
    package let malformed: [ParseError]

    /// Reads a whole file: `#` begins a comment line, a backslash at the end of a line joins the next one to it.
    package init(parsing text: String) {
        var entries: [Entry] = []
        var malformed: [ParseError] = []
        for line in Self.logicalLines(text) {
            guard let keyword = line.text.firstWord, line.text.utf8.first != .numberSign else { continue }
            let rest = line.text.afterFirstWord
            switch keyword {
            case "blacklist", "install":
                guard let module = rest.firstWord else {
                    malformed.append(ParseError(line: line.number, "expected a module name after \(keyword)"))
                    continue
                }
                let command = rest.afterFirstWord
                if keyword == "install", command.isEmpty {
                    malformed.append(ParseError(line: line.number, "expected a command after install \(module)"))
                    continue
                }
                entries.append(
                    Entry(
                        line: line.number, module: ModuleName(module),
                        directive: keyword == "blacklist" ? .blacklist : .install(command: command)))
            case "alias", "options", "remove", "softdep", "weakdep": continue
            default: malformed.append(ParseError(line: line.number, "unknown directive \"\(keyword)\""))
            }
        }
        self.entries = entries
        self.malformed = malformed
    }

    /// The line that keeps `module` from being loaded at boot, if one does.
    ///
    /// A `blacklist` anywhere counts; of `install` lines libkmod obeys the first in the order of the files.
    ///
    /// - Parameters:
    ///   - module: the name, with `-` or `_`.
    ///   - files: the surviving files in the order of `LayeredFiles`.
    /// - Returns: the index of the file, and the line in it; `nil` when nothing is known to keep the module out.
    package static func denial(of module: String, in files: [ModprobeFile]) -> (file: Int, entry: Entry)? {
        let name = ModuleName(module)
        let all = files.enumerated().flatMap { (file, content) in content.entries.map { (file: file, entry: $0) } }
        let about = all.filter { $0.entry.matches(name) }
        if let listed = about.first(where: { $0.entry.directive == .blacklist }) { return listed }
        return about.first.flatMap { $0.entry.deniesLoading ? $0 : nil }
    }

    /// The lines after joining, each with the number of its first; libkmod drops any other backslash as well.
    private static func logicalLines(_ text: String) -> [(number: Int, text: String)] {
        var lines: [(number: Int, text: String)] = []
        var bytes: [UInt8] = []
        var first = 1
        var current = 1
        var isEscaped = false
        for byte in text.utf8 {
            if byte == .lineFeed { current += 1 }
            if isEscaped {
                isEscaped = false
                if byte != .lineFeed { bytes.append(byte) }
            } else if byte == .backslash {
                isEscaped = true
            } else if byte == .lineFeed {
                lines.append((first, String(decoding: bytes, as: UTF8.self)))
                bytes = []
                first = current
            } else {
                bytes.append(byte)
            }
        }
        if !bytes.isEmpty { lines.append((first, String(decoding: bytes, as: UTF8.self))) }
        return lines
    }
}

extension String {
    /// The first word between blanks.
    fileprivate var firstWord: String? {
        utf8.split(maxSplits: 1, whereSeparator: \.isBlank).first.map { String(Substring($0)) }
    }

    /// What follows the first word and the one blank that ends it.
    fileprivate var afterFirstWord: String {
        let bytes: Substring.UTF8View = utf8[...].drop(while: \.isBlank)
        let rest: Substring.UTF8View = bytes.drop { !$0.isBlank }
        return String(Substring(rest.dropFirst()))
    }
}
