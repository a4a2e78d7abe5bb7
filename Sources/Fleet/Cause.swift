/// A root cause: equal remarks of several nodes as one, with what they block counted.
package struct Cause: Equatable, Sendable {
    /// Counted from 1, in the order of weight.
    package var index = 0
    /// The first of the remarks; its nodes are those of all.
    package var remark: Remark
    /// What was seen on which node, each once.
    package var actuals: [Actual]
    /// How many blocked requirements stand behind it.
    package var hides = 0
    /// What is to be done on which nodes: what one node is told is never printed for another.
    package var advice: [Advice]

    /// What some nodes say of the same cause in the same words.
    package struct Advice: Equatable, Sendable {
        package var nodes: [String]
        package var why: String?
        package var remedy: String?
        /// Commands by hand.
        package var manual: [String]
        /// See `Remark.automatic`.
        package var automatic: String?
        /// See `Remark.isObservedOnly`.
        package var isObservedOnly: Bool
        /// An argument list that a person may run here.
        package var command: [String]

        fileprivate init(_ remark: Remark) {
            nodes = remark.nodes
            why = remark.why
            remedy = remark.remedy
            manual = remark.manual
            automatic = remark.automatic
            isObservedOnly = remark.isObservedOnly
            command = remark.command
        }

        /// The same advice for no node; how a node is reached differs for each, and one stands for all.
        fileprivate var words: Advice {
            var copy = self
            copy.nodes = []
            copy.command = []
            return copy
        }
    }

    /// What was seen on one node.
    package struct Actual: Equatable, Sendable {
        /// The node, or several for what only their sum shows.
        package var node: String
        package var text: String
    }

    fileprivate init(_ remark: Remark) {
        self.remark = remark
        actuals = Self.actuals(of: remark)
        advice = [Advice(remark)]
    }

    private static func actuals(of remark: Remark) -> [Actual] {
        [Actual(node: remark.nodes.joined(separator: ", "), text: remark.actual)]
    }

    private struct Key: Hashable {
        var scope: String
        var requirement: String?
        var reason: String
        var expected: String
        var verdict: String
    }

    /// Folds remarks into causes: those that weigh, worst first, each with a number.
    ///
    /// What is blocked by a cause on the same node is counted there and not repeated.
    package static func fold(_ remarks: [Remark]) -> [Cause] {
        var order: [Key] = []
        var causes: [Key: Cause] = [:]
        let weighty = remarks.filter { $0.contribution > .go }
        let blocked = weighty.filter { $0.verdict == "blocked" }
        let roots = weighty.filter { $0.verdict != "blocked" }
        let homeless = blocked.filter { behind in !roots.contains { isBehind(behind, $0, blocked) } }
        for remark in roots + homeless {
            let key = Key(
                scope: remark.scope.rawValue, requirement: remark.requirement, reason: remark.reason,
                expected: remark.expected, verdict: remark.verdict)
            if causes[key] == nil { order.append(key) }
            var cause = causes[key] ?? Cause(remark)
            if causes[key] != nil { cause.take(remark) }
            causes[key] = cause
        }
        let counted = order.compactMap { causes[$0] }.map { cause in
            var counted = cause
            let behind = blocked.filter { isBehind($0, cause.remark, blocked) }
            counted.hides =
                Set(behind.flatMap { remark in remark.nodes.map { "\($0) \(remark.requirement ?? "")" } }).count
            return counted
        }
        let sorted = counted.enumerated().sorted { one, other in
            let left = one.element
            let right = other.element
            if left.remark.contribution != right.remark.contribution {
                return left.remark.contribution > right.remark.contribution
            }
            let weights = (left.hides + left.remark.phases.count, right.hides + right.remark.phases.count)
            return weights.0 == weights.1 ? one.offset < other.offset : weights.0 > weights.1
        }
        return sorted.enumerated().map { index, entry in
            var cause = entry.element
            cause.index = index + 1
            return cause
        }
    }

    private mutating func take(_ other: Remark) {
        remark.nodes += other.nodes.filter { !remark.nodes.contains($0) }
        actuals += Self.actuals(of: other).filter { !actuals.contains($0) }
        let added = Advice(other)
        if let index = advice.firstIndex(where: { $0.words == added.words }) {
            advice[index].nodes += added.nodes.filter { !advice[index].nodes.contains($0) }
        } else {
            advice.append(added)
        }
        remark.phases.formUnion(other.phases)
        remark.contribution = max(remark.contribution, other.contribution)
        if other.severity == "error" { remark.severity = "error" }
        if remark.horizon != other.horizon { remark.horizon = nil }
    }

    /// Whether `remark` waits for `root`, at once or through others that are blocked, on a node they share.
    private static func isBehind(_ remark: Remark, _ root: Remark, _ blocked: [Remark]) -> Bool {
        guard root.verdict != "blocked", root.scope == .node, let requirement = root.requirement else { return false }
        let here = remark.nodes.filter(root.nodes.contains)
        guard !here.isEmpty else { return false }
        var seen: Set<String> = []
        var waiting = remark.blockedBy
        while let next = waiting.popLast() {
            if next == requirement { return true }
            guard seen.insert(next).inserted else { continue }
            for other in blocked where other.requirement == next && !Set(other.nodes).isDisjoint(with: here) {
                waiting += other.blockedBy
            }
        }
        return false
    }
}
