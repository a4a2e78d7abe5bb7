import Glibc
import NodeTesting
import SystemPackage
import Testing

@testable import Fleet
@testable import NodeAPI

/// A folder with a program named `ssh` that does what a test says, and the answers it can give.
final class FalseShell: Sendable {
    let folder: String

    /// Writes the program, which does `script` for sh(1): `$folder` holds the answers, `serve` gives them.
    init(_ script: String, status: StatusBody = Samples.whole("nuc02"), timeBoot: String = Samples.bootID) throws {
        folder = "/tmp/nucprep-ssh-\(UInt64.random(in: 0...UInt64.max))"
        guard unsafe mkdir(folder, 0o700) == 0 else { throw Errno(rawValue: errno) }
        let time = TimeBody(bootId: timeBoot, realtimeUs: 1_795_342_500_412_906, boottimeUs: 5, synchronised: nil)
        try Self.write(Self.response(WireJSON.encode(time)), to: "\(folder)/time")
        try Self.write(Self.response(WireJSON.encode(status)), to: "\(folder)/status")
        let program = """
            #!/bin/sh
            folder=\(folder)
            printf '%s\\n' "$@" > $folder/arguments
            printf '%s' "$LC_ALL" > $folder/locale
            echo $$ > $folder/pid
            banner() { printf 'NUCPREP/1 0.1.0\\n'; }
            serve() {
                while IFS= read -r line; do
                    case $line in
                    "GET /v1/time "*) answer=time ;;
                    "GET /v1/status"*) answer=status ;;
                    ?) cat "$folder/$answer" ;;
                    esac
                done
            }
            \(script)
            """
        try Self.write(Array(program.utf8), to: "\(folder)/ssh", mode: [.ownerReadWriteExecute])
    }

    deinit {
        for name in ["ssh", "time", "status", "arguments", "locale", "pid", "child"] {
            _ = unsafe unlink("\(folder)/\(name)")
        }
        _ = unsafe rmdir(folder)
    }

    var searchPath: String { "\(folder):/usr/bin:/bin" }

    /// What the program wrote down; empty when it did not run.
    func noted(_ name: String) throws -> String {
        let file = try FileDescriptor.open(FilePath("\(folder)/\(name)"), .readOnly)
        return try file.closeAfter {
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0) }
            return String(decoding: bytes.prefix(count), as: UTF8.self)
        }
    }

    static func response(_ body: [UInt8]) -> [UInt8] {
        Array(
            "HTTP/1.1 200 OK\r\nAge: 0\r\nContent-Type: application/json\r\nContent-Length: \(body.count)\r\n\r\n".utf8)
            + body
    }

    static func write(_ bytes: [UInt8], to path: String, mode: FilePermissions = [.ownerReadWrite]) throws {
        let file = try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: mode)
        _ = try file.closeAfter { try file.writeAll(bytes) }
    }
}

@Suite("Live dialling")
struct LiveDiallingTests {
    static func answer(
        _ shell: FalseShell, perNode: Duration = .seconds(10), node: FleetNode = Samples.node("nuc02")
    ) async -> NodeAnswer {
        let dialling = LiveDialling(socket: "/nonexistent/socket", controlPath: nil, searchPath: shell.searchPath)
        var limits = FleetCheck.Limits(fanout: 4, whole: .seconds(60))
        limits.perNode = perNode
        let answers = await FleetCheck(dialling: dialling, limits: limits).answers(of: [node])
        return answers[0]
    }

