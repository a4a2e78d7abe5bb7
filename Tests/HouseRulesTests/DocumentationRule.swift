extension Rules {
    private static let attributes = #"(?:@[\w.]+(?:\([^)]*\))?\s+)*"#
    private static let modifiers =
        #"(?:(?:static|class|final|indirect|mutating|nonmutating|borrowing|consuming|override|nonisolated(?:\(nonsending\))?)\s+)*"#

    /// Functions that the standard library's protocols ask for; their comment is there.
    private static let standardFunctions: Set<String> = ["hash", "encode"]

    /// A `package` type or function, or a member of a `package` protocol, without a `///` comment.
    ///
    /// `fulfilled` are the names of functions that one of our protocols asks for; their comment is there.
    static func documentation(_ file: SourceFile, fulfilled: Set<String> = []) -> [Violation] {
        let pattern =
            "^\\s*\(attributes)\(modifiers)package\\s+\(modifiers)(struct|class|enum|actor|protocol|func)\\s+(\\S+?)(?=[\\s(<:{]|$)"
        let declarations = file.code.indices.compactMap { index -> (index: Int, name: String)? in
            // Most lines need no regular expression to be passed over.
            guard file.code[index].contains("package"), let groups = groups(of: pattern, in: file.code[index]) else {
                return nil
            }
            let isKnown =
                groups[1] == "func" && (fulfilled.union(standardFunctions).contains(groups[2]) || isOperator(groups[2]))
            return isKnown ? nil : (index, "\(groups[1]) \(groups[2])")
        }
        return (declarations + protocolMembers(file)).filter { !isDocumented(file, $0.index) }.map {
            Violation(path: file.path, line: $0.index + 1, rule: "\($0.name) has no /// comment")
        }
    }

    /// The functions that the `package` protocols of a file ask for.
    static func protocolFunctions(_ file: SourceFile) -> Set<String> {
        Set(protocolMembers(file).compactMap { $0.name.hasPrefix("func ") ? String($0.name.dropFirst(5)) : nil })
    }

    private static func protocolMembers(_ file: SourceFile) -> [(index: Int, name: String)] {
        var members: [(index: Int, name: String)] = []
        var depth = 0
        /// The depth of the protocol's braces while a line is inside them.
        var inside: Int?
        for (index, line) in file.code.enumerated() {
            let member = "^\\s*\(attributes)\(modifiers)(func|var|init|subscript|associatedtype)\\b\\s*([^\\s(<:]*)"
            if depth == inside.map({ $0 + 1 }), let groups = groups(of: member, in: line) {
                members.append((index, "\(groups[1]) \(groups[2])"))
            }
            if inside == nil, line.contains("protocol"),
                groups(of: "^\\s*\(attributes)package\\s+protocol\\s", in: line) != nil
            {
                inside = depth
            }
            depth += line.count { $0 == "{" } - line.count { $0 == "}" }
            if depth == inside, line.contains("}") { inside = nil }
        }
        return members
    }

    /// Whether a `///` line stands above the declaration and its attributes.
    private static func isDocumented(_ file: SourceFile, _ index: Int) -> Bool {
        let above = file.lines[..<index].reversed().lazy.map { $0.drop { $0 == " " || $0 == "\t" } }
        return above.first { !$0.hasPrefix("@") }?.hasPrefix("///") ?? false
    }

    private static func isOperator(_ name: String) -> Bool {
        name.unicodeScalars.first.map { !$0.properties.isXIDStart && $0 != "_" && $0 != "`" } ?? false
    }

    private static func groups(of pattern: String, in line: Substring) -> [String]? {
        guard let expression = try? Regex(pattern), let match = line.firstMatch(of: expression) else { return nil }
        return match.output.map { $0.substring.map(String.init) ?? "" }
    }
}
