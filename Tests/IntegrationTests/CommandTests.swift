internal import Glibc
internal import NodeAPI
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("The command beside a daemon")
struct CommandTests {
    @Test("shows the status and the plan, and with --json the daemon's own bytes")
    func answers() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "/swap.img none swap sw 0 0\n")
            try tree.write("[policy]\nmode = \"observe\"\n", to: "etc/nucprep/nucprep.toml")
            try await withDaemon(on: tree, in: folder) { daemon in
                let nucprep = Command(daemon.socket, folder)
                let status = try await nucprep.run(["status"])
                #expect(status.status == 0)
                #expect(status.text.contains("swap-off"))
                #expect(status.text.contains("NO-GO"))
                #expect(try await nucprep.run(["status", "--json"]).answer == daemon.get("/v1/status").body)
                #expect(
                    try await nucprep.run(["status", "--json", "swap-off"]).answer
                        == daemon.get("/v1/status?only=swap-off").body)
                let plan = try await nucprep.run(["plan"])
                #expect(plan.status == 0)
                #expect(plan.text.contains("/etc/fstab"))
                #expect(try await nucprep.run(["plan", "--json"]).answer == daemon.get("/v1/plan").body)
                #expect(try await nucprep.run(["version", "--json"]).answer == daemon.get("/v1/version").body)
                let fresh = try await nucprep.run(["status", "--fresh", "--quiet"])
                #expect(fresh.status == 0)
                #expect(fresh.answer.isEmpty)
            }
        }
    }

    @Test("tells an id that is not in the catalogue from wrong words, and has a problem as a document")
    func problems() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let nucprep = Command(daemon.socket, folder)
                let unknown = try await nucprep.run(["status", "swap-of"])
                #expect(unknown.status == 64)
                #expect(unknown.story.contains("did you mean swap-off?"))
                let document = try await nucprep.run(["plan", "--json", "--only", "swap-of"])
                #expect(document.status == 64)
                let problem = try WireJSON.decode(ProblemBody.self, from: document.answer)
                #expect(problem.kind == .unknownRequirement)
                #expect(problem.nearest == "swap-off")
                for words in [
                    ["frobnicate"], ["status", "--frob"], [], ["status", "Swap Off"], ["status", "--timeout", "0"],
                ] {
                    let ended = try await nucprep.run(words)
                    #expect(ended.status == 64, "\(words)")
                    #expect(!ended.story.isEmpty)
                }
            }
        }
    }

    @Test("ends with 69 where no daemon is, but version answers")
    func nobody() async throws {
        try await withFolder { folder in
            let nucprep = Command(folder.appending("nobody.sock"), folder)
            for words in [["status"], ["plan"], ["report"], ["preflight"]] {
                let ended = try await nucprep.run(words)
                #expect(ended.status == 69, "\(words)")
                #expect(ended.answer.isEmpty)
                #expect(ended.story.hasPrefix("nucprep: cannot "), "\(ended.story)")
            }
            let version = try await nucprep.run(["version"])
            #expect(version.status == 0)
            #expect(version.text.hasPrefix("nucprep   \(NucprepVersion.current)\n"))
            let bridge = try await nucprep.run(["dial-stdio"])
            #expect(bridge.status == 69)
        }
    }

    @Test("carries the API over its standard input and output", arguments: [false, true])
    func bridge(isReadOnly: Bool) async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let toChild = try SystemPackage.FileDescriptor.pipe()
                let fromChild = try SystemPackage.FileDescriptor.pipe()
                let ends = [toChild.readEnd, toChild.writeEnd, fromChild.readEnd, fromChild.writeEnd]
                for end in ends { _ = closeOnExec(end.rawValue) }
                var words = [try Programs.nucprep.string, "dial-stdio", "--socket", daemon.socket.string]
                if isReadOnly { words.append("--read-only") }
                let child = try Program(words, in: folder, input: toChild.readEnd, output: fromChild.writeEnd)
                try toChild.readEnd.close()
                try fromChild.writeEnd.close()
                let pipes = APIClient.Endpoint.pipes(reading: fromChild.readEnd, writing: toChild.writeEnd)
                try await APIClient.withConnection(to: pipes) { client in
                    let banner = try await client.banner(within: .seconds(20))
                    #expect(banner.noiseBytes == 0)
                    let status = try await client.get("/v1/status", within: .seconds(20))
                    #expect(status.body == (try await daemon.get("/v1/status").body))
                    #expect(try await client.get("/v1/time", within: .seconds(20)).status == 200)
                }
                #expect(try await child.end() == 0, "\(child.story)")
            }
        }
    }

    @Test("lets nothing but questions through a read-only bridge")
    func readOnly() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let script = """
                    printf 'POST /v1/status HTTP/1.1\\r\\ncontent-length: 2\\r\\n\\r\\n{}' \
                    | "$1" dial-stdio --read-only --socket "$2"
                    """
                let words = ["sh", "-c", script, "sh", try Programs.nucprep.string, daemon.socket.string]
                let ended = try await run(words, in: folder)
                #expect(ended.text.hasPrefix("NUCPREP/1 "))
                #expect(ended.text.contains("HTTP/1.1 403"))
            }
        }
    }
}

/// Keeps a descriptor from children that were not meant to have it.
private func closeOnExec(_ descriptor: Int32) -> Int32 { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }

/// The program `nucprep` beside one daemon.
struct Command: Sendable {
    private let socket: FilePath
    private let folder: FilePath
    private let environment: [String: String]

    /// The command that asks the daemon at `socket`.
    init(_ socket: FilePath, _ folder: FilePath, environment: [String: String] = [:]) {
        self.socket = socket
        self.folder = folder
        self.environment = environment
    }

    /// Runs it; what stands after `--` stays the last.
    func run(_ words: [String]) async throws -> Ended {
        let end = words.firstIndex(of: "--") ?? words.endIndex
        let options = words.isEmpty || words == ["frobnicate"] ? [] : ["--socket", socket.string]
        let all = [try Programs.nucprep.string] + words[..<end] + options + words[end...]
        return try await IntegrationTests.run(all, environment: environment, in: folder)
    }
}
