internal import Glibc
internal import NodeAPI
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

/// A nucprepd that runs on a tree, in a folder of its own.
struct Daemon: Sendable {
    let program: Program
    let socket: FilePath
    let notifications: Datagrams
    let tree: Tree

    /// One answer of the daemon.
    func get(_ target: String) async throws -> APIResponse {
        try await APIClient.withConnection(to: .socket(socket)) { client in
            try await client.get(target, within: .seconds(30))
        }
    }

    /// The status as it is.
    func status() async throws -> StatusBody {
        try WireJSON.decode(StatusBody.self, from: try await get("/v1/status").body)
    }

    /// The first status from now on that is as `isMeant`, waited for with long polls.
    func status(_ what: String, where isMeant: @Sendable (StatusBody) -> Bool) async throws -> StatusBody {
        let deadline = ContinuousClock.now + .seconds(30)
        return try await APIClient.withConnection(to: .socket(socket)) { client in
            var target = "/v1/status"
            while true {
                let answer = try await client.get(target, within: .seconds(30))
                let status = try WireJSON.decode(StatusBody.self, from: answer.body)
                if isMeant(status) { return status }
                guard ContinuousClock.now < deadline else {
                    throw NothingCame(what: "\(what); last was \(String(decoding: answer.body, as: UTF8.self))")
                }
                target = "/v1/status?wait=5&after=\(status.cursor)"
            }
        }
    }
}

/// How a daemon is started.
struct Launch: Sendable {
    var environment: [String: String] = [:]
    /// Words before the program, which it is given as their arguments.
    var wrapper: [String] = []
    /// The socket is made by the test and handed on.
    var isActivated = false
    /// Wait for the end of the first pass.
    var waitsForReady = true
}

/// Runs a daemon on `tree` while `body` runs, and has it end well.
func withDaemon<Value>(
    on tree: Tree, in folder: FilePath, _ launch: Launch = Launch(), _ body: (Daemon) async throws -> Value
) async throws -> Value {
    let name = tree.path.lastComponent?.string ?? "tree"
    let socket = folder.appending("\(name).sock")
    let notifications = folder.appending("\(name).notify")
    for path in [socket, notifications] { _ = unsafe unlink(path.string) }
    var environment = launch.environment
    environment["NOTIFY_SOCKET"] = notifications.string
    var words = launch.wrapper + [try Programs.nucprepd.string, "--root", tree.path.string]
    var inherited: ListeningSocket?
    if launch.isActivated {
        inherited = try ListeningSocket.bound(to: socket)
        environment["LISTEN_FDS"] = "1"
        environment["LISTEN_FDNAMES"] = "api"
        words = ["sh", "-c", "LISTEN_PID=$$ exec \"$@\"", "sh"] + words
    } else {
        words += ["--socket", socket.string]
    }
    let heard = try Datagrams(at: notifications)
    let program = try Program(
        words, environment: environment, in: folder, inheriting: inherited?.descriptor)
    // The child has its own copy.
    try inherited?.descriptor.close()
    let daemon = Daemon(program: program, socket: socket, notifications: heard, tree: tree)
    do {
        if launch.waitsForReady { try await heard.until("READY=1") }
        let value = try await body(daemon)
        program.signal(SIGTERM)
        #expect(try await program.end(within: .seconds(10)) == 0, "\(program.story)")
        return value
    } catch {
        Issue.record("the daemon said: \(program.story)")
        program.signal(SIGKILL)
        _ = try? await program.end()
        throw error
    }
}
