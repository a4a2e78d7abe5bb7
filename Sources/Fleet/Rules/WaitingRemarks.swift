internal import NodeAPI

/// The requirements that are blocked, and the causes that each waits for on its own node.
struct WaitingRemarks {
    private struct Waiting {
        var remark: Remark
        /// What it waits for, at once or through others that are blocked, by the node on which it waits.
        var roots: [String: Set<String>]
    }

    /// Those that wait for nothing that is among the remarks: each is a cause of its own.
    let homeless: [Remark]
    private let waiting: [Waiting]
    /// Where the requirements are that are waited for: the places in `waiting`, by requirement.
    private let behind: [String: [Int]]

    /// The blocked ones of `remarks`.
    init(_ remarks: [Remark]) {
        let blocked = remarks.filter { $0.verdict == .blocked }
        // On each node: what each blocked requirement waits for, and what is a cause.
        var steps: [String: [String: [String]]] = [:]
        for remark in blocked {
            guard let requirement = remark.requirement else { continue }
            for node in remark.nodes { steps[node, default: [:]][requirement, default: []] += remark.blockedBy }
        }
        var causes: [String: Set<String>] = [:]
        for remark in remarks where remark.verdict != .blocked && remark.scope == .node {
            guard let requirement = remark.requirement else { continue }
            for node in remark.nodes { causes[node, default: []].insert(requirement) }
        }
        var homeless: [Remark] = []
        var waiting: [Waiting] = []
        var behind: [String: [Int]] = [:]
        for remark in blocked {
            var roots: [String: Set<String>] = [:]
            for node in remark.nodes {
                let reached = Self.reached(from: remark.blockedBy, by: steps[node] ?? [:])
                roots[node] = reached.intersection(causes[node] ?? [])
            }
            let named = roots.values.reduce(into: Set<String>()) { $0.formUnion($1) }
            if named.isEmpty { homeless.append(remark) }
            for requirement in named { behind[requirement, default: []].append(waiting.count) }
            waiting.append(Waiting(remark: remark, roots: roots))
        }
        self.homeless = homeless
        self.waiting = waiting
        self.behind = behind
    }

    /// How many blocked requirements stand behind `root`, each counted once a node.
    func count(behind root: Remark) -> Int {
        guard root.verdict != .blocked, root.scope == .node, let requirement = root.requirement else { return 0 }
        let nodes = Set(root.nodes)
        var counted: Set<String> = []
        for place in behind[requirement] ?? [] {
            let remark = waiting[place].remark
            let shared = waiting[place].roots.contains { nodes.contains($0.key) && $0.value.contains(requirement) }
            guard shared else { continue }
            for node in remark.nodes { counted.insert("\(node) \(remark.requirement ?? "")") }
        }
        return counted.count
    }

    /// Every requirement that is reached from `first`; a circle ends where it began.
    private static func reached(from first: [String], by steps: [String: [String]]) -> Set<String> {
        var reached: Set<String> = []
        var next = first
        while let requirement = next.popLast() {
            if reached.insert(requirement).inserted { next += steps[requirement] ?? [] }
        }
        return reached
    }
}
