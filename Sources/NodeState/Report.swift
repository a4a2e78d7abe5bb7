/// One requirement in a report.
package struct ReportEntry: Equatable, Sendable {
    /// Its place in the catalogue.
    package var entry: CatalogEntry
    /// The running system.
    package var now: Verdict
    /// The next boot.
    package var nextBoot: Verdict
    /// Whether the next boot has been seen.
    package var proof: BootProof
    /// Whether the daemon's repairs are undone faster than it makes them.
    package var isContested: Bool

    /// The entry for one requirement.
    package init(
        entry: CatalogEntry, now: Verdict, nextBoot: Verdict, proof: BootProof = .none, isContested: Bool = false
    ) {
        self.entry = entry
        self.now = now
        self.nextBoot = nextBoot
        self.proof = proof
        self.isContested = isContested
    }

    /// The worse of the two horizons.
    package var verdict: Verdict { nextBoot.badness > now.badness ? nextBoot : now }
}

extension [ReportEntry] {
    /// Where the chain of what `id` waits for begins, at either horizon: requirements that are blocked by nothing.
    ///
    /// - Returns: in the order of the catalogue; nothing for what is not blocked.
    package func rootCauses(of id: RequirementID) -> [RequirementID] {
        var roots: Set<RequirementID> = []
        for horizon in Horizon.allCases {
            var seen: Set<RequirementID> = []
            var next = [id]
            while let current = next.popLast() {
                guard seen.insert(current).inserted, let entry = first(where: { $0.entry.id == current }) else {
                    continue
                }
                let verdict = horizon == .now ? entry.now : entry.nextBoot
                if case .blocked(let ids) = verdict { next += ids } else if current != id { roots.insert(current) }
            }
        }
        return map(\.entry.id).filter(roots.contains)
    }
}

/// A plan: the changes that would put a node right, in the order of applying.
package struct Plan: Equatable, Sendable {
    /// One change, and for what it is made.
    package struct Step: Hashable, Sendable {
        /// For which requirement.
        package var requirement: RequirementID
        /// For which horizon.
        package var horizon: Horizon
        /// The change and its class.
        package var proposal: Proposal

        /// The step towards `requirement`.
        package init(requirement: RequirementID, horizon: Horizon, proposal: Proposal) {
            self.requirement = requirement
            self.horizon = horizon
            self.proposal = proposal
        }
    }

    /// The steps, first to last; equal changes stand once.
    package var steps: [Step]

    /// The plan of these steps.
    package init(steps: [Step] = []) { self.steps = steps }
}

/// The answer for one node alone.
package enum Readiness: Sendable, Comparable, CaseIterable {
    /// Every requirement holds.
    case go
    /// Works, with warnings.
    case goWithWarnings
    /// Nothing failed, and something that weighs is not known.
    case incomplete
    /// Something that weighs does not hold.
    case noGo

    /// The worst contribution of all entries; an empty report is incomplete.
    ///
    /// Unknown is never go: a failure outweighs what is unknown, and what is unknown outweighs a warning.
    package init(of entries: [ReportEntry]) {
        self = entries.map(Readiness.init(of:)).max() ?? .incomplete
    }

    /// What one requirement contributes.
    package init(of entry: ReportEntry) {
        if entry.isContested, entry.entry.severity == .error {
            self = .noGo
        } else {
            self = [entry.now, entry.nextBoot].map { Readiness(of: $0, severity: entry.entry.severity) }.max() ?? .go
        }
    }

    private init(of verdict: Verdict, severity: Severity) {
        switch verdict {
        case .met, .notApplicable: self = .go
        case .waived: self = .goWithWarnings
        case .unmet(_, let findings):
            switch findings.map(\.severity).max() ?? severity {
            case .error: self = .noGo
            case .warning: self = .goWithWarnings
            case .info: self = .go
            }
        case .unknown, .blocked:
            switch severity {
            case .error: self = .incomplete
            case .warning: self = .goWithWarnings
            case .info: self = .go
            }
        }
    }
}
