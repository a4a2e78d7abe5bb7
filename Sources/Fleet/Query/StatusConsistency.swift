internal import NodeAPI

/// One status against itself: whatever it says twice must agree, and every word must be one that this version knows.
///
/// A node may lie about itself, but a body that contradicts itself is no answer: no verdict is made from it.
struct StatusConsistency: Sendable {
    /// A way in which a status contradicts itself.
    struct Rule: Sendable {
        /// What is compared, for tests and for reading.
        var name: String
        /// The first contradiction; `nil` when there is none.
        var contradiction: @Sendable (StatusBody) -> String?
    }

    /// Every redundancy of the body, each with its own check; the forms come first, since the others rely on them.
    static let rules: [Rule] = [
        Rule(name: "words are known", contradiction: StatusWords.unknownWord),
        Rule(name: "values have their form", contradiction: StatusWords.badForm),
        Rule(name: "the cursor is that of the instance and the generation", contradiction: cursor),
        Rule(name: "the catalogue is that of the version", contradiction: catalogue),
        Rule(name: "a requirement agrees with itself", contradiction: requirements),
        Rule(name: "blockers are there and do not hold", contradiction: blockers),
        Rule(name: "counts are those of the requirements", contradiction: counts),
        Rule(name: "the state of the daemon agrees with what degrades it", contradiction: daemon),
        Rule(name: "that it is a machine is judged", contradiction: machine),
        Rule(name: "the lifecycle agrees with lifecycle-consistent", contradiction: lifecycle),
        Rule(name: "readiness follows from the rest", contradiction: readiness),
    ]

    /// The first contradiction in `status`; `nil` when it is whole.
    static func contradiction(in status: StatusBody) -> String? {
        for rule in rules {
            if let found = rule.contradiction(status) { return found }
        }
        return nil
    }

    // MARK: - The whole

    private static func cursor(_ status: StatusBody) -> String? {
        let expected = "\(status.instance.prefix(8)).\(status.generation)"
        return status.cursor == expected ? nil : "its cursor is \(status.cursor), not \(expected)"
    }

    /// Each requirement once, none missing that this version has, none lighter than this version has it.
    private static func catalogue(_ status: StatusBody) -> String? {
        var seen: [String: RequirementBody] = [:]
        for body in status.requirements where seen.updateValue(body, forKey: body.id) != nil {
            return "it lists \(body.id) twice"
        }
        for known in KnownRequirement.all {
            guard let body = seen[known.id] else { return "it does not judge \(known.id)" }
            guard body.severity == known.severity else {
                return "it gives \(known.id) the severity \(body.severity), which is \(known.severity)"
            }
            guard body.phases == known.phases else {
                return "it judges \(known.id) for other phases than \(known.phases.joined(separator: " and "))"
            }
        }
        return nil
    }

    /// While machine-supported is unmet nothing else applies; that it does not apply itself cannot be.
    private static func machine(_ status: StatusBody) -> String? {
        let body = status.requirements.first { $0.id == "machine-supported" }
        guard let body, [body.now, body.nextBoot].contains(.notApplicable) else { return nil }
        return "machine-supported does not apply to it"
    }

    private static func counts(_ status: StatusBody) -> String? {
        let counts = status.readiness.counts
        let verdicts = status.requirements.map(\.verdict)
        let rows: [(WireVerdict, Int)] = [
            (.met, counts.met), (.unmet, counts.unmet), (.unknown, counts.unknown), (.blocked, counts.blocked),
            (.notApplicable, counts.notApplicable), (.waived, counts.waived),
        ]
        for (word, count) in rows {
            let found = verdicts.count { $0 == word }
            guard count == found else { return "it counts \(count) \(word) and lists \(found)" }
        }
        let contested = status.requirements.count { $0.contested != nil }
        guard counts.contested == contested else { return "it counts \(counts.contested) contested, not \(contested)" }
        // This version's bodies hold no requirement back, so a count of them stands for nothing that could be seen.
        return counts.held == 0 ? nil : "it counts \(counts.held) held and lists none"
    }

    /// A daemon that starts or stops has no status that counts.
    private static func daemon(_ status: StatusBody) -> String? {
        let daemon = status.daemon
        switch daemon.state {
        case "running" where daemon.degradedBy.isEmpty, "degraded" where !daemon.degradedBy.isEmpty: return nil
        case "running", "degraded": return "its daemon is \(daemon.state), with \(daemon.degradedBy.count) reasons"
        default: return "its daemon is \(daemon.state)"
        }
    }

    /// What the lifecycle says again: half a cluster is never consistent, and only a member has a name to keep.
    private static func lifecycle(_ status: StatusBody) -> String? {
        let verdict = { (id: String) in
            status.requirements.first { $0.id == id }?.now ?? WireVerdict(rawValue: "absent")
        }
        let consistent = verdict("lifecycle-consistent")
        let joined = verdict("joined-name")
        guard let lifecycle = status.node.lifecycle else {
            return consistent == .unknown ? nil : "its lifecycle is unknown, and lifecycle-consistent is \(consistent)"
        }
        switch lifecycle {
        case .leftover:
            guard consistent == .unmet else { return "it is leftover, and lifecycle-consistent is \(consistent)" }
            return nil
        case .joined, .initialised:
            let role: WireRole = lifecycle == .joined ? .controlPlane : .worker
            guard status.node.role != role || consistent == .unmet else {
                return "it is \(lifecycle) as a \(role), and lifecycle-consistent is \(consistent)"
            }
            return joined == .notApplicable ? "it is \(lifecycle), and joined-name does not apply" : nil
        case .fresh, .prepared, .unrecognised:
            guard consistent == .met else { return "it is \(lifecycle), and lifecycle-consistent is \(consistent)" }
            return joined == .notApplicable ? nil : "it is \(lifecycle), and joined-name is \(joined)"
        }
    }

