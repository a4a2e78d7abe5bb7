import ArgumentParser
import CommandProcess
import Fleet
import Glibc
import NodeAPITransport
import NodeTesting
import SystemPackage
import Testing

@testable import NodeAPI
@testable import NucprepCommands

/// A daemon that gives the answers of a test; what was not prepared is not found.
struct FalseDaemon: APIHandling {
    var answers: [String: APIResponse]

    func refusal(of head: RequestHead, from caller: Caller) -> APIResponse? { nil }

    func response(to head: RequestHead, body: [UInt8], from caller: Caller) async -> APIResponse {
        answers[head.target] ?? ProblemBody(.notFound, detail: "cannot find \(head.target)").response()
    }

    static func answer(_ body: some Encodable) -> APIResponse {
        APIResponse(status: 200, fields: [.init("age", "0")], body: WireJSON.encode(body))
    }

    /// Runs `body` beside the daemon, and gives it the path of its socket.
    func run<Value: Sendable>(_ body: @escaping @Sendable (String) async throws -> Value) async throws -> Value {
        let folder = "/tmp/nucprep-cli-\(UInt64.random(in: 0...UInt64.max))"
        guard unsafe mkdir(folder, 0o700) == 0 else { throw Errno(rawValue: errno) }
        defer { _ = unsafe rmdir(folder) }
        let server = APIServer(on: [try ListeningSocket.bound(to: FilePath("\(folder)/api.sock"))], handler: self)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.run() }
            let value = try await body("\(folder)/api.sock")
            group.cancelAll()
            try await group.waitForAll()
            return value
        }
    }
}

/// One after the other: the signal of the last tests is the process's, and a report waits for it too.
@Suite("Commands and their daemon", .serialized)
struct FalseDaemonTests {
    static func nodes(_ names: [(String, WireRole)]) -> NodesBody {
        NodesBody(
            cluster: "lab-a", kubernetesVersion: "1.28.1", podNetworkCidr: ["10.244.0.0/16"],
            serviceCidr: ["10.96.0.0/12"], controlPlaneEndpoint: "", fanout: 32, deadlineS: 15,
            nodes: names.map { name, role in
                .init(name: name, role: role, addresses: [], sshTarget: "nothing.invalid", isSelf: name == "nuc01")
            })
    }

    static func daemon(
        nodes: [(String, WireRole)] = [("nuc01", "control_plane")],
        requirements: [RequirementBody] = [Bodies.swapOff, Bodies.kernelModules]
    ) -> FalseDaemon {
        let status = Bodies.status("nuc01", role: "control_plane", requirements: requirements)
        let time = TimeBody(bootId: Bodies.bootID, realtimeUs: 1_795_342_500_412_906, boottimeUs: 5, synchronised: nil)
        return FalseDaemon(answers: [
            "/v1/status": FalseDaemon.answer(status),
            "/v1/status?fresh=1": FalseDaemon.answer(
                Bodies.whole("nuc01", role: "control_plane", requirements: requirements)),
            "/v1/time": FalseDaemon.answer(time), "/v1/nodes": FalseDaemon.answer(Self.nodes(nodes)),
            "/v1/plan": FalseDaemon.answer(RenderingTests.plan),
            "/v1/version": FalseDaemon.answer(VersionBody(nucprepVersion: "0.1.0")),
            "/v1/status?only=swop-off": {
                var problem = ProblemBody(.unknownRequirement, detail: "cannot find the requirement swop-off")
                problem.nearest = "swap-off"
                return problem.response()
            }(),
            "/v1/plan?only=garbage": APIResponse(status: 200, body: Array("\u{1B}[2J{".utf8)),
            "/v1/plan?only=starting": ProblemBody(.starting, detail: "the first look is not over").response(),
        ])
    }

    static func status(of words: [String], at daemon: FalseDaemon) async throws -> Int32 {
        try await daemon.run { socket in
            let split = words.firstIndex(of: "--") ?? words.endIndex
            return await Nucprep.main(words[..<split] + ["--quiet", "--socket", socket] + words[split...])
        }
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var words: [String]
        var daemon = FalseDaemonTests.daemon()
        var status: Int32
    }

