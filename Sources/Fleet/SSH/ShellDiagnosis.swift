/// What ssh, or the shell at the other end, meant by the way it ended.
///
/// - Source: OpenSSH 9.2, sshconnect.c, sshconnect2.c, packet.c and clientloop.c for the messages; ssh(1), EXIT STATUS:
///   the remote command's status, or 255 for an error of ssh's own.
package enum ShellDiagnosis {
    /// The failure behind an exit status and what was written to standard error.
    ///
    /// - Parameters:
    ///   - exit: the exit status; `nil` when a signal ended it.
    ///   - stderr: the first bytes of standard error, a stranger's in part.
    /// - Returns: `nil` for exit status 0: then it is the answer that does not fit.
    package static func failure(exit: Int?, stderr: [UInt8]) -> NodeFailure? {
        let text = String(decoding: stderr, as: UTF8.self)
        let lines = text.split(whereSeparator: \.isNewline)
        let first = lines.first { line in !line.allSatisfy { $0 == "@" || $0 == " " } } ?? "it said nothing"
        switch exit {
        case 0: return nil
        case 64: return NodeFailure(.versionSkew, "its nucprep does not know dial-stdio", sshExit: exit)
        case 69: return NodeFailure(.noDaemon, remote("no daemon answers there", first), sshExit: exit)
        case 77: return NodeFailure(.notAllowed, remote("the socket is not open to this user", first), sshExit: exit)
        case 127: return NodeFailure(.noNucprep, remote("there is no nucprep", first), sshExit: exit)
        case 255: return ownFailure(lines, first: first)
        case let status?: return NodeFailure(.sshFailed, "it ended with \(status): \(first)", sshExit: exit)
        case nil: return NodeFailure(.sshFailed, "a signal ended it: \(first)")
        }
    }

    private static func remote(_ cause: String, _ first: Substring) -> String {
        first.isEmpty || first == "it said nothing" ? cause : "\(cause): \(first)"
    }

    /// What ssh itself gave up for; host keys are judged first, since ssh says more after them.
    private static func ownFailure(_ lines: [Substring], first: Substring) -> NodeFailure {
        func line(_ parts: String...) -> Substring? { lines.first { line in parts.contains { line.contains($0) } } }
        func failure(_ kind: NodeFailure.Kind, _ detail: some StringProtocol) -> NodeFailure {
            NodeFailure(kind, detail, sshExit: 255)
        }
        if line("HOST IDENTIFICATION HAS CHANGED", "REVOKED HOST KEY", " has changed and you have requested strict")
            != nil
        {
            return failure(.hostKeyChanged, changedKey(lines))
        }
        if let line = line("host key is known for") { return failure(.hostKeyUnknown, line) }
        if line("Host key verification failed") != nil {
            return failure(.hostKeyUnknown, "no key of this host is known, and none is taken unseen")
        }
        if let line = line("Permission denied (", "Too many authentication failures") {
            return failure(.authFailed, line)
        }
        let reaches: [(NodeFailure.Reach, [String])] = [
            (.refused, ["Connection refused"]),
            (.noRoute, ["No route to host", "Network is unreachable", "Host is down"]),
            (.unresolved, ["Could not resolve hostname", "Name or service not known", "Temporary failure in name"]),
            (.timedOut, ["timed out", "not responding"]),
            (.reset, ["Connection reset", "Connection closed", "closed by remote host", "Broken pipe"]),
        ]
        for (reach, words) in reaches {
            if let line = lines.first(where: { line in words.contains { line.contains($0) } }) {
                return NodeFailure(.unreachable, reach: reach, line, sshExit: 255)
            }
        }
        return failure(.sshFailed, first)
    }

    /// Both sides of a changed key: the fingerprint that was sent, and where the known one stands.
    private static func changedKey(_ lines: [Substring]) -> String {
        let sent = lines.first { $0.hasPrefix("SHA256:") }?.prefix { $0 != " " }
        let sentKey = sent.map { $0.hasSuffix(".") ? $0.dropLast() : $0 }
        let known = lines.first { $0.hasPrefix("Offending ") }
        let name = lines.first { $0.hasPrefix("Host key for ") }
        let parts = [
            sentKey.map { "the host sends \($0)" }, known.map { "known is \($0.dropFirst("Offending ".count))" },
        ]
        let words = parts.compactMap { $0 }.joined(separator: "; ")
        return words.isEmpty ? String(name ?? "the host key is not the known one") : words
    }
}
