internal import NodeAPI

/// Who reaches whom, from what each node says of the others: one direction can be closed while the other is open, and a node
/// that nobody reaches is the one to look at.
///
/// A node that does not say is left out: its own `peer-reachability` is not met then.
struct ReachabilityMatrix: Sendable {
    /// The trait: `all`, or the nodes that do not answer, as `nuc03=timeout`; `...` at its end when it does not tell of all.
    static let trait = "reach"
    private static let cut = "..."

    /// What is wrong, and with whom.
    struct Fault: Equatable, Sendable {
        var reason: String
        var nodes: [String]
        var actual: String
        var remedy: String
    }

    /// By the node that says it, whom it does not reach, and whether it reaches all others.
    private let rows: [(name: String, silent: Set<String>, isWhole: Bool)]
    /// Every node that is expected.
    private let names: [String]

    init(_ answers: [NodeAnswer], among names: [String]) {
        self.names = names
        let known = Set(names)
        rows = answers.compactMap { answer in
            guard let status = answer.heard?.status, let said = status.facts.traits[Self.trait], said != "none" else {
                return nil
            }
            // What is waived there is no fault.
            let isWaived = status.requirements.contains { $0.id == "peer-reachability" && $0.verdict == .waived }
            guard !isWaived else { return nil }
            let words = said.split(separator: " ")
            let listed = words.compactMap { $0.split(separator: "=").first.map(String.init) }
            let silent = Set(listed).intersection(known).subtracting([answer.node.name])
            return (answer.node.name, silent, words.last != Self.cut[...])
        }
    }

    /// The nodes that no other reaches, those that reach no other, and the ways that are open in one direction.
    func faults() -> [Fault] {
        let unreached = names.filter { name in
            let others = rows.filter { $0.name != name }
            return others.count > 1 && others.allSatisfy { $0.silent.contains(name) }
        }
        let alone = rows.map(\.name).filter { name in
            !unreached.contains(name) && names.count > 2
                && rows.contains { $0.name == name && $0.silent.count == names.count - 1 }
        }
        let blamed = Set(unreached + alone)
        return unreached.map { name in
            Fault(
                reason: "unreached", nodes: [name], actual: "no other node reaches it",
                remedy: "look at its power, its cable, its address, its packet filter and its SSH server")
        }
            + alone.map { name in
                Fault(
                    reason: "reaches-none", nodes: [name], actual: "it reaches no other node",
                    remedy: "look at its cable, its routes and its packet filter")
            } + oneWay(without: blamed)
    }

    private func oneWay(without blamed: Set<String>) -> [Fault] {
        rows.flatMap { row in
            row.silent.sorted().compactMap { other -> Fault? in
                guard !blamed.contains(row.name), !blamed.contains(other),
                    let back = rows.first(where: { $0.name == other }), back.isWhole,
                    !back.silent.contains(row.name)
                else { return nil }
                return Fault(
                    reason: "one-way", nodes: [row.name, other],
                    actual: "\(row.name) does not reach \(other), and \(other) reaches \(row.name)",
                    remedy: "look at the packet filter of \(other), and of what lies between")
            }
        }
    }
}
