/// A line that breaks a rule of the house.
struct Violation: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let rule: String

    var description: String { "\(path):\(line): \(rule)" }
}

/// The rules of `Sources/README.md` that a text can be held to.
enum Rules {
    /// An import that the graph does not allow.
    static func imports(_ file: SourceFile) -> [Violation] {
        guard let allowed = Graph.imports[file.module] else {
            return [Violation(path: file.path, line: 1, rule: "the module \(file.module) is not in the graph")]
        }
        let kinds = "struct|class|enum|protocol|typealias|func|let|var|actor|macro"
        let pattern =
            "^\\s*(?:@\\w+(?:\\([^)]*\\))?\\s+)*(?:(?:public|package|internal|fileprivate|private)\\s+)?import\\s+(?:(?:\(kinds))\\s+)?(\\w+)"
        return matches(pattern, in: file).compactMap { line, groups in
            guard let name = groups.last, !allowed.contains(name) else { return nil }
            return Violation(path: file.path, line: line, rule: "\(file.module) may not import \(name)")
        }
    }

    /// A construct that is used nowhere: detached work, hidden crashes, promises to the compiler, stray output.
    static func constructs(_ file: SourceFile) -> [Violation] {
        var forbidden = [
            (#"\bTask\s*(?:<[^{}()]*>\s*)?(?:\.init\s*)?(?:\([^{}]*\)\s*)?\{"#, "an unstructured task"),
            (#"\bTask\s*\.\s*(?:detached|immediate)"#, "an unstructured task"),
            (#"\btry!"#, "try!"),
            (#"[\w)\]}\x22?]!(?!=)"#, "a force unwrap"),
            (#"\bfatalError\b"#, "fatalError"),
            (#"@unchecked\b"#, "@unchecked"),
            (#"withNumber\s*\{\s*(?:unsafe\s+)?(?:return\s+)?\$0\s*\}"#, "a descriptor's number beyond its lending"),
            (#"\bnonisolated\s*\(\s*unsafe\s*\)"#, "nonisolated(unsafe)"),
        ]
        if !Graph.printingModules.contains(file.module) {
            forbidden.append((#"(?:^|[^.\w]|\bSwift\.)(?:debugPrint|print)\s*\("#, "print"))
        }
        return forbidden.flatMap { pattern, name in
            matches(pattern, in: file).map {
                Violation(path: file.path, line: $0.line, rule: "\(name) is used nowhere")
            }
        }
    }

    /// `unsafe`, `@safe` or `@unsafe` in a module that does not speak C.
    static func safety(_ file: SourceFile) -> [Violation] {
        guard !Graph.unsafeModules.contains(file.module) else { return [] }
        return matches(#"(?:\bunsafe\b(?!\s*\))|@safe\b)"#, in: file).map {
            Violation(path: file.path, line: $0.line, rule: "\(file.module) may not use unsafe or @safe")
        }
    }

    /// A sleep of the runtime where callers come and go: cancelled, it stays in memory until its time comes.
    static func sleeps(_ file: SourceFile) -> [Violation] {
        guard Graph.modulesWithTimers.contains(file.module) else { return [] }
        return matches(#"\bTask\s*(?:<[^<>]*>\s*)?\.\s*sleep\b|[cC]lock(?:\(\))?\s*\.\s*sleep\b"#, in: file).map {
            Violation(path: file.path, line: $0.line, rule: "\(file.module) sleeps by TimerQueue")
        }
    }

    /// A text of others that is split at a line feed as a `Character`, of which a file with carriage returns has none.
    static func lineEnds(_ file: SourceFile) -> [Violation] {
        guard Graph.modulesThatReadTexts.contains(file.module) else { return [] }
        return file.lines.enumerated().filter { $0.element.contains(#".split(separator: "\n""#) }.map { line in
            Violation(path: file.path, line: line.offset + 1, rule: "a text is split by textLines()")
        }
    }

    /// A file that is too long to be one subject.
    static func length(_ file: SourceFile) -> [Violation] {
        let count = file.lines.last?.isEmpty == true ? file.lines.count - 1 : file.lines.count
        return count <= 400 ? [] : [Violation(path: file.path, line: 401, rule: "\(count) lines, 400 at most")]
    }

    /// What each line matches, as line numbers and groups; a match over several lines counts where it begins.
    ///
    /// - Parameters:
    ///   - pattern: a regular expression.
    ///   - file: where it is looked for.
    ///   - lines: which text of the file is meant; its code without one.
    /// - Returns: the line and the groups of each match.
    static func matches(
        _ pattern: String, in file: SourceFile, _ lines: [Substring]? = nil
    ) -> [(line: Int, groups: [String])] {
        guard let expression = try? Regex(pattern).anchorsMatchLineEndings() else {
            return [(0, ["the pattern \(pattern) is none"])]
        }
        let text = lines?.joined(separator: "\n") ?? file.codeText
        return text.matches(of: expression).map { match in
            let line = text[..<match.range.lowerBound].count { $0 == "\n" } + 1
            return (line, match.output.compactMap { $0.substring.map(String.init) })
        }
    }
}
