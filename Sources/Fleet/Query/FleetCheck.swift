package import NodeAPI
internal import TextForms

/// How a node is reached and asked.
package protocol NodeDialling: Sendable {
    /// Connects to the node of `interview`, conducts it and hangs up; what goes wrong is part of the answer.
    ///
    /// Cancelled at a deadline: it must then end what it started, soon.
    func answer(to interview: Interview) async -> NodeAnswer
}

/// Too few open files are allowed to ask anybody.
package struct DescriptorShortage: Error, Equatable, CustomStringConvertible {
    /// The limit that is in force.
    package var limit: Int

    package var description: String { "cannot ask the nodes: only \(limit) files may be open; raise ulimit -n" }
}

/// Asks all nodes, each with a deadline of its own, and never waits for the slowest longer than for all.
package struct FleetCheck: Sendable {
    /// The most children at a time, whatever the fan-out.
    package static let mostChildren = 128

    /// The limits of a check.
    package struct Limits: Equatable, Sendable {
        /// How many nodes may be in their first second.
        package var fanout: Int
        /// The deadline of one node, from the moment it is asked.
        package var perNode = Duration.seconds(10)
        /// The deadline of the whole.
        package var whole: Duration
        /// The most children at a time.
        package var atOnce = FleetCheck.mostChildren
        /// How old an answer may be when the verdict is spoken.
        package var oldest = Duration.seconds(120)
        /// What is kept of the whole to end the children that are left, so that the report is there at the deadline.
        package var reserve: Duration
        /// After how long a child leaves the window of the fan-out, so that dead nodes do not fill it.
        package var patience = Duration.seconds(1)

        /// The limits of a report.
        package init(fanout: Int, whole: Duration) {
            self.fanout = min(max(fanout, 1), FleetCheck.mostChildren)
            self.whole = whole
            reserve = min(.seconds(2), whole / 10)
        }

        /// Gives each of so many nodes its part of a deadline that a person chose: two thirds, as without one.
        ///
        /// Where not all can be asked at the same time, dead nodes would keep the others waiting, and nothing changes.
        package mutating func share(among nodes: Int) {
            guard nodes <= atOnce else { return }
            perNode = max(perNode, whole * 2 / 3)
        }

        /// Makes room for what else the process has open: a child takes nine descriptors while it starts.
        ///
        /// - Throws: when not even one child fits.
        package mutating func fit(descriptors: Int) throws(DescriptorShortage) {
            let room = (descriptors - 64) / 9
            guard room > 0 else { throw DescriptorShortage(limit: descriptors) }
            atOnce = min(atOnce, room)
            fanout = min(fanout, room)
        }
    }

    private let dialling: any NodeDialling
    private let limits: Limits
    private let glance: (@Sendable (String, ActivityBody) -> Void)?
    private let texts = SharedTexts()

    /// A check over `dialling`; with `glance` one that waits for no fresh look, see `Interview`.
    package init(
        dialling: any NodeDialling, limits: Limits, glance: (@Sendable (String, ActivityBody) -> Void)? = nil
    ) {
        self.dialling = dialling
        self.limits = limits
        self.glance = glance
    }

    /// Asks `nodes`; every node has a row in the answer, in their order.
    ///
    /// What would be too old when the verdict is spoken is asked for once more, and is `stale` after that.
    package func answers(of nodes: [FleetNode]) async -> [NodeAnswer] {
        let epoch = ContinuousClock.now
        // Both rounds share one deadline.
        let end = epoch + limits.whole
        var answers = await round(nodes, epoch: epoch, end: end)
        let late = answers.indices.filter { answers[$0].failure == nil && isTooOld(answers[$0]) }
        if !late.isEmpty {
            let again = await round(late.map { nodes[$0] }, epoch: epoch, end: end)
            for (index, answer) in zip(late, again) where answer.heard != nil { answers[index] = answer }
        }
        for index in answers.indices where answers[index].failure == nil && isTooOld(answers[index]) {
            let age = answers[index].heard.map { $0.ageSeconds } ?? 0
            answers[index].failure = NodeFailure(.stale, "its last look was \(age) s ago when it answered")
        }
        return answers
    }

    private func isTooOld(_ answer: NodeAnswer) -> Bool {
        guard let heard = answer.heard else { return false }
        return .seconds(heard.ageSeconds) + (ContinuousClock.now - heard.heardAt) > limits.oldest
    }

    private enum Event: Sendable {
        case answered(Int, NodeAnswer)
        case waited(Int)
    }

    /// One round: a window of `fanout` nodes in their first second, and a waiting lane beside it for the slow ones.
    private func round(
        _ nodes: [FleetNode], epoch: ContinuousClock.Instant, end: ContinuousClock.Instant
    ) async -> [NodeAnswer] {
        var answers: [Int: NodeAnswer] = [:]
        var window: Set<Int> = []
        var lane: Set<Int> = []
        var next = 0
        await withTaskGroup(of: Event.self) { group in
            while answers.count < nodes.count {
                while next < nodes.count, window.count < limits.fanout,
                    window.count + lane.count < limits.atOnce
                {
                    let index = next
                    next += 1
                    window.insert(index)
                    group.addTask { .answered(index, await ask(nodes[index], epoch: epoch, end: end)) }
                    group.addTask {
                        // Cancelled when all have answered: then nobody counts any more.
                        try? await ContinuousClock().sleep(for: limits.patience)
                        return .waited(index)
                    }
                }
                switch await group.next() {
                case .answered(let index, let answer)?:
                    window.remove(index)
                    lane.remove(index)
                    answers[index] = answer
                case .waited(let index)?:
                    if window.remove(index) != nil { lane.insert(index) }
                case nil: return
                }
            }
            group.cancelAll()
        }
        return nodes.indices.map { index in
            answers[index] ?? NodeAnswer(nodes[index], failure: NodeFailure(.cancelled, "it was not asked"))
        }
    }

    private func ask(_ node: FleetNode, epoch: ContinuousClock.Instant, end: ContinuousClock.Instant) async
        -> NodeAnswer
    {
        let allowed = min(limits.perNode, end - ContinuousClock.now - limits.reserve)
        guard allowed > .zero else {
            return NodeAnswer(node, failure: NodeFailure(.timeout, "the deadline of the whole passed before its turn"))
        }
        do {
            var interview = Interview(of: node, epoch: epoch, texts: texts)
            interview.glance = glance
            return try await within(allowed) { [interview] in try await answer(of: interview) }
        } catch is DeadlineExceeded {
            return NodeAnswer(node, failure: NodeFailure(.timeout, "no answer within \(Self.text(allowed))"))
        } catch {
            return NodeAnswer(node, failure: NodeFailure(.cancelled, "the asking was ended"))
        }
    }

    /// One try, and one more shortly after a refusal: a server that restarts, or one that sheds load.
    private func answer(of interview: Interview) async throws -> NodeAnswer {
        let first = await dialling.answer(to: interview)
        guard first.failure?.isWorthAnotherTry == true else { return first }
        try await ContinuousClock().sleep(for: .milliseconds(Int.random(in: 200...800)))
        return await dialling.answer(to: interview)
    }

    /// A duration in seconds, with tenths where they matter.
    private static func text(_ duration: Duration) -> String {
        let tenths = (duration.microseconds + 50_000) / 100_000
        return tenths % 10 == 0 ? "\(tenths / 10) s" : "\(tenths / 10).\(tenths % 10) s"
    }
}