    @Test(
        "end as the contract says",
        arguments: [
            Case(
                testDescription: "a status, whatever the verdict", words: ["status"],
                daemon: daemon(requirements: [Bodies.swapAtBoot]), status: 0),
            Case(testDescription: "a fresh status", words: ["status", "--fresh"], status: 0),
            Case(testDescription: "a plan", words: ["plan"], status: 0),
            Case(testDescription: "the versions", words: ["version"], status: 0),
            Case(testDescription: "an unknown requirement", words: ["status", "swop-off"], status: 64),
            Case(testDescription: "an answer that is none", words: ["plan", "--only", "garbage"], status: 1),
            Case(testDescription: "a daemon that starts", words: ["plan", "--only", "starting"], status: 69),
            Case(testDescription: "a report that is GO", words: ["report"], status: 0),
            Case(
                testDescription: "a report that is NO-GO", words: ["report"],
                daemon: daemon(requirements: [Bodies.swapAtBoot]),
                status: 2),
            Case(
                testDescription: "a report of a waived fault", words: ["report"],
                daemon: daemon(requirements: [Bodies.waived]),
                status: 0),
            Case(
                testDescription: "the same when strict", words: ["report", "--strict"],
                daemon: daemon(requirements: [Bodies.waived]), status: 2),
            Case(
                testDescription: "something unknown", words: ["report"],
                daemon: daemon(requirements: [Bodies.unreadable]),
                status: 3),
            Case(testDescription: "an empty inventory", words: ["report"], daemon: daemon(nodes: []), status: 3),
            Case(testDescription: "no worker to join", words: ["report", "--phase", "join"], status: 3),
            Case(
                testDescription: "a preflight that is not free to go", words: ["preflight", "--", "/bin/true"],
                daemon: daemon(requirements: [Bodies.swapAtBoot]), status: 2),
            Case(
                testDescription: "a preflight without nodes", words: ["preflight", "--", "/bin/true"],
                daemon: daemon(nodes: []),
                status: 3),
            Case(testDescription: "a preflight without a command", words: ["preflight"], status: 0),
        ])
    func endings(_ example: Case) async throws {
        #expect(try await Self.status(of: example.words, at: example.daemon) == example.status)
    }

    @Test("become the command word for word on GO, and on GO alone")
    func becoming() async throws {
        let words = ["preflight", "--quiet", "--", "kubeadm", "init", "--pod-network-cidr=10.244.0.0/16", "$(id)"]
        for (requirements, program) in [
            ([Bodies.swapOff], Array(words[3...])), ([Bodies.waived], Array(words[3...])), ([Bodies.unreadable], nil),
        ] {
            let ending = try await Self.daemon(requirements: requirements).run { socket in
                let command = try #require(
                    try RootCommand.parseAsRoot([words[0], "--socket", socket] + words[1...]) as? PreflightCommand)
                return try await command.perform()
            }
            #expect(ending.program == program)
            if program == nil { #expect(ending.story.contains("kubeadm was not started: the verdict is INCOMPLETE")) }
        }
    }

    @Test("do not start kubeadm init on a control plane that runs")
    func initialised() async throws {
        var status = Bodies.whole("nuc01", role: "control_plane", requirements: [])
        status.node.lifecycle = "initialised"
        let index = try #require(status.requirements.firstIndex { $0.id == "joined-name" })
        (status.requirements[index].now, status.requirements[index].nextBoot) = ("met", "met")
        status.requirements[index].verdict = "met"
        status.requirements[index].proof = "predicted"
        status.readiness.counts.met += 1
        status.readiness.counts.notApplicable -= 1
        var daemon = Self.daemon()
        daemon.answers["/v1/status?fresh=1"] = FalseDaemon.answer(status)
        let ending = try await daemon.run { socket in
            let words = ["preflight", "--quiet", "--socket", socket, "--", "sudo", "kubeadm", "init"]
            return try await #require(try RootCommand.parseAsRoot(words) as? PreflightCommand).perform()
        }
        #expect(ending.program == nil && ending.status == .noGo)
        #expect(ending.story == "nucprep: sudo was not started: nuc01 already runs a control plane\n")
    }

    @Test("end what runs at SIGINT, and say so")
    func interrupted() async {
        await #expect(throws: ExitStatus.interrupted) {
            try await Interruption.cancelling {
                kill(getpid(), SIGINT)
                try await ContinuousClock().sleep(for: .seconds(600))
            }
        }
    }

    @Test("leave alone what ends by itself")
    func uninterrupted() async throws {
        #expect(try await Interruption.cancelling { 7 } == 7)
        await #expect(throws: Errno.noMemory) { try await Interruption.cancelling { throw Errno.noMemory } }
    }
}
