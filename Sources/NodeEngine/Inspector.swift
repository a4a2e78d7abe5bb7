package import NodeState

/// What one requirement said of one look at the host.
package struct Look: Equatable, Sendable {
    package var entry: CatalogEntry
    package var now: Result<Assessment, ObservationError>
    package var nextBoot: Result<Assessment, ObservationError>
    /// A digest of everything on disk that the answer for the next boot rests on.
    package var evidence: String

    /// Whether one of the answers is missing for a cause that need not last.
    var hasTransientError: Bool {
        [now, nextBoot].contains { if case .failure(let error) = $0 { error.isTransient } else { false } }
    }

    /// Whether one of the answers was looked at and is not good.
    var isUnmet: Bool { [now, nextBoot].contains { if case .success(.unmet) = $0 { true } else { false } } }

    /// Whether both answers are good.
    package var isMet: Bool { [now, nextBoot].allSatisfy(\.isMet) }
}

extension Result where Success == Assessment, Failure == ObservationError {
    /// Whether there is nothing left to wish for.
    package var isMet: Bool {
        switch self {
        case .success(.met), .success(.notApplicable): true
        case .success(.unmet), .failure: false
        }
    }
}

/// Looks at a host through every requirement; it never throws, since what cannot be read is a verdict.
package struct Inspector: Sendable {
    /// The requirements in the order of the catalogue.
    package let requirements: [any Requirement]

    /// The inspector of these requirements.
    package init(_ requirements: [any Requirement]) { self.requirements = requirements }

    /// Looks, one requirement after the other: they read small files, and one thread at a time is the least disturbance.
    ///
    /// - Parameters:
    ///   - host: what to look at.
    ///   - only: the requirements to ask; `nil` asks all.
    /// - Returns: a look for each requirement asked, in the order of the catalogue.
    package func look(at host: HostView, only: Set<RequirementID>? = nil) async -> [Look] {
        var looks: [Look] = []
        // Kept for this look alone: after an act everything is computed again.
        let values = SharedValues()
        defer { values.forget() }
        for requirement in requirements where only?.contains(type(of: requirement).entry.id) ?? true {
            looks.append(await Self.look(at: host, values, through: requirement))
        }
        return looks
    }

    private static func look(
        at host: HostView, _ values: SharedValues, through requirement: some Requirement
    ) async -> Look {
        let trace = EvidenceTrace(host.files)
        var present = host
        present.memory = SharedMemory(values: values, host: host, trace: nil)
        return Look(
            entry: type(of: requirement).entry, now: await answer(of: requirement, present, .now),
            nextBoot: await answer(of: requirement, trace.tracing(host, values), .nextBoot), evidence: trace.digest)
    }

    private static func answer(
        of requirement: some Requirement, _ host: HostView, _ horizon: Horizon
    ) async -> Result<Assessment, ObservationError> {
        do throws(ObservationError) {
            return .success(requirement.assess(try await requirement.observe(host, at: horizon), at: horizon))
        } catch {
            return .failure(error)
        }
    }
}
