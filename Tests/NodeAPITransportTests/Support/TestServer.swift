internal import Glibc
internal import NodeAPI
internal import SystemPackage

@testable internal import NodeAPITransport

/// A folder that goes away with the test.
func withFolder<Value>(_ body: (FilePath) async throws -> Value) async throws -> Value {
    var template = Array("/tmp/nucprep-test-XXXXXX".utf8CString)
    guard unsafe mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
    let folder = FilePath(String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))
    defer {
        for name in ["socket", "file"] { _ = unsafe unlink(folder.appending(name).string) }
        _ = unsafe rmdir(folder.string)
    }
    return try await body(folder)
}

/// Runs a server on a socket in a folder of its own while `body` runs, and has it end.
func withServer<Value>(
    limits: ServerLimits = ServerLimits(), handler: any APIHandling = TestHandler(),
    identify: (@Sendable (Int32) throws -> Caller)? = nil, _ body: (FilePath) async throws -> Value
) async throws -> Value {
    try await withFolder { folder in
        let path = folder.appending("socket")
        let server = APIServer(
            on: [try ListeningSocket.bound(to: path)], handler: handler, limits: limits,
            identify: identify ?? { try PeerCredentials.caller(on: $0) })
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            defer { group.cancelAll() }
            return try await body(path)
        }
    }
}

/// Answers by target; what it does not know is 404.
///
/// - `/echo…`: method, target, and the length of the body
/// - `/caller`: uid, pid and groups
/// - `/big`: one MiB
/// - `/gate…`: waits until `gate` opens, or says that it was cancelled
/// - `/refused`: refused by its head
struct TestHandler: APIHandling {
    var gate = Gate()

    func refusal(of head: RequestHead, from caller: Caller) -> APIResponse? {
        head.target == "/refused" ? ProblemBody(.forbidden, detail: "cannot do this").response() : nil
    }

    func response(to head: RequestHead, body: [UInt8], from caller: Caller) async -> APIResponse {
        switch head.target.prefix(while: { $0 != "?" }) {
        case "/caller": return Self.text("\(caller.uid) \(caller.pid) \(caller.groups)")
        case "/big": return APIResponse(status: 200, body: [UInt8](repeating: 0x61, count: 1 << 20))
        case "/unchanged": return APIResponse(status: 304, fields: [.init("etag", "\"1\"")])
        case "/evil":
            return APIResponse(status: 200, fields: [.init("etag", "a\r\nb: c"), .init("cache-control", "x")])
        case let target where target.hasPrefix("/gate"):
            await gate.pass(head.target)
            return Self.text(head.target)
        case let target where target.hasPrefix("/echo"):
            return Self.text("\(head.method) \(head.target) \(body.count)")
        default: return ProblemBody(.notFound, detail: "cannot find it").response()
        }
    }

    private static func text(_ text: String) -> APIResponse {
        APIResponse(status: 200, fields: [.init("content-type", "text/plain")], body: Array(text.utf8))
    }
}

/// Waits at `/deaf` until `gate` opens and does not heed that it is cancelled; answers everything else at once.
struct DeafHandler: APIHandling {
    var gate = Gate()

    func refusal(of head: RequestHead, from caller: Caller) -> APIResponse? { nil }

    func response(to head: RequestHead, body: [UInt8], from caller: Caller) async -> APIResponse {
        if head.target == "/deaf" { await gate.passUnheeding(head.target) }
        return APIResponse(status: 200)
    }
}

/// Where handlers wait, in the hand of the test.
final class Gate: Sendable {
    /// What has happened at the gate, such as `arrived /gate`, `passed /gate`, `cancelled /gate`.
    let events: AsyncStream<String>
    private let note: AsyncStream<String>.Continuation
    private let opening: AsyncStream<Void>
    private let opener: AsyncStream<Void>.Continuation

    init() {
        (events, note) = AsyncStream.makeStream(of: String.self)
        (opening, opener) = AsyncStream.makeStream(of: Void.self)
    }

    /// Lets one handler pass.
    func open() { opener.yield() }

    /// Waits for the next event.
    func next() async -> String? { await events.first { _ in true } }

    fileprivate func passUnheeding(_ name: String) async {
        // A task of its own is not cancelled with the one that waits for it.
        let opening = opening
        note.yield("arrived \(name)")
        await Task.detached { _ = await opening.first { _ in true } }.value
        note.yield("passed \(name)")
    }

    fileprivate func pass(_ name: String) async {
        note.yield("arrived \(name)")
        _ = await opening.first { _ in true }
        note.yield("\(Task.isCancelled ? "cancelled" : "passed") \(name)")
    }
}
