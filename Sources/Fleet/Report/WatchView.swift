package import NodeAPI

/// What is shown of a fleet while it is watched: the table, and what each node is doing.
package struct WatchView: Equatable, Sendable {
    /// One node as it stands.
    package struct Node: Equatable, Sendable {
        package var name: String
        /// How it stands, such as `5 root causes`, `GO`, or why it does not answer.
        package var state: String
        /// What it is doing; empty when nothing.
        package var step: String
        /// For how long, in seconds.
        package var elapsedS: Int
        /// How far it has come; empty when that is not told.
        package var progress: String
    }

    package let matrix: Matrix
    /// In the order of the inventory.
    package let nodes: [Node]
    /// Whether something goes on, or is due, that will change the answer by itself.
    package let isMoving: Bool

    /// The view of a report that was made with glances, and what each node said it was doing.
    package init(_ report: FleetReport, activities: [String: ActivityBody]) {
        var causes: [String: [FleetVerdict]] = [:]
        for cause in RootCause.merge(report) {
            for node in cause.nodes { causes[node, default: []].append(cause.contribution) }
        }
        matrix = Matrix(report)
        // A copy: the optimiser of Swift 6.3.1 fails over two closures that borrow the same part of an argument.
        let answers = report.answers
        nodes = answers.map { answer in
            let name = answer.node.name
            let activity = activities[name]
            return Node(
                name: name, state: Self.state(answer, activity, causes[name] ?? []),
                step: activity?.step?.text ?? (activity?.state == "starting" ? "taking its first look" : ""),
                elapsedS: activity?.step?.elapsedS ?? 0, progress: activity?.step?.progress ?? "")
        }
        isMoving =
            activities.values.contains(where: \.isAtWork)
            || answers.contains { $0.heard.map { Self.isDue($0.status) } ?? false }
    }

    private static func state(_ answer: NodeAnswer, _ activity: ActivityBody?, _ causes: [FleetVerdict]) -> String {
        if let failure = answer.failure, activity?.isAtWork != true { return failure.title }
        guard answer.heard != nil else { return "at work" }
        let roots = causes.count { $0 > .goWithWarnings }
        if roots > 0 { return ReportView.count(roots, "root cause") }
        return (causes.max() ?? .go).word
    }

    /// Whether the daemon will change something by itself: a change of its plan, or one that only waits.
    package static func isDue(_ status: StatusBody) -> Bool {
        guard status.daemon.mode == "enforce", status.daemon.stoppedBy == nil else { return false }
        return status.requirements.contains { body in
            guard body.mode == "enforce", [.unmet, .unknown].contains(body.verdict) else { return false }
            return !body.changes.isEmpty || body.refused.contains { $0.reason == "waiting" }
        }
    }
}
