import NodeAPI
import Synchronization
import Testing

@testable import Fleet

/// Nodes that answer as a test says; who was not told about is a failure.
final class ScriptedDialling: NodeDialling {
    typealias Script = @Sendable (_ node: FleetNode, _ attempt: Int) async -> NodeAnswer

    private struct State {
        var attempts: [String: Int] = [:]
        var running = 0
        var most = 0
    }

    private let state = Mutex(State())
    private let script: Script

    init(_ script: @escaping Script) { self.script = script }

    var attempts: [String: Int] { state.withLock { $0.attempts } }
    var mostAtOnce: Int { state.withLock { $0.most } }

    func answer(to interview: Interview) async -> NodeAnswer {
        let attempt = state.withLock { state in
            state.attempts[interview.node.name, default: 0] += 1
            state.running += 1
            state.most = max(state.most, state.running)
            return state.attempts[interview.node.name, default: 0]
        }
        defer { state.withLock { $0.running -= 1 } }
        return await script(interview.node, attempt)
    }
}

@Suite("Fleet check")
struct FleetCheckTests {
    static let nodes = (1...9).map { Samples.node("nuc0\($0)") }

    static func heard(_ node: FleetNode, age: Int = 0) -> NodeAnswer {
        NodeAnswer(node, heard: Samples.heard(Samples.status(node.name), age: age))
    }

    static func silence() async {
        // Ends by being cancelled.
        try? await ContinuousClock().sleep(for: .seconds(600))
    }

    static func limits(fanout: Int = 32, perNode: Duration = .seconds(10), whole: Duration = .seconds(15))
        -> FleetCheck.Limits
    {
        var limits = FleetCheck.Limits(fanout: fanout, whole: whole)
        limits.perNode = perNode
        return limits
    }

    @Test("keeps the order of the nodes, whoever answers first")
    func order() async {
        let dialling = ScriptedDialling { node, _ in
            if node.name < "nuc05" { await Task.yield() }
            return Self.heard(node)
        }
        let answers = await FleetCheck(dialling: dialling, limits: Self.limits(fanout: 2)).answers(of: Self.nodes)
        #expect(answers.map(\.node.name) == Self.nodes.map(\.name))
        #expect(answers.allSatisfy { $0.failure == nil })
    }

    @Test("never asks more at a time than the fan-out while all are quick")
    func fanout() async {
        let dialling = ScriptedDialling { node, _ in
            await Task.yield()
            return Self.heard(node)
        }
        _ = await FleetCheck(dialling: dialling, limits: Self.limits(fanout: 3)).answers(of: Self.nodes)
        #expect(dialling.mostAtOnce <= 3)
    }

    @Test("gives a silent node its deadline and the others their answers")
    func silent() async {
        let dialling = ScriptedDialling { node, _ in
            if node.name == "nuc02" { await Self.silence() }
            return Self.heard(node)
        }
        // The others answer at once, which may take its time on a busy machine.
        let check = FleetCheck(dialling: dialling, limits: Self.limits(perNode: .seconds(2)))
        let answers = await check.answers(of: Self.nodes)
        #expect(answers[1].failure == NodeFailure(.timeout, "no answer within 2 s"))
        #expect(answers.count { $0.failure == nil } == 8)
    }

    @Test(
        "gives each node its part of the deadline that was chosen, where all can be asked at the same time",
        arguments: [(15, 9, 10), (60, 9, 40), (60, 128, 40), (60, 129, 10), (3, 1, 10)])
    func share(_ whole: Int, _ nodes: Int, _ seconds: Int) {
        var limits = FleetCheck.Limits(fanout: 32, whole: .seconds(whole))
        limits.share(among: nodes)
        #expect(limits.perNode == .seconds(seconds))
    }

