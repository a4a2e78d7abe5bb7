internal import Fleet
internal import NodeAPI
internal import NodeAPITransport

/// What this node is doing, and how it stood at its last look.
struct StatusGlance: Sendable {
    private let activity: ActivityBody
    /// `nil` before the first look is over.
    private let status: StatusBody?

    /// Asks the daemon, which answers at once.
    init(_ question: DaemonQuestion) async throws {
        activity = try DaemonQuestion.body(ActivityBody.self, of: try await question.ask("/v1/activity"))
        do {
            status = try DaemonQuestion.body(StatusBody.self, of: try await question.ask("/v1/status"))
        } catch let problem as ProblemBody where problem.kind == .starting {
            status = nil
        }
    }

    init(activity: ActivityBody, status: StatusBody?) {
        self.activity = activity
        self.status = status
    }

    /// Whether something goes on, or is due, that will change the answer by itself.
    var isMoving: Bool { activity.isAtWork || status.map(WatchView.isDue) ?? true }

    /// The counts of the last look, and the step under way.
    func lines(for terminal: Terminal, withTime: Bool) -> [String] {
        var lines: [String] = []
        if let status {
            let counts = status.readiness.counts
            let rows: [(WireVerdict, Int)] = [
                (.met, counts.met), (.unmet, counts.unmet), (.unknown, counts.unknown), (.blocked, counts.blocked),
            ]
            let parts =
                rows
                .filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }
            let word = FleetVerdict(status.readiness.verdict).word
            lines.append(
                Sanitized("\(status.node.name)  \(word)  \(parts.joined(separator: ", "))", width: terminal.width).text)
        } else {
            lines.append("the first look is not over")
        }
        if let step = activity.step {
            let told = [step.progress.map { Sanitized($0, width: 40).text }, "\(step.elapsedS) s"].compactMap(\.self)
            let time = withTime ? " (\(told.joined(separator: ", ")))" : ""
            lines.append("  " + Sanitized(step.text, width: terminal.width - 2 - time.utf8.count).text + time)
        }
        return lines
    }
}
