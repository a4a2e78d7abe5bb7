package import NodeState

/// The one way to act on a host; `Convergence` alone holds it.
package protocol HostControl: Sendable {
    /// Carries out one change.
    ///
    /// Performing it twice changes nothing twice. It may block for as long as the kernel or systemd take.
    /// - Throws: when the change is refused or fails; the host is then as it was, or as the error says.
    func perform(_ change: Change) async throws(ChangeError) -> Effect
}

/// What a change did.
package enum Effect: Equatable, Sendable {
    /// The host was changed.
    case applied
    /// It was so already: bytes and times are untouched.
    case alreadyTrue
}

/// Why a change was not carried out.
package enum ChangeError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The host is not what the change was made from; a new look makes a new plan.
    case movedOn(String)
    /// It would do harm now; tried again when what is in the way has changed.
    case refused(String)
    /// It was tried and did not work.
    case failed(String)
    /// It did not work, and an earlier change was undone for it: that one is not made again before something else changes.
    case rolledBack(String, undone: Change)

    /// Whether another look alone is no reason to try again: only other bytes, or another configuration, are.
    var isFinal: Bool { if case .rolledBack = self { true } else { false } }

    package var description: String {
        switch self {
        case .movedOn(let text), .refused(let text), .failed(let text), .rolledBack(let text, _): text
        }
    }
}
