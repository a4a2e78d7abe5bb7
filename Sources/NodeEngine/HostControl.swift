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
    /// It was refused for something that passes by itself or by another's doing. That is no failure: it is tried again
    /// when the cause has gone, however often it was refused.
    case waiting(WaitCause, String)
    /// The change itself may not be made; another plan, or another configuration, may be.
    case refused(String)
    /// It was tried and did not work.
    case failed(String)
    /// It did not work, and an earlier change was undone for it: that one is not made again before something else changes.
    case rolledBack(String, undone: Change)

    /// Whether another look alone is no reason to try again: only other bytes, or another configuration, are.
    var isFinal: Bool { if case .rolledBack = self { true } else { false } }

    package var description: String {
        switch self {
        case .movedOn(let text), .waiting(_, let text), .refused(let text), .failed(let text),
            .rolledBack(let text, _):
            text
        }
    }
}

/// What a refused change waits for.
package enum WaitCause: Hashable, Sendable, CaseIterable {
    /// Another process holds a lock of dpkg or apt.
    case packageLock
    /// There is not enough memory.
    case memory
    /// The file system is full.
    case diskSpace
    /// A file cannot be written as it is: immutable, read-only, mounted over.
    case file
    /// Another process has a file open for writing; the event of its closing has it tried again.
    case writer
    /// A server cannot be reached.
    case network
    /// Containers run, or the runtime was restarted often enough for now.
    case runtime

    /// Whether it is looked for before anything is done, so that asking again costs nothing and disturbs nobody.
    var isAskedFirst: Bool {
        switch self {
        case .packageLock, .memory, .runtime, .writer: true
        case .diskSpace, .file, .network: false
        }
    }
}
