internal import NodeAPI

/// A root cause as people count them: all that a requirement has to say, over its findings and all nodes.
package struct RootCause: Equatable, Sendable {
    /// The requirement, or the reason of what happened on the way to a node.
    package var id: String
    package var contribution: FleetVerdict
    /// The mark of its worst finding.
    package var mark: RequirementMark
    /// The nodes that are named, in the order of the inventory.
    package var nodes: [String]
    /// `all nodes`, `nuc02`, `nuc02, nuc03`, `31 nodes`, or `cluster`.
    package var place: String
    /// The good state in one line, or what happened.
    package var title: String
    /// What was found, in one line.
    package var summary: String
    /// How many blocked requirements stand behind it.
    package var hides: Int
    /// The phases that it keeps from GO, by name.
    package var blocks: [String]
    /// The findings, each over all nodes.
    package var findings: [Cause]

    /// The causes of `report`, merged; the order is that of the first finding of each.
    static func merge(_ report: FleetReport) -> [RootCause] {
        var order: [String] = []
        var groups: [String: [Cause]] = [:]
        for cause in report.causes {
            let id = cause.remark.requirement ?? cause.remark.reason
            if groups[id] == nil { order.append(id) }
            groups[id, default: []].append(cause)
        }
        let places = Dictionary(
            report.answers.enumerated().map { ($0.element.node.name, $0.offset) },
            uniquingKeysWith: { first, _ in first })
        let phases = Phases(report)
        return order.compactMap { id in
            groups[id].flatMap { RootCause(id, $0, places: places, phases: phases) }
        }
    }

    /// The names of the phases that each cause touches.
    private struct Phases {
        private var names: [Int: [String]] = [:]

        init(_ report: FleetReport) {
            for phase in report.phases {
                let name = phase.phase == .initialise ? "init" : "join \(phase.node ?? "")"
                for cause in phase.causes { names[cause, default: []].append(name) }
            }
        }

        func touched(by causes: [Cause]) -> [String] {
            var seen: Set<String> = []
            return causes.flatMap { names[$0.index] ?? [] }.filter { seen.insert($0).inserted }
        }
    }

    private init?(_ id: String, _ causes: [Cause], places: [String: Int], phases: Phases) {
        guard let first = causes.first else { return nil }
        self.id = id
        let worst = causes.map(\.remark.contribution).max() ?? first.remark.contribution
        contribution = worst
        let isWaived = causes.allSatisfy { $0.remark.verdict == .waived }
        mark = isWaived ? .waived : RequirementMark(worst) ?? .info
        let named = Set(causes.flatMap(\.remark.nodes))
        nodes = named.sorted { (places[$0] ?? .max, $0) < (places[$1] ?? .max, $1) }
        place = Self.place(nodes, of: places.count)
        title = first.remark.title
        summary = Self.summary(causes)
        hides = causes.map(\.hides).max() ?? 0
        blocks =
            worst > .goWithWarnings
            ? phases.touched(by: causes.filter { $0.remark.contribution > .goWithWarnings }) : []
        findings = causes
    }

    private static func place(_ nodes: [String], of all: Int) -> String {
        if nodes.isEmpty { return "cluster" }
        if nodes.count > 1, nodes.count == all { return "all nodes" }
        let names = nodes.joined(separator: ", ")
        return nodes.count == 1 || names.utf8.count <= 14 ? names : "\(nodes.count) nodes"
    }

    /// The first thing that was found, and how many others there are.
    private static func summary(_ causes: [Cause]) -> String {
        var seen: Set<String> = []
        let texts = causes.flatMap { cause in
            cause.actuals.map { actual in
                let text = actual.text.isEmpty ? cause.remark.title : actual.text
                return cause.remark.horizon == .nextBoot ? "next boot: \(text)" : text
            }
        }.filter { seen.insert($0).inserted }
        let rest = texts.count - 1
        return (texts.first ?? "") + (rest > 0 ? " (and \(rest) more)" : "")
    }

    /// How nucprepd treats it: on which nodes it acts, on which it would act if it were allowed to.
    package var treatment: (automatic: Bool, observedOnly: Bool) {
        let advice = findings.filter { $0.remark.contribution > .goWithWarnings }.flatMap(\.advice)
        return (
            !advice.isEmpty && advice.allSatisfy { $0.automatic != nil },
            advice.contains { $0.isObservedOnly }
        )
    }
}
