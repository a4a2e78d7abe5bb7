package import NodeState

/// What is remembered of a requirement between looks; instants in microseconds since 1970.
package struct History: Equatable, Sendable {
    package var since: Int
    package var observedAt: Int
    package var detectedBy: Cause
    /// From the event to the verdict.
    package var latency: Int?
    /// How often it went away from met.
    package var drifts = 0
    /// Since when it is contested, and when it is tried again.
    package var contested: (since: Int, retryAt: Int)?

    package static func == (one: History, other: History) -> Bool {
        one.since == other.since && one.observedAt == other.observedAt && one.detectedBy == other.detectedBy
            && one.latency == other.latency && one.drifts == other.drifts
            && one.contested?.since == other.contested?.since && one.contested?.retryAt == other.contested?.retryAt
    }
}

/// Everything that is known of the node at one moment, published whole.
package struct Snapshot: Equatable, Sendable {
    /// Grows by one when a verdict, a finding or the lifecycle changes, and at the end of each full look.
    package var generation: Int
    /// When the last full look that is over began, in microseconds since 1970, and on the boottime clock; 0 before it.
    package var observedAt: Int
    package var observedAtBoottime: Int
    /// `nil` when the evidence cannot be read.
    package var lifecycle: Lifecycle?
    package var entries: [ReportEntry]
    package var histories: [RequirementID: History]
    /// What enforcement does now, or would do were the mode not to observe.
    package var plan: Plan
    /// What would help and is not done, with the reason.
    package var refused: [Refused]
    /// What keeps everything from being changed, as it was last seen; `nil` when nothing was seen.
    package var stop: EnforcementStop?
    /// When the next change that waits or failed is tried again by itself, in microseconds since 1970.
    package var retryAt: Int?
    /// When the next contested requirement, or the next change that waits or failed, is due, on the boottime clock.
    package var dueAtBoottime: Int?
    package var configuration: Configuration
    /// A hash over the steps and what they were made from.
    package var planID: String

    /// Whether something could not be read for a cause that may have gone a moment later: a look is due soon.
    package var hasTransientError = false

    /// One step that is not carried out.
    package struct Refused: Equatable, Sendable {
        package var step: Plan.Step
        package var refusal: Refusal
    }

    /// The answer for this node alone.
    package var readiness: Readiness {
        lifecycle == nil ? max(.incomplete, Readiness(of: entries)) : Readiness(of: entries)
    }
}

extension Plan {
    /// The first 16 digits of a hash over the steps and the bytes they were made from.
    var id: String {
        let lines = steps.map { step in
            let bytes =
                step.proposal.change.edit.map { edit in
                    EvidenceTrace.hex(edit.before ?? []) + EvidenceTrace.hex(edit.after) + "\(edit.before == nil)"
                } ?? EvidenceTrace.hex(Array("\(step.proposal.change)".utf8))
            return
                "\(step.requirement) \(step.horizon) \(step.proposal.change.kind) \(step.proposal.change.object) \(bytes)"
        }
        return "p-" + EvidenceTrace.hex(Array(lines.joined(separator: "\n").utf8)).prefix(16)
    }
}
