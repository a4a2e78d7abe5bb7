/// Who may decide that a change is carried out.
package enum AutoClass: Hashable, Sendable {
    /// By the daemon in every lifecycle.
    case always
    /// By the daemon until the node belongs to a cluster.
    case untilJoined
    /// By the daemon until then, and only with this consent in the configuration.
    case withConsent(Configuration.Consent)

    /// The names of all classes.
    package static let names: Set<String> = ["A1", "A2", "A3"]

    /// The name of the class in reports: `A1`, `A2`, `A3`.
    package var name: String {
        switch self {
        case .always: "A1"
        case .untilJoined: "A2"
        case .withConsent: "A3"
        }
    }
}

/// Why a change that would help is not carried out now.
package struct Refusal: Hashable, Sendable {
    /// A closed set of kebab-case tokens, part of the API.
    package enum Reason: String, Sendable {
        /// The mode is `observe`.
        case observeMode = "observe-mode"
        /// The class does not allow it in this lifecycle.
        case lifecycle
        /// The consent that it needs is not given.
        case consentMissing = "consent-missing"
        /// kubeadm is at work.
        case kubeadmRunning = "kubeadm-running"
        /// Somebody undoes it faster than it is done.
        case contested
        /// Something is in the way that passes, such as another's lock; it is tried again then.
        case waiting
        /// There is no memory for what the swap area holds.
        case noRoom = "no-room"
        /// It was tried and failed; it is tried again now and then, and when something that it rests on changes.
        case failed
    }

    package var reason: Reason
    /// What is in the way, in words.
    package var text: String
    /// What to do about it.
    package var remedy: String?

    /// The refusal for `reason`.
    package init(_ reason: Reason, _ text: String, remedy: String? = nil) {
        self.reason = reason
        self.text = text
        self.remedy = remedy
    }
}

/// A change that would help, and who may decide it.
package struct Proposal: Hashable, Sendable {
    /// The act.
    package var change: Change
    /// Its class.
    package var autoClass: AutoClass
    /// What the requirement itself saw in the way; the policy may find more.
    package var refusal: Refusal?

    /// The proposal of `change`.
    package init(_ change: Change, _ autoClass: AutoClass, refusal: Refusal? = nil) {
        self.change = change
        self.autoClass = autoClass
        self.refusal = refusal
    }
}
