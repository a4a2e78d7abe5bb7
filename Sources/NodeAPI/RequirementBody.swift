/// One requirement in a status.
package struct RequirementBody: Codable, Equatable, Sendable {
    package var id: String
    package var group: String
    package var title: String
    package var severity: WireSeverity
    /// `init`, `join`.
    package var phases: [String]
    package var kubeadm: [String]
    /// The worse of `now` and `next_boot`.
    package var verdict: WireVerdict
    package var now: WireVerdict
    package var nextBoot: WireVerdict
    /// `proven`, `predicted`, `none`.
    package var proof: String
    package var observed: String
    package var findings: [FindingBody]
    /// What enforcement does, or would do.
    package var changes: [ChangeBody]
    /// What would help and is not done, with the reason.
    @OrEmpty package var refused: [PlanBody.RefusedBody] = []
    /// What it waits for directly.
    package var blockedBy: [String]
    /// What it waits for in the end: the requirements at the start of the chain.
    @OrEmpty package var rootCauses: [String] = []
    /// `enforce` or `observe`.
    package var mode: String
    @OrNull package var waiver: WaiverBody?
    @OrNull package var contested: ContestedBody?
    /// Since when the verdict is what it is.
    package var since: String
    package var observedAt: String
    /// `boot`, `event`, `backstop`, `request`.
    package var detectedBy: String
    /// From the event to the verdict; `null` unless `detected_by` is `event`.
    @OrNull package var latencyUs: Int?
    /// How often it went away from met since the daemon started.
    package var drifts: Int

    /// The verdict of each horizon.
    package var verdicts: [(horizon: WireHorizon, verdict: WireVerdict)] { [(.now, now), (.nextBoot, nextBoot)] }
}

/// One way in which a requirement does not hold.
package struct FindingBody: Codable, Equatable, Sendable {
    package var reason: String
    package var horizon: WireHorizon
    package var severity: WireSeverity
    package var expected: String
    package var actual: String
    @OrNull package var why: String?
    package var predicts: PredictionBody
    @OrNull package var remedy: String?
    package var manual: [String]
    package var evidence: [EvidenceBody]
}

/// What kubeadm and the kubelet will say.
package struct PredictionBody: Codable, Equatable, Sendable {
    @OrNull package var kubeadm: String?
    @OrNull package var kubelet: String?
}

/// Where a finding was seen.
package struct EvidenceBody: Codable, Equatable, Sendable {
    package var path: String
    @OrNull package var line: Int?
}

/// A person's word that an unmet requirement may be passed over.
package struct WaiverBody: Codable, Equatable, Sendable {
    package var reason: String
    package var until: String
    package var file: String
    package var line: Int
}

/// A requirement whose repairs are undone again and again.
package struct ContestedBody: Codable, Equatable, Sendable {
    package var since: String
    @OrNull package var retryAt: String?

    /// Contested since `since`, tried again at `retryAt`.
    package init(since: String, retryAt: String?) {
        self.since = since
        self.retryAt = retryAt
    }
}
