import Synchronization
import Testing

@testable import Fleet
@testable import NodeAPI

/// A conversation with prepared answers; what was not prepared breaks it.
final class ScriptedConversation: NodeConversation {
    private let answers: [String: [APIResponse]]
    private let asked = Mutex<[String]>([])

    init(_ answers: [String: [APIResponse]]) { self.answers = answers }

    var targets: [String] { asked.withLock { $0 } }

    func get(_ target: String) async throws -> APIResponse {
        let count = asked.withLock { asked in
            asked.append(target)
            return asked.count { $0 == target }
        }
        guard let list = answers[target], let answer = list.count >= count ? list[count - 1] : list.last else {
            throw ConversationEnded("nothing was prepared for \(target)")
        }
        return answer
    }
}

@Suite("Interview")
struct InterviewTests {
    static func time(boot: String = Samples.bootID, realtimeUs: Int = 1_795_342_500_412_906) -> APIResponse {
        APIResponse(
            status: 200,
            body: WireJSON.encode(TimeBody(bootId: boot, realtimeUs: realtimeUs, boottimeUs: 5, synchronised: nil)))
    }

    static func status(_ body: StatusBody, age: String? = "0") -> APIResponse {
        APIResponse(status: 200, fields: age.map { [.init("age", $0)] } ?? [], body: WireJSON.encode(body))
    }

    static func conversation(
        times: [APIResponse] = [time()], status: APIResponse = status(Samples.whole("nuc02"))
    ) -> ScriptedConversation {
        ScriptedConversation(["/v1/time": times, "/v1/status?fresh=1": [status]])
    }

    static func failure(_ node: FleetNode, _ conversation: ScriptedConversation) async -> NodeFailure? {
        do {
            _ = try await Interview(of: node, epoch: .now).conduct(over: conversation)
            return nil
        } catch {
            return error as? NodeFailure
        }
    }

    @Test("at a glance asks what goes on, and takes the last status as it is")
    func glance() async throws {
        let working = ActivityBody(
            state: "working", step: .init(change: "a", object: "b", text: "restart containerd", elapsedS: 3))
        for answer in [
            APIResponse(status: 200, body: WireJSON.encode(working)), APIResponse(status: 404, body: []),
            APIResponse(status: 200, body: Array("nonsense".utf8)),
        ] {
            let conversation = ScriptedConversation([
                "/v1/activity": [answer], "/v1/time": [Self.time()],
                "/v1/status": [Self.status(Samples.whole("nuc02"))],
            ])
            let told = Mutex<[ActivityBody]>([])
            var interview = Interview(of: Samples.node("nuc02"), epoch: .now)
            interview.glance = { _, activity in told.withLock { $0.append(activity) } }
            _ = try await interview.conduct(over: conversation)
            #expect(conversation.targets == ["/v1/activity", "/v1/time", "/v1/status"])
            #expect(told.withLock { $0 } == (answer.status == 200 && answer.body.first == 0x7B ? [working] : []))
        }
    }

    @Test("asks for the time three times, then for a fresh status, and nothing else")
    func questions() async throws {
        let conversation = Self.conversation()
        let heard = try await Interview(of: Samples.node("nuc02"), epoch: .now).conduct(over: conversation)
        #expect(conversation.targets == ["/v1/time", "/v1/time", "/v1/time", "/v1/status?fresh=1"])
        #expect(heard.status.node.name == "nuc02")
        #expect(heard.ageSeconds == 0)
        #expect(heard.roundTripUs >= 0)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var kind: NodeFailure.Kind
        var times = [InterviewTests.time()]
        var status = InterviewTests.status(Samples.whole("nuc02"))
    }

    static func raw(_ text: String, status: Int = 200) -> APIResponse {
        APIResponse(status: status, fields: [.init("age", "0")], body: Array(text.utf8))
    }

    static let cases: [Case] = [
        Case(testDescription: "another boot between two requests", kind: .stale, times: [time(), time(boot: "other")]),
        Case(testDescription: "a status of another boot", kind: .stale, times: [time(boot: "other")]),
        Case(testDescription: "a time out of range", kind: .badReply, times: [time(realtimeUs: Int.max)]),
        Case(testDescription: "a negative time", kind: .badReply, times: [time(realtimeUs: -1)]),
        Case(testDescription: "no JSON", kind: .badReply, status: raw("hello")),
        Case(
            testDescription: "JSON of another shape", kind: .badReply, status: raw("{\"schema\": \"nucprep.status/1\"}")
        ),
        Case(
            testDescription: "a number beyond all range", kind: .badReply,
            times: [raw("{\"boot_id\":\"a\",\"realtime_us\":1e999,\"boottime_us\":1}")]),
        Case(testDescription: "another schema", kind: .badReply, status: raw("{\"schema\": \"weather/1\"}")),
        Case(testDescription: "a later schema", kind: .versionSkew, status: raw("{\"schema\": \"nucprep.status/2\"}")),
        Case(testDescription: "no such route", kind: .versionSkew, status: raw("{}", status: 404)),
        Case(testDescription: "forbidden", kind: .notAllowed, status: raw("{}", status: 403)),
        Case(testDescription: "the first look is not over", kind: .stale, status: raw("{}", status: 503)),
        Case(testDescription: "a fault", kind: .badReply, status: raw("{}", status: 500)),
        Case(
            testDescription: "nested too deep", kind: .tooLarge,
            status: raw(String(repeating: "[", count: 17) + String(repeating: "]", count: 17))),
        Case(
            testDescription: "a string that is too long", kind: .tooLarge,
            status: raw("{\"schema\": \"\(String(repeating: "a", count: 5000))\"}")),
        Case(
            testDescription: "too many items", kind: .tooLarge,
            status: raw("{\"schema\": \"nucprep.status/1\", \"x\": [\(String(repeating: "0,", count: 4096))0]}")),
        Case(testDescription: "no age", kind: .badReply, status: status(Samples.whole("nuc02"), age: nil)),
        Case(testDescription: "a negative age", kind: .badReply, status: status(Samples.whole("nuc02"), age: "-5")),
        Case(testDescription: "another name", kind: .wrongNode, status: status(Samples.whole("nuc03"))),
        Case(
            testDescription: "none of its addresses", kind: .wrongNode,
            status: status(Samples.whole("nuc02", addresses: ["192.0.2.7"]))),
    ]

    @Test("refuses what does not do", arguments: cases)
    func refuses(_ example: Case) async {
        let conversation = Self.conversation(times: example.times, status: example.status)
        #expect(await Self.failure(Samples.node("nuc02"), conversation)?.kind == example.kind)
    }

    @Test("takes any name from a node that no inventory knows")
    func unlisted() async {
        var node = Samples.node("192.0.2.7")
        node.isListed = false
        #expect(await Self.failure(node, Self.conversation()) == nil)
    }

    @Test("reports a broken connection as one")
    func broken() async {
        await #expect(throws: ConversationEnded.self) {
            try await Interview(of: Samples.node("nuc02"), epoch: .now).conduct(over: ScriptedConversation([:]))
        }
    }

    @Test("makes the words of a node safe")
    func safe() async {
        let conversation = Self.conversation(status: Self.status(Samples.whole("\u{1B}[2Jnuc02")))
        let failure = await Self.failure(Samples.node("nuc02"), conversation)
        #expect(failure?.detail == "the machine calls itself \\u{1b}[2Jnuc02")
    }
}
