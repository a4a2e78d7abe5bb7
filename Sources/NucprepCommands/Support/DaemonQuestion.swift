internal import Fleet
internal import NodeAPI
internal import NodeAPITransport
internal import SystemPackage

/// One question to the daemon of this machine.
struct DaemonQuestion: Sendable {
    let socket: FilePath
    let timeout: Duration

    /// Asks for `target`.
    ///
    /// - Returns: an answer with status 200.
    /// - Throws: `ProblemBody` for the daemon's own refusal, `TransportError` when there is none.
    func ask(_ target: String) async throws -> APIResponse {
        try await answer { client, patience in try await client.get(target, within: patience) }
    }

    /// Has the daemon do what `target` stands for, with the same answers and errors.
    func order(_ target: String) async throws -> APIResponse {
        try await answer { client, patience in try await client.post(target, within: patience) }
    }

    private func answer(_ body: (APIClient, Duration) async throws -> APIResponse) async throws -> APIResponse {
        var limits = ClientLimits()
        limits.connectPatience = timeout
        let end = ContinuousClock.now + timeout
        let response = try await APIClient.withConnection(to: .socket(socket), limits: limits) { client in
            try await body(client, max(.milliseconds(1), end - .now))
        }
        guard response.status == 200 else { throw Self.problem(response) }
        return response
    }

    /// The body of an answer.
    static func body<Body: Decodable>(_ type: Body.Type, of response: APIResponse) throws -> Body {
        try WireJSON.decode(type, from: response.body)
    }

    private static func problem(_ response: APIResponse) -> any Error {
        do throws(WireError) {
            return try WireJSON.decode(ProblemBody.self, from: response.body)
        } catch {
            return UnreadableAnswer(status: response.status, cause: error.description)
        }
    }
}

/// An answer that is neither a success nor a problem that can be read.
struct UnreadableAnswer: ErrorWithExitStatus, Equatable {
    var status: Int
    var cause: String

    var exitStatus: ExitStatus { .internalError }
    var story: String { "cannot understand the daemon: it answers \(status), and \(cause)" }
}

extension TransportError: ErrorWithExitStatus {
    var story: String { Sanitized(description).text }
}

extension ProblemBody: ErrorWithExitStatus {
    var exitStatus: ExitStatus { kind?.exitStatus ?? .internalError }

    var story: String {
        let way = remedy.map { "; \($0)" } ?? ""
        let near = nearest.map { "; did you mean \($0)?" } ?? ""
        return Sanitized("\(detail)\(near)\(way)").text
    }
}

extension WireError: ErrorWithExitStatus {
    var exitStatus: ExitStatus { .internalError }
    var story: String { Sanitized(description).text }
}

extension InventoryError: ErrorWithExitStatus {
    var exitStatus: ExitStatus { .usage }
    var story: String { Sanitized(description).text }
}

extension DescriptorShortage: ErrorWithExitStatus {
    var exitStatus: ExitStatus { .internalError }
    var story: String { description }
}

extension Errno: ErrorWithExitStatus {
    var exitStatus: ExitStatus { .internalError }
    var story: String { "cannot write the answer: \(self)" }
}
