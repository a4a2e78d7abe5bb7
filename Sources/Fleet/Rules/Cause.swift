internal import NodeAPI

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
    package struct Actual: Hashable, Sendable {
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
        var verdict: WireVerdict
    }

    /// Folds remarks into causes: those that weigh, worst first, each with a number.
    ///
    /// What is blocked by a cause on the same node is counted there and not repeated. A thousand nodes that say the same
    /// cost a thousand times one.
    package static func fold(_ remarks: [Remark]) -> [Cause] {
        let weighty = remarks.filter { $0.contribution > .go }
        let waiting = WaitingRemarks(weighty)
        var causes: [Cause] = []
        var places: [Key: Int] = [:]
        var folded: [Seen] = []
        for remark in weighty.filter({ $0.verdict != .blocked }) + waiting.homeless {
            let key = Key(
                scope: remark.scope.rawValue, requirement: remark.requirement, reason: remark.reason,
                expected: remark.expected, verdict: remark.verdict)
            if let place = places[key] {
                causes[place].take(remark, &folded[place])
            } else {
                places[key] = causes.count
                causes.append(Cause(remark))
                folded.append(Seen(remark))
            }
        }
        for index in causes.indices { causes[index].hides = waiting.count(behind: causes[index].remark) }
        let sorted = causes.enumerated().sorted { one, other in
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

    /// What a cause has taken, so that nothing is looked for in a list.
    private struct Seen {
        var nodes: Set<String>
        var actuals: Set<Actual>
        /// The nodes of each advice.
        var advised: [Set<String>]

        init(_ remark: Remark) {
            nodes = Set(remark.nodes)
            actuals = Set(Cause.actuals(of: remark))
            advised = [Set(remark.nodes)]
        }
    }

    private mutating func take(_ other: Remark, _ seen: inout Seen) {
        remark.nodes += other.nodes.filter { seen.nodes.insert($0).inserted }
        actuals += Self.actuals(of: other).filter { seen.actuals.insert($0).inserted }
        let added = Advice(other)
        if let index = advice.firstIndex(where: { $0.words == added.words }) {
            advice[index].nodes += added.nodes.filter { seen.advised[index].insert($0).inserted }
        } else {
            advice.append(added)
            seen.advised.append(Set(added.nodes))
        }
        remark.phases.formUnion(other.phases)
        remark.contribution = max(remark.contribution, other.contribution)
        if other.severity == .error { remark.severity = .error }
        if remark.horizon != other.horizon { remark.horizon = nil }
    }
}
