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
        var starts = [Bool](repeating: only == nil, count: bytes.count + 1)
        if let only { starts[only] = true }
        var matcher = Matcher(text: bytes)
        let ends = matcher.ends(of: root, from: starts)
        return matcher.steps > Matcher.limit ? nil : ends.contains(true)
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

    /// Follows all ways through a text at once: a set of places goes in, and the places where a match may end come out.
    ///
    /// The work grows with the expression times the text, where trying one way after the other could take for ever. Only
    /// stars within stars multiply it, and there it is limited.
    private struct Matcher {
        static let limit = 100_000

        let text: [UInt8]
        var steps = 0

        mutating func ends(of node: Node, from starts: [Bool]) -> [Bool] {
            steps += 1
            guard steps <= Self.limit, starts.contains(true) else { return none }
            switch node {
            case .byte(let byte): return advanced(starts) { $0 == byte }
            case .any: return advanced(starts) { _ in true }
            case .set(let set): return advanced(starts, where: set.contains)
            case .start: return only(0, of: starts)
            case .end: return only(text.count, of: starts)
            case .choice(let branches):
                var all = none
                for branch in branches { add(ends(of: branch, from: starts), to: &all) }
                return all
            case .sequence(let nodes):
                var places = starts
                for node in nodes { places = ends(of: node, from: places) }
                return places
            case .repetition(let inner, let least, let most):
                var all = least == 0 ? starts : none
                var round = ends(of: inner, from: starts)
                // A place that was reached before leads nowhere new.
                while add(round, to: &all), most > 1 { round = ends(of: inner, from: round) }
                return all
            }
        }

        private var none: [Bool] { [Bool](repeating: false, count: text.count + 1) }

        private func only(_ place: Int, of starts: [Bool]) -> [Bool] {
            var ends = none
            ends[place] = starts[place]
            return ends
        }

        private func advanced(_ starts: [Bool], where fits: (UInt8) -> Bool) -> [Bool] {
            var ends = none
            for place in text.indices where starts[place] && fits(text[place]) { ends[place + 1] = true }
            return ends
        }

        /// Adds places, and says whether one of them is new.
        @discardableResult
        private func add(_ places: [Bool], to all: inout [Bool]) -> Bool {
            var isNew = false
            for place in places.indices where places[place] && !all[place] {
                all[place] = true
                isNew = true
            }
            return isNew
        }
    }
}