    @Test(
        "dials the name where the host key is known by it alone, and takes nobody else's answer for the node's",
        arguments: [
            ("banner; serve", "nuc02", nil), ("echo 'Host key verification failed.' >&2; exit 255", "nuc02", "known"),
            ("banner; serve", "nuc09", "known"),
        ] as [(String, String, String?)])
    func byName(_ byName: String, _ answering: String, _ told: String?) async throws {
        let script = """
            case "$*" in
            *"-- 192.0.2.2 "*)
                echo 'No ED25519 host key is known for 192.0.2.2 and you have requested strict checking.' >&2
                exit 255 ;;
            *"-- nuc02 "*) \(byName) ;;
            esac
            """
        let shell = try FalseShell(script, status: Samples.whole(answering, addresses: ["192.0.2.2"]))
        let node = FleetNode(name: "nuc02", role: "worker", addresses: ["192.0.2.2"], target: "192.0.2.2")
        let answer = await Self.answer(shell, node: node)
        #expect((answer.heard != nil) == (told == nil))
        #expect(answer.failure?.kind == (told == nil ? nil : .hostKeyUnknown))
        if let told { #expect(answer.failure?.detail.contains(told) == true) }
    }

    @Test("hears a node that answers, with ssh's own arguments and the plain locale")
    func hears() async throws {
        let shell = try FalseShell("banner; serve")
        let answer = await Self.answer(shell)
        #expect(answer.failure == nil)
        #expect(answer.heard?.status == Samples.whole("nuc02"))
        #expect(answer.noise == Noise())
        let words = try shell.noted("arguments").split(separator: "\n").map(String.init)
        #expect(words == (try RemoteShell(target: "nuc02").arguments))
        #expect(try shell.noted("locale") == "C")
    }

    @Test("skips what a shell says before the banner, counts it and makes it safe")
    func noise() async throws {
        let shell = try FalseShell("printf '\\033[31mWelcome\\r\\nto nuc02\\n'; banner; serve")
        let answer = await Self.answer(shell)
        #expect(answer.failure == nil)
        #expect(answer.noise.bytes == 23)
        #expect(answer.noise.firstLine.hasPrefix("\\u{1b}[31mWelcome"))
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var script: String
        var kind: NodeFailure.Kind
        var reach: NodeFailure.Reach?
        var exit: Int?
        var says = ""
    }

    static func complain(_ text: String, _ exit: Int = 255) -> String { "cat >&2 <<'END'\n\(text)\nEND\nexit \(exit)" }

    static let cases: [Case] = [
        Case(
            testDescription: "refused", script: complain("ssh: connect to host nuc02 port 22: Connection refused"),
            kind: .unreachable, reach: .refused, exit: 255),
        Case(
            testDescription: "no route", script: complain("ssh: connect to host nuc02 port 22: No route to host"),
            kind: .unreachable, reach: .noRoute, exit: 255),
        Case(
            testDescription: "unresolved",
            script: complain("ssh: Could not resolve hostname nuc02: Temporary failure in name resolution"),
            kind: .unreachable, reach: .unresolved, exit: 255),
        Case(
            testDescription: "timed out", script: complain("ssh: connect to host nuc02 port 22: Connection timed out"),
            kind: .unreachable, reach: .timedOut, exit: 255),
        Case(
            testDescription: "reset", script: complain("kex_exchange_identification: read: Connection reset by peer"),
            kind: .unreachable, reach: .reset, exit: 255),
        Case(
            testDescription: "permission denied", script: complain("ops@nuc02: Permission denied (publickey)."),
            kind: .authFailed, exit: 255),
        Case(
            testDescription: "unknown host key",
            script: complain(
                "No ED25519 host key is known for nuc02 and you have requested strict checking.\nHost key verification failed."
            ),
            kind: .hostKeyUnknown, exit: 255),
        Case(
            testDescription: "changed host key", script: complain(ShellDiagnosisTests.changedKey),
            kind: .hostKeyChanged, exit: 255,
            says: "SHA256:"),
        Case(
            testDescription: "no nucprep", script: complain("bash: line 1: nucprep: command not found", 127),
            kind: .noNucprep,
            exit: 127),
        Case(testDescription: "no daemon", script: "banner; exit 69", kind: .noDaemon, exit: 69),
        Case(testDescription: "not allowed", script: "exit 77", kind: .notAllowed, exit: 77),
        Case(
            testDescription: "another failure", script: complain("Bad configuration option: foo"), kind: .sshFailed,
            exit: 255),
        Case(testDescription: "ended without a word", script: "exit 0", kind: .badReply, exit: 0),
        Case(testDescription: "ended after the banner", script: "banner; exit 0", kind: .badReply, exit: 0),
        Case(
            testDescription: "babble without end", script: "while :; do printf 'all work and no play\\n'; done",
            kind: .badReply,
            says: "all work"),
        Case(
            testDescription: "a banner of another version", script: "printf 'NUCPREP/2 9.9.9\\n'; serve",
            kind: .versionSkew, says: "NUCPREP/2"),
        Case(testDescription: "no HTTP", script: "banner; printf '\\033[2Jhello\\r\\n\\r\\n'; serve", kind: .badReply),
        Case(
            testDescription: "no JSON",
            script:
                "printf 'HTTP/1.1 200 OK\\r\\nAge: 0\\r\\nContent-Length: 5\\r\\n\\r\\nhello' > $folder/time; banner; serve",
            kind: .badReply),
        Case(
            testDescription: "control characters in JSON",
            script:
                "printf 'HTTP/1.1 200 OK\\r\\nAge: 0\\r\\nContent-Length: 19\\r\\n\\r\\n{\"boot_id\":\"\\033[2Jx\"}' > $folder/time; banner; serve",
            kind: .badReply),
        Case(
            testDescription: "a body beyond the limit",
            script:
                "printf 'HTTP/1.1 200 OK\\r\\nAge: 0\\r\\nContent-Length: 2000000\\r\\n\\r\\n' > $folder/status; banner; serve",
            kind: .tooLarge),
        Case(
            testDescription: "a head beyond the limit",
            script:
                "banner; printf 'HTTP/1.1 200 OK\\r\\n'; while :; do printf 'X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\\r\\n'; done",
            kind: .tooLarge),
        Case(
            testDescription: "half an answer",
            script:
                "printf 'HTTP/1.1 200 OK\\r\\nAge: 0\\r\\nContent-Length: 500\\r\\n\\r\\nhalf' > $folder/status; banner; serve & sleep 1; kill $!; exit 0",
            kind: .badReply),
    ]

    @Test("types every failure", arguments: cases)
    func failures(_ example: Case) async throws {
        let shell = try FalseShell(example.script)
        let answer = await Self.answer(shell)
        #expect(answer.heard == nil)
        #expect(answer.failure?.kind == example.kind)
        #expect(answer.failure?.reach == example.reach)
        if let exit = example.exit { #expect(answer.failure?.sshExit == exit) }
        let detail = answer.failure?.detail ?? ""
        #expect(detail.contains(example.says))
        #expect(detail.utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }

    @Test("names the machine that answers in another's place")
    func wrongNode() async throws {
        let shell = try FalseShell("banner; serve", status: Samples.whole("nuc03"))
        #expect(await Self.answer(shell).failure?.kind == .wrongNode)
    }

    @Test("does not trust a status of another boot")
    func otherBoot() async throws {
        let shell = try FalseShell("banner; serve", timeBoot: "another")
        #expect(await Self.answer(shell).failure?.kind == .stale)
    }

    @Test("ends a silent child and all it started at the deadline", .timeLimit(.minutes(1)))
    func silence() async throws {
        let shell = try FalseShell("trap '' TERM; sleep 600 & echo $! > $folder/child; wait")
        // Long enough for a shell to begin on a busy machine.
        let answer = await Self.answer(shell, perNode: .seconds(2))
        #expect(answer.failure?.kind == .timeout)
        for name in ["pid", "child"] {
            let pid = try #require(Int32(try shell.noted(name).filter(\.isNumber)))
            // Killed is not dead yet; and until its parent or init has reaped it, it is a zombie, which kill(2) finds.
            while kill(pid, 0) == 0, !Self.isZombie(pid), !Task.isCancelled { await Task.yield() }
        }
    }

    @Test(
        "leaves nothing of the group behind, though it ignores SIGTERM and ssh does not", .timeLimit(.minutes(1)),
        arguments: [
            // ssh ends by the signal, and its ProxyCommand does not.
            "(trap '' TERM; exec sleep 600) >/dev/null 2>&1 & echo $! > $folder/child; echo $$ > $folder/pid; exec sleep 600",
            // ssh has answered and gone.
            "(trap '' TERM; exec sleep 600) >/dev/null 2>&1 & echo $! > $folder/child; echo $$ > $folder/pid; banner; serve",
            // ssh has failed and gone.
            "(trap '' TERM; exec sleep 600) >/dev/null 2>&1 & echo $! > $folder/child; echo $$ > $folder/pid; exit 255",
        ])
    func group(_ script: String) async throws {
        let shell = try FalseShell(script)
        _ = await Self.answer(shell, perNode: .seconds(2))
        let pid = try #require(Int32(try shell.noted("child").filter(\.isNumber)))
        while kill(pid, 0) == 0, !Self.isZombie(pid), !Task.isCancelled { await Task.yield() }
        #expect(!Task.isCancelled, "process \(pid) is still there")
    }

    private static func isZombie(_ pid: Int32) -> Bool {
        guard let file = try? FileDescriptor.open(FilePath("/proc/\(pid)/stat"), .readOnly) else { return true }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count =
            (try? file.closeAfter { try unsafe bytes.withUnsafeMutableBytes { try unsafe file.read(into: $0) } }) ?? 0
        return count == 0 || String(decoding: bytes.prefix(count), as: UTF8.self).contains(") Z ")
    }

    @Test("says that there is no ssh")
    func noProgram() async {
        let dialling = LiveDialling(socket: "/nonexistent/socket", controlPath: nil, searchPath: "/nonexistent")
        let answer = await dialling.answer(to: Interview(of: Samples.node("nuc02"), epoch: .now))
        #expect(answer.failure == NodeFailure(.sshFailed, "there is no ssh in PATH"))
    }

    @Test("refuses a target of the inventory that could be an option")
    func target() async throws {
        let shell = try FalseShell("banner; serve")
        var node = Samples.node("nuc02")
        node.target = "-oProxyCommand=touch"
        #expect(await Self.answer(shell, node: node).failure?.kind == .sshFailed)
        #expect(throws: Errno.self) { try shell.noted("arguments") }
    }

    @Test("asks this machine through its socket, and says when nobody is there")
    func local() async throws {
        let shell = try FalseShell("banner; serve")
        let answer = await Self.answer(shell, node: Samples.node("nuc01", role: "control_plane", isLocal: true))
        #expect(answer.failure?.kind == .noDaemon)
        #expect(answer.transport == "local")
        #expect(throws: Errno.self) { try shell.noted("arguments") }
    }

    @Test("keeps its hands off everything else when one node misbehaves")
    func neighbours() async throws {
        let good = try FalseShell("banner; serve")
        let bad = try FalseShell("printf 'NUCPREP/1 x\\n\\033[2J'; cat /dev/zero")
        async let first = Self.answer(good)
        async let second = Self.answer(bad)
        let answers = await [first, second]
        #expect(answers[0].failure == nil)
        #expect(answers[1].failure?.kind == .badReply || answers[1].failure?.kind == .tooLarge)
    }
}
