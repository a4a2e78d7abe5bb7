/// The contract of `nucprep` with scripts.
package enum ExitStatus: Int32, Sendable, Error {
    /// GO, GO-WITH-WARNINGS, or done.
    case go = 0
    /// An internal error or a bad answer.
    case internalError = 1
    /// Something that weighs does not hold; kubeadm's own number for preflight errors.
    case noGo = 2
    /// Nothing failed, and something is unknown.
    case incomplete = 3
    /// The words of the command are wrong.
    case usage = 64
    /// No daemon, or no answer from it.
    case noAnswer = 69
    /// Busy: try again.
    case tryAgain = 75
    /// Not allowed.
    case notAllowed = 77
    /// The configuration is invalid.
    case invalidConfiguration = 78
    /// Ended by SIGINT.
    case interrupted = 130
}
