/// What sshd says of its own configuration.
package enum SSHDaemonAnswer: Equatable, Sendable {
    /// `sshd -t` took it.
    case accepted
    /// It ended with an error, and these lines.
    case refused([String])
    /// Nothing can run it: the host is a tree of files.
    case notRun
}

/// Asks sshd whether it would start with its present configuration.
package protocol SSHDaemonReading: Sendable {
    /// What `sshd -t` says; sshd is run only when its files have changed since it last was.
    ///
    /// - Throws: when it cannot be run, or ends without a word.
    func testConfiguration() async throws(ObservationError) -> SSHDaemonAnswer
}
