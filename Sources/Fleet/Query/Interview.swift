package import NodeAPI
internal import TextForms

/// A connection to a node's daemon: requests in turn.
package protocol NodeConversation: Sendable {
    /// Asks for one target and waits for the whole answer.
    ///
    /// - Throws: `NodeFailure` when what came is no answer, `ConversationEnded` when the connection broke.
    func get(_ target: String) async throws -> APIResponse
}

/// The other side went away before it had answered; why is for whoever started it to say.
package struct ConversationEnded: Error, Equatable, CustomStringConvertible {
    /// The cause, as the transport has it.
    package var cause: String

    /// The end of a conversation.
    package init(_ cause: String) { self.cause = cause }

    package var description: String { "cannot ask the node: \(cause)" }
}

/// What is asked of a node, and the checks its answers must pass.
///
/// `GET /v1/time` three times, then `GET /v1/status?fresh=1`; nothing else is ever sent.
package struct Interview: Sendable {
    /// Who is expected to answer.
    package var node: FleetNode
    /// Where the asker's monotonic time is counted from.
    package var epoch: ContinuousClock.Instant
    /// Is told what the node is doing; then the last status is taken as it is, without a fresh look, which would wait for
    /// the end of a long change.
    package var glance: (@Sendable (_ node: String, ActivityBody) -> Void)?

    private let texts: SharedTexts

    /// The interview of one node; what it says is kept with `texts`, which interviews of one round share.
    package init(of node: FleetNode, epoch: ContinuousClock.Instant, texts: SharedTexts = SharedTexts()) {
        self.texts = texts
        self.node = node
        self.epoch = epoch
    }

    /// Asks and checks.
    ///
    /// - Throws: `NodeFailure` for an answer that does not do; what the conversation throws.
    package func conduct(over conversation: any NodeConversation) async throws -> Heard {
        var best: (roundTrip: Int, offset: Int)?
        var bootID: String?
        if let glance { try await tellActivity(to: glance, over: conversation) }
        for _ in 0..<(glance == nil ? 3 : 1) {
            let asked = ContinuousClock.now
            let response = try await conversation.get("/v1/time")
            let answered = ContinuousClock.now
            let time = try Self.body(TimeBody.self, of: response)
            guard Self.realNumbers.contains(time.realtimeUs), Self.realNumbers.contains(time.boottimeUs) else {
                throw NodeFailure(.badReply, "its time is out of range")
            }
            guard bootID == nil || bootID == time.bootId else {
                throw NodeFailure(.stale, "it was started again while it was asked")
            }
            bootID = time.bootId
            let roundTrip = (answered - asked).microseconds
            let middle = (asked - epoch).microseconds + roundTrip / 2
            if best.map({ roundTrip < $0.roundTrip }) ?? true { best = (roundTrip, time.realtimeUs - middle) }
        }
        let response = try await conversation.get(glance == nil ? "/v1/status?fresh=1" : "/v1/status")
        var status = try Self.body(StatusBody.self, of: response)
        let heardAt = ContinuousClock.now
        guard status.node.bootId == bootID else {
            throw NodeFailure(.stale, "its answer is from another boot than its clock")
        }
        try checkIdentity(of: status)
        if let contradiction = StatusConsistency.contradiction(in: status) {
            // Another version may have other words and other requirements; this one cannot judge them all the same.
            let version = status.node.nucprepVersion
            guard version == NucprepVersion.current else {
                throw NodeFailure(
                    .versionSkew, "it runs nucprep \(version), this is \(NucprepVersion.current): \(contradiction)")
            }
            throw NodeFailure(.badReply, "its answer contradicts itself: \(contradiction)")
        }
        guard let age = response["age"].flatMap({ Int($0) }), (0...Self.longestAge).contains(age) else {
            throw NodeFailure(.badReply, "it does not say how old its answer is")
        }
        status.requirements = texts.sharing(status.requirements)
        let (roundTrip, offset) = best ?? (0, 0)
        return Heard(
            status: status, ageSeconds: age, roundTripUs: roundTrip,
            clock: ClockReading(offsetUs: offset, errorUs: (roundTrip + 1) / 2), heardAt: heardAt)
    }

    /// An earlier release has no such route, and a node that says nonsense here says it in its status, too.
    private func tellActivity(
        to glance: @Sendable (String, ActivityBody) -> Void, over conversation: any NodeConversation
    ) async throws {
        let response = try await conversation.get("/v1/activity")
        guard response.status == 200, let body = try? WireJSON.decode(ActivityBody.self, from: response.body) else {
            return
        }
        glance(node.name, body)
    }

    /// What the wire can carry exactly.
    private static let realNumbers = 0...(1 << 53)
    /// A year: older is no age but nonsense.
    private static let longestAge = 31_622_400

    /// A machine must be the one it was asked as: by its name, and by an address of the inventory.
    private func checkIdentity(of status: StatusBody) throws {
        guard node.isListed else { return }
        let says = status.node
        guard says.name == node.name else {
            throw NodeFailure(.wrongNode, "the machine calls itself \(says.name)")
        }
        guard node.addresses.isEmpty || says.addresses.isEmpty || !Set(node.addresses).isDisjoint(with: says.addresses)
        else {
            throw NodeFailure(
                .wrongNode,
                "its addresses are \(says.addresses.joined(separator: ", ")), not \(node.addresses.joined(separator: ", "))"
            )
        }
    }

    /// The body of an answer with status 200; every other answer is a failure.
    private static func body<Body: Decodable>(_ type: Body.Type, of response: APIResponse) throws -> Body {
        switch response.status {
        case 200: break
        case 403: throw NodeFailure(.notAllowed, problem(response))
        case 404: throw NodeFailure(.versionSkew, "its API has no such route: \(problem(response))")
        case 503: throw NodeFailure(.stale, problem(response))
        default: throw NodeFailure(.badReply, "it answers \(response.status): \(problem(response))")
        }
        if type == StatusBody.self { try checkSchema(try decode(SchemaBody.self, response.body).schema) }
        return try decode(type, response.body)
    }

    private static func decode<Body: Decodable>(_ type: Body.Type, _ bytes: [UInt8]) throws(NodeFailure) -> Body {
        do throws(WireError) {
            return try WireJSON.decode(type, from: bytes)
        } catch {
            switch error {
            case .tooLarge(let what): throw NodeFailure(.tooLarge, what)
            case .malformed(let what): throw NodeFailure(.badReply, what)
            }
        }
    }

    /// Another version of the schema is another version of nucprep, not a broken answer.
    private static func checkSchema(_ schema: String) throws(NodeFailure) {
        guard schema != StatusBody.schema else { return }
        guard schema.hasPrefix("nucprep.status/") else {
            throw NodeFailure(.badReply, "its answer has the schema \"\(schema)\"")
        }
        throw NodeFailure(.versionSkew, "it speaks \(schema), this program \(StatusBody.schema)")
    }

    private struct SchemaBody: Decodable { var schema: String }

    private static func problem(_ response: APIResponse) -> String {
        (try? WireJSON.decode(ProblemBody.self, from: response.body))?.detail ?? "without a reason"
    }
}