    @Test("lets dead nodes leave the window, so that those behind them are asked")
    func lane() async {
        let dialling = ScriptedDialling { node, _ in
            if node.name < "nuc04" { await Self.silence() }
            return Self.heard(node)
        }
        var limits = Self.limits(fanout: 1, perNode: .seconds(2))
        limits.patience = .milliseconds(20)
        let answers = await FleetCheck(dialling: dialling, limits: limits).answers(of: Self.nodes)
        #expect(answers.filter { $0.failure?.kind == .timeout }.map(\.node.name) == ["nuc01", "nuc02", "nuc03"])
        #expect(answers.count { $0.failure == nil } == 6)
    }

    @Test("makes every node that is not done at the deadline of the whole a timeout")
    func whole() async {
        let dialling = ScriptedDialling { node, _ in
            await Self.silence()
            return Self.heard(node)
        }
        let check = FleetCheck(dialling: dialling, limits: Self.limits(fanout: 2, whole: .milliseconds(200)))
        let answers = await check.answers(of: Self.nodes)
        #expect(answers.map(\.failure?.kind) == Array(repeating: .timeout, count: 9))
    }

    @Test("tries again once after a refusal, and after nothing else")
    func retry() async {
        let dialling = ScriptedDialling { node, attempt in
            switch node.name {
            case "nuc01" where attempt == 1: NodeAnswer(node, failure: NodeFailure(.unreachable, reach: .refused, ""))
            case "nuc02": NodeAnswer(node, failure: NodeFailure(.unreachable, reach: .reset, ""))
            case "nuc03": NodeAnswer(node, failure: NodeFailure(.authFailed, ""))
            default: Self.heard(node)
            }
        }
        let answers = await FleetCheck(dialling: dialling, limits: Self.limits()).answers(of: Self.nodes)
        #expect(dialling.attempts["nuc01"] == 2 && answers[0].failure == nil)
        #expect(dialling.attempts["nuc02"] == 2 && answers[1].failure?.reach == .reset)
        #expect(dialling.attempts["nuc03"] == 1)
    }

    @Test("asks once more for what is too old, and calls it stale after that")
    func stale() async {
        let dialling = ScriptedDialling { node, attempt in
            switch node.name {
            case "nuc01": Self.heard(node, age: attempt == 1 ? 200 : 0)
            case "nuc02": Self.heard(node, age: 200)
            default: Self.heard(node, age: 119)
            }
        }
        let answers = await FleetCheck(dialling: dialling, limits: Self.limits()).answers(of: Self.nodes)
        #expect(dialling.attempts["nuc01"] == 2 && answers[0].failure == nil)
        #expect(dialling.attempts["nuc02"] == 2 && answers[1].failure?.kind == .stale)
        #expect(answers[1].heard != nil)
        #expect(dialling.attempts["nuc03"] == 1 && answers[2].failure == nil)
    }

    @Test("asks fewer at a time where few files may be open", arguments: [(1024, 32, 106), (256, 21, 21), (73, 1, 1)])
    func descriptors(_ limit: Int, _ fanout: Int, _ atOnce: Int) throws {
        var limits = Self.limits()
        try limits.fit(descriptors: limit)
        #expect(limits.fanout == fanout && limits.atOnce == atOnce)
        #expect(throws: DescriptorShortage(limit: 40)) { try limits.fit(descriptors: 40) }
    }

    @Test("has a row for every node when it is cancelled")
    func cancelled() async {
        let check = FleetCheck(
            dialling: ScriptedDialling { node, _ in
                await Self.silence()
                return NodeAnswer(node, failure: NodeFailure(.cancelled, "the asking was ended"))
            }, limits: Self.limits())
        let answers = await withTaskGroup(of: [NodeAnswer].self) { group in
            group.addTask { await check.answers(of: Self.nodes) }
            group.cancelAll()
            return await group.next() ?? []
        }
        #expect(answers.map(\.node.name) == Self.nodes.map(\.name))
        #expect(answers.allSatisfy { $0.failure != nil })
    }
}
