package import NodeState

/// Something that happened and that the journal is told of.
package enum Occurrence: Equatable, Sendable {
    /// A requirement that held does not hold any more.
    case drift(RequirementID, Horizon, expected: String, actual: String, detectedBy: Cause, latencyMicroseconds: Int?)
    /// A change was made, and the second look finds the requirement met.
    case fixed(RequirementID, Change, durationMicroseconds: Int)
    /// A change was made or tried, and the requirement is still not met.
    case fixFailed(RequirementID, Change, cause: String)
    /// A change was refused for something that passes; it is tried again then. Told once for each cause.
    case waiting(RequirementID, Change, cause: String)
    /// Nothing is changed from now on, for this cause; `nil` when that has ended.
    case stopped(EnforcementStop?)
    /// A requirement cannot be looked at.
    case unreadable(RequirementID, Horizon, ObservationError)
    /// Repairs are undone faster than they are made.
    case contested(RequirementID)
    /// A contested requirement has been quiet for ten minutes.
    case calm(RequirementID)
    /// The node's place in the life of a cluster changed; `nil` is unknown.
    case lifecycle(from: Lifecycle?, to: Lifecycle?)
    /// Only a full look found a drift of something that is watched.
    case missed(RequirementID)
    /// What was predicted of this boot did not come true.
    case predictionFailed(RequirementID, actual: String)
}

/// Why the host was looked at.
package enum Cause: String, CaseIterable, Sendable {
    /// The first look of the daemon.
    case boot
    /// The kernel, systemd or a watch told of something, or that events were lost.
    case event
    /// Five minutes have passed.
    case backstop
    /// What is contested, waits or failed is due again, or something could not be read a moment ago.
    case retry
    /// Other rules are in force.
    case reload
    /// Somebody asked.
    case request

    /// Whether somebody wants it, and does not want to wait as long as a timer would.
    var isAsked: Bool {
        switch self {
        case .request, .reload, .event, .retry: true
        case .boot, .backstop: false
        }
    }
}
