/// A regular expression over names, in the part of the language that POSIX and Python read alike.
///
/// Letters, `.`, sets, groups, `|`, `*`, `+`, `?`, `^`, `$`, and a backslash before a sign. All else is not understood,
/// which is an answer of its own: a rule that is not modelled here is not guessed.
/// - Source: regex(7); Python's `re`, "Regular Expression Syntax".
package struct NameExpression: Equatable, Sendable {
    indirect enum Node: Equatable, Sendable {
        case byte(UInt8)
        case any
        case set(ByteSet)
        case start
        case end
        case sequence([Node])
        case choice([Node])
        case repetition(Node, atLeast: Int, atMost: Int)
    }

    private let root: Node
    private let isCaseIgnored: Bool

    /// The expression `text`; `nil` when it is wrong or not understood here.
    package init?(_ text: String, ignoringCase isCaseIgnored: Bool = false) {
        let bytes = Array(text.utf8)
        var parser = Parser(text: isCaseIgnored ? bytes.map(\.asciiLowercased) : bytes)
        guard bytes.count <= 4096, let root = parser.choice(depth: 0), parser.isAtEnd else { return nil }
        self.root = root
        self.isCaseIgnored = isCaseIgnored
    }

    /// Whether it matches anywhere in `name`, as regexec(3) does; `nil` when that takes too many steps to tell.
    package func occurs(in name: String) -> Bool? { search(name, from: nil) }

    /// Whether it matches at the front of `name`, as Python's `re.match` does; `nil` when that takes too many steps.
    package func begins(_ name: String) -> Bool? { search(name, from: 0) }

    private func search(_ name: String, from only: Int?) -> Bool? {
        let bytes = isCaseIgnored ? name.utf8.map(\.asciiLowercased) : Array(name.utf8)
        var matcher = Matcher(text: bytes)
        for start in only.map({ $0...$0 }) ?? 0...bytes.count {
            if matcher.matches(root, at: start, then: { _, _ in true }) { return true }
            if matcher.steps > Matcher.limit { return nil }
        }
        return false
    }
}

extension NameExpression {
    private struct Parser {
        let text: [UInt8]
        var place = 0

        var isAtEnd: Bool { place == text.count }

        mutating func choice(depth: Int) -> Node? {
            guard depth < 16 else { return nil }
            var branches: [Node] = []
            while true {
                guard let branch = sequence(depth: depth) else { return nil }
                branches.append(branch)
                guard place < text.count, text[place] == UInt8(ascii: "|") else { break }
                place += 1
            }
            return branches.count == 1 ? branches.first : .choice(branches)
        }

        private mutating func sequence(depth: Int) -> Node? {
            var nodes: [Node] = []
            while place < text.count, text[place] != UInt8(ascii: "|"), text[place] != UInt8(ascii: ")") {
                guard let node = atom(depth: depth), let repeated = repetition(of: node) else { return nil }
                nodes.append(repeated)
            }
            return .sequence(nodes)
        }

        private mutating func repetition(of node: Node) -> Node? {
            guard place < text.count, "*+?".utf8.contains(text[place]) else { return node }
            let sign = text[place]
            place += 1
            // Twice is a lazy repetition for Python and something else for POSIX.
            if node == .start || node == .end || place < text.count && "*+?{".utf8.contains(text[place]) { return nil }
            return switch sign {
            case UInt8(ascii: "*"): .repetition(node, atLeast: 0, atMost: .max)
            case UInt8(ascii: "+"): .repetition(node, atLeast: 1, atMost: .max)
            default: .repetition(node, atLeast: 0, atMost: 1)
            }
        }

        private mutating func atom(depth: Int) -> Node? {
            let byte = text[place]
            place += 1
            switch byte {
            case UInt8(ascii: "."): return .any
            case UInt8(ascii: "^"): return .start
            case UInt8(ascii: "$"): return .end
            case UInt8(ascii: "["):
                guard let (set, end) = ByteSet.parsed(text, from: place, negation: "^") else { return nil }
                // Inside of a set a backslash is itself for POSIX, and an escape for Python.
                guard !text[place..<end].contains(.backslash) else { return nil }
                place = end
                return .set(set)
            case UInt8(ascii: "("):
                guard place < text.count, text[place] != UInt8(ascii: "?"), let inner = choice(depth: depth + 1),
                    place < text.count
                else { return nil }
                place += 1
                return inner
            case .backslash:
                guard place < text.count, !text[place].isDigit,
                    !(UInt8(ascii: "a")...UInt8(ascii: "z")).contains(text[place].asciiLowercased)
                else { return nil }
                place += 1
                return .byte(text[place - 1])
            case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"), UInt8(ascii: "{"): return nil
            default: return .byte(byte)
            }
        }
    }

    /// Tries every way, and gives up after so many steps that no honest expression over a name needs.
    private struct Matcher {
        static let limit = 100_000

        let text: [UInt8]
        var steps = 0

        mutating func matches(
            _ node: Node, at place: Int, depth: Int = 0, then rest: (inout Matcher, Int) -> Bool
        ) -> Bool {
            steps += 1
            guard steps <= Self.limit, depth < 1024 else {
                steps = Self.limit + 1
                return false
            }
            switch node {
            case .byte(let byte): return place < text.count && text[place] == byte && rest(&self, place + 1)
            case .any: return place < text.count && rest(&self, place + 1)
            case .set(let set): return place < text.count && set.contains(text[place]) && rest(&self, place + 1)
            case .start: return place == 0 && rest(&self, place)
            case .end: return place == text.count && rest(&self, place)
            case .choice(let branches):
                for branch in branches where matches(branch, at: place, depth: depth + 1, then: rest) { return true }
                return false
            case .sequence(let nodes): return sequence(nodes[...], at: place, depth: depth, then: rest)
            case .repetition(let inner, let least, let most):
                if most > 0 {
                    let isMore = matches(inner, at: place, depth: depth + 1) { matcher, next in
                        // A round that takes nothing can be repeated for ever, and says nothing new.
                        if next == place, least == 0 { return false }
                        let again = Node.repetition(
                            inner, atLeast: max(0, least - 1), atMost: most == .max ? .max : most - 1)
                        return matcher.matches(again, at: next, depth: depth + 1, then: rest)
                    }
                    if isMore { return true }
                }
                return least == 0 && rest(&self, place)
            }
        }

        private mutating func sequence(
            _ nodes: ArraySlice<Node>, at place: Int, depth: Int, then rest: (inout Matcher, Int) -> Bool
        ) -> Bool {
            guard let first = nodes.first else { return rest(&self, place) }
            return matches(first, at: place, depth: depth + 1) { matcher, next in
                matcher.sequence(nodes.dropFirst(), at: next, depth: depth + 1, then: rest)
            }
        }
    }
}
