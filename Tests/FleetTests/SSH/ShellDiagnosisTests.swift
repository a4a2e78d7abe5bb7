import Testing

@testable import Fleet

@Suite("Shell diagnosis")
struct ShellDiagnosisTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var exit: Int? = 255
        var stderr: String
        var kind: NodeFailure.Kind
        var reach: NodeFailure.Reach?
        var says = ""
    }

    /// What OpenSSH 9.2 of Debian 12 writes.
    static let changedKey = """
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @
        @@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@
        IT IS POSSIBLE THAT SOMEONE IS DOING SOMETHING NASTY!
        Someone could be eavesdropping on you right now (man-in-the-middle attack)!
        It is also possible that a host key has just been changed.
        The fingerprint for the ED25519 key sent by the remote host is
        SHA256:4q0mXG1n0mR3ZJp6l0G2mB5m7w0nq9Q0T3m8t5v1c2A.
        Please contact your system administrator.
        Add correct host key in /home/ops/.ssh/known_hosts to get rid of this message.
        Offending ED25519 key in /home/ops/.ssh/known_hosts:3
          remove with:
          ssh-keygen -f "/home/ops/.ssh/known_hosts" -R "nuc02"
        Host key for nuc02 has changed and you have requested strict checking.
        Host key verification failed.
        """

    @Test(
        "names the kind",
        arguments: [
            Case(
                testDescription: "refused", stderr: "ssh: connect to host nuc02 port 22: Connection refused",
                kind: .unreachable, reach: .refused),
            Case(
                testDescription: "no route", stderr: "ssh: connect to host 10.0.0.9 port 22: No route to host",
                kind: .unreachable, reach: .noRoute),
            Case(
                testDescription: "network unreachable",
                stderr: "ssh: connect to host 10.0.0.9 port 22: Network is unreachable", kind: .unreachable,
                reach: .noRoute),
            Case(
                testDescription: "timed out", stderr: "ssh: connect to host 10.0.0.9 port 22: Connection timed out",
                kind: .unreachable, reach: .timedOut),
            Case(
                testDescription: "silent after connecting", stderr: "Connection timed out during banner exchange",
                kind: .unreachable, reach: .timedOut),
            Case(
                testDescription: "gone quiet", stderr: "Timeout, server nuc02 not responding.", kind: .unreachable,
                reach: .timedOut),
            Case(
                testDescription: "unresolved",
                stderr: "ssh: Could not resolve hostname nuc99: Name or service not known", kind: .unreachable,
                reach: .unresolved),
            Case(
                testDescription: "reset",
                stderr:
                    "kex_exchange_identification: read: Connection reset by peer\nConnection reset by 10.0.0.9 port 22",
                kind: .unreachable, reach: .reset),
            Case(
                testDescription: "shed by MaxStartups",
                stderr: "kex_exchange_identification: Connection closed by remote host", kind: .unreachable,
                reach: .reset),
            Case(
                testDescription: "permission denied", stderr: "ops@nuc02: Permission denied (publickey,password).",
                kind: .authFailed, says: "publickey"),
            Case(
                testDescription: "too many keys",
                stderr: "Received disconnect from 10.0.0.9 port 22:2: Too many authentication failures",
                kind: .authFailed),
            Case(
                testDescription: "unknown key, strict",
                stderr:
                    "No ED25519 host key is known for nuc03 and you have requested strict checking.\nHost key verification failed.",
                kind: .hostKeyUnknown, says: "nuc03"),
            Case(testDescription: "unknown key, asked", stderr: "Host key verification failed.", kind: .hostKeyUnknown),
            Case(
                testDescription: "changed key", stderr: changedKey, kind: .hostKeyChanged,
                says:
                    "SHA256:4q0mXG1n0mR3ZJp6l0G2mB5m7w0nq9Q0T3m8t5v1c2A; known is ED25519 key in /home/ops/.ssh/known_hosts:3"
            ),
            Case(
                testDescription: "no nucprep", exit: 127, stderr: "bash: line 1: nucprep: command not found",
                kind: .noNucprep),
            Case(testDescription: "no daemon", exit: 69, stderr: "", kind: .noDaemon),
            Case(testDescription: "not allowed", exit: 77, stderr: "", kind: .notAllowed),
            Case(
                testDescription: "older", exit: 64, stderr: "Error: Unexpected argument 'dial-stdio'",
                kind: .versionSkew),
            Case(
                testDescription: "no method", stderr: "Unable to negotiate with 10.0.0.9 port 22: no matching key",
                kind: .sshFailed,
                says: "Unable to negotiate"),
            Case(testDescription: "another status", exit: 1, stderr: "boom", kind: .sshFailed, says: "boom"),
            Case(testDescription: "a signal", exit: nil, stderr: "", kind: .sshFailed),
        ])
    func kinds(_ example: Case) throws {
        let failure = try #require(ShellDiagnosis.failure(exit: example.exit, stderr: Array(example.stderr.utf8)))
        #expect(failure.kind == example.kind)
        #expect(failure.reach == example.reach)
        #expect(failure.sshExit == example.exit)
        #expect(failure.detail.contains(example.says))
    }

    @Test("has nothing to say about success")
    func success() { #expect(ShellDiagnosis.failure(exit: 0, stderr: Array("noise".utf8)) == nil) }

    @Test("never shows control characters of the other side")
    func control() throws {
        let failure = try #require(ShellDiagnosis.failure(exit: 255, stderr: Array("\u{1B}]0;owned\u{7}oh".utf8)))
        #expect(failure.detail == "\\u{1b}]0;owned\\u{7}oh")
    }
}