    /// The readiness that the body gives reason for.
    private static func readiness(_ status: StatusBody) -> String? {
        var expected = status.requirements.map(contribution).max() ?? .incomplete
        let leavesOpen: Set = ["config-invalid", "not-in-inventory"]
        if status.node.lifecycle == nil || status.daemon.degradedBy.contains(where: { leavesOpen.contains($0.reason) })
        {
            expected = max(expected, .incomplete)
        }
        let said = status.readiness.verdict
        return said == expected.wire ? nil : "its readiness is \(said), and what it lists is \(expected.wire)"
    }

    /// What one requirement contributes to the readiness of its node.
    private static func contribution(_ body: RequirementBody) -> FleetVerdict {
        if body.contested != nil, NodeRules.unmet(body.severity) == .noGo { return .noGo }
        let horizons = body.verdicts.map { horizon, verdict -> FleetVerdict in
            switch verdict {
            case .met, .notApplicable: .go
            case .waived: .goWithWarnings
            case .unmet:
                body.findings.filter { $0.horizon == horizon }.map { NodeRules.unmet($0.severity) }.max()
                    ?? NodeRules.unmet(body.severity)
            case .unknown, .blocked, .unrecognised: NodeRules.unknown(body.severity)
            }
        }
        return horizons.max() ?? .go
    }

    // MARK: - One requirement

    private static func requirements(_ status: StatusBody) -> String? {
        for body in status.requirements {
            if let found = contradiction(in: body, of: status) { return "\(body.id): \(found)" }
        }
        return nil
    }

    private static func contradiction(in body: RequirementBody, of status: StatusBody) -> String? {
        let horizons = body.verdicts
        // The words stand in order, the worst first.
        let worse = WireVerdict.known.first { word in horizons.contains { $0.verdict == word } }
        guard body.verdict == worse else {
            return "its verdict is \(body.verdict), with \(body.now) now and \(body.nextBoot) at the next boot"
        }
        for (horizon, verdict) in horizons {
            let findings = body.findings.count { $0.horizon == horizon }
            let mayHave = [.unmet, .unknown, .waived].contains(verdict)
            guard mayHave || findings == 0 else { return "\(verdict) at \(horizon), with \(findings) findings" }
            guard verdict != .unmet || findings > 0 else { return "unmet at \(horizon) without a finding" }
        }
        let isBlocked = horizons.contains { $0.verdict == .blocked }
        guard isBlocked == !body.blockedBy.isEmpty else {
            return "\(isBlocked ? "blocked" : "not blocked"), by \(body.blockedBy.count) requirements"
        }
        guard isBlocked || body.rootCauses.isEmpty else { return "not blocked, with root causes" }
        guard body.changes.isEmpty || body.verdict == .unmet else { return "\(body.verdict), with changes to make" }
        return waiver(body, status) ?? proof(body) ?? latency(body)
    }

    /// What a waiver cannot hide is never waived; and a waiver that has ended hides nothing.
    private static func waiver(_ body: RequirementBody, _ status: StatusBody) -> String? {
        let isWaived = [body.now, body.nextBoot].contains(.waived)
        guard isWaived == (body.waiver != nil) else {
            return isWaived ? "waived without a waiver" : "not waived, with a waiver"
        }
        guard let waiver = body.waiver else { return nil }
        guard !KnownRequirement.notWaivable.contains(body.id) else { return "waived, which it cannot be" }
        return waiver.until >= status.observedAt.prefix(10) ? nil : "waived until \(waiver.until), which has passed"
    }

    /// Only what is met at the next boot is predicted; a blocked one may be met but for what it rests on.
    private static func proof(_ body: RequirementBody) -> String? {
        switch body.nextBoot {
        case .blocked: nil
        case .met: body.proof == "none" ? "met at the next boot, and not even predicted" : nil
        default: body.proof == "none" ? nil : "\(body.nextBoot) at the next boot, and \(body.proof)"
        }
    }

    private static func latency(_ body: RequirementBody) -> String? {
        body.latencyUs == nil || body.detectedBy == "event" ? nil : "detected by \(body.detectedBy), with a latency"
    }

    private static func blockers(_ status: StatusBody) -> String? {
        let byID = Dictionary(status.requirements.map { ($0.id, $0) }) { first, _ in first }
        for body in status.requirements {
            for id in body.blockedBy + body.rootCauses {
                guard let blocker = byID[id] else { return "\(body.id): waits for \(id), which is not listed" }
                let isInTheWay = [(body.now, blocker.now), (body.nextBoot, blocker.nextBoot)].contains { mine, its in
                    mine == .blocked && !its.letsPass
                }
                guard isInTheWay else { return "\(body.id): waits for \(id), which is \(blocker.verdict)" }
            }
        }
        return nil
    }
}
