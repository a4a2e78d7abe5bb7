internal import NodeAPI

/// What each group of requirements says on each node.
package struct Matrix: Equatable, Sendable {
    /// A node with its cells: a word and a number each, such as `FAIL 2`, or `??`.
    package struct Node: Equatable, Sendable {
        package var name: String
        package var isControlPlane: Bool
        /// What the causes say of it.
        package var verdict: FleetVerdict
        /// Whether it gave no answer that counts.
        package var hasFailed: Bool
        /// In the order of `groups`.
        package var groups: [String]
        /// What the cluster's own requirements say of it.
        package var cluster: String
        package var clock: String
        package var afterReboot: String
        package var answered: String
    }

    /// The groups of requirements in the order in which the nodes list them.
    package let groups: [String]
    /// In the order of the inventory.
    package let nodes: [Node]
    /// What the cluster's own requirements say of all nodes together.
    package let cluster: String

    init(_ report: FleetReport) {
        var seen: Set<String> = []
        let groups = report.answers.flatMap { $0.heard?.status.requirements ?? [] }.map(\.group)
            .filter { seen.insert($0).inserted }
        var worst: [String: FleetVerdict] = [:]
        var ofCluster: [String: [FleetVerdict]] = [:]
        for cause in report.causes {
            let contribution = cause.remark.contribution
            for node in cause.remark.nodes {
                worst[node] = max(worst[node] ?? .go, contribution)
                if cause.remark.scope == .cluster { ofCluster[node, default: []].append(contribution) }
            }
        }
        let clocks = Dictionary(report.clocks.map { ($0.node, $0.offsetUs) }, uniquingKeysWith: { first, _ in first })
        self.groups = groups
        nodes = report.answers.map { answer in
            let name = answer.node.name
            return Node(
                name: name, isControlPlane: answer.role == .controlPlane, verdict: worst[name] ?? .go,
                hasFailed: answer.failure != nil, groups: Self.cells(answer, groups),
                cluster: Self.clusterCell(ofCluster[name] ?? []) ?? (answer.heard == nil ? "??" : "ok"),
                clock: clocks[name].map(ClockComparison.text) ?? "??", afterReboot: Self.afterReboot(answer),
                answered: Self.answered(answer))
        }
        cluster =
            Self.clusterCell(report.causes.filter { $0.remark.scope == .cluster }.map(\.remark.contribution))
            ?? (report.answered == report.answers.count ? "ok \(ClusterRules.entries.count)" : "??")
    }

    /// For each group its worst word on the node, and how many requirements say it.
    private static func cells(_ answer: NodeAnswer, _ groups: [String]) -> [String] {
        guard let status = answer.heard?.status else { return groups.map { _ in "??" } }
        var marks: [String: [RequirementMark: Int]] = [:]
        for body in status.requirements {
            marks[body.group, default: [:]][RequirementMark(body), default: 0] += 1
        }
        return groups.map { group in
            guard let counts = marks[group] else { return "-" }
            let worst = RequirementMark.allCases.first { counts[$0] != nil } ?? .good
            return "\(worst.rawValue) \(counts[worst] ?? 0)"
        }
    }

    /// The worst of some causes and how many there are of it; `nil` when none weighs.
    private static func clusterCell(_ causes: [FleetVerdict]) -> String? {
        guard let worst = causes.max(), let mark = RequirementMark(worst) else { return nil }
        return "\(mark.rawValue) \(causes.count { $0 == worst })"
    }

    private static func afterReboot(_ answer: NodeAnswer) -> String {
        guard let requirements = answer.heard?.status.requirements, !requirements.isEmpty else { return "??" }
        // What only informs is no failure.
        let failing = requirements.filter { $0.nextBoot == .unmet }.map { requirement in
            let severities = requirement.findings.filter { $0.horizon == .nextBoot }.map(\.severity)
            return severities.isEmpty ? [requirement.severity] : severities
        }
        let errors = failing.count { severities in severities.contains { NodeRules.unmet($0) == .noGo } }
        if errors > 0 { return "FAIL \(errors)" }
        let warnings = failing.count { $0.contains(.warning) }
        if warnings > 0 { return "warn \(warnings)" }
        let unknown = requirements.count { $0.nextBoot != .unmet && !$0.nextBoot.letsPass }
        if unknown > 0 { return "unkn \(unknown)" }
        return requirements.allSatisfy { $0.proof != "predicted" } ? "proven" : "predicted"
    }

    private static func answered(_ answer: NodeAnswer) -> String {
        if let failure = answer.failure { return failure.reason }
        return answer.heard.map { "\($0.ageSeconds) s ago" } ?? "??"
    }
}
