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
        let values = SharedValues()
        defer { values.forget() }
        return await inspect(host, values) { only?.contains($0) ?? true ? Set(Horizon.allCases) : [] }.compactMap(
            \.look)
    }

    /// Asks requirements for some horizons, and keeps what their answers were read from.
    ///
    /// - Parameters:
    ///   - host: what to look at; each file is read once.
    ///   - values: what is shared; lasting values stay in it.
    ///   - horizons: which answers of a requirement are wanted.
    /// - Returns: the answers of each requirement of which any was wanted.
    func inspect(
        _ host: HostView, _ values: SharedValues, horizons: (RequirementID) -> Set<Horizon>
    ) async -> [Inspected] {
        var host = host
        host.files = LookFiles(host.files)
        defer { values.endLook() }
        var seen: [Inspected] = []
        for requirement in requirements {
            let wanted = horizons(type(of: requirement).entry.id)
            if !wanted.isEmpty { seen.append(await Self.inspect(host, values, requirement, wanted)) }
        }
        return seen
    }

    private static func inspect(
        _ host: HostView, _ values: SharedValues, _ requirement: some Requirement, _ wanted: Set<Horizon>
    ) async -> Inspected {
        var seen = Inspected(entry: type(of: requirement).entry)
        if wanted.contains(.now) {
            let marks = ReadMarks()
            var present = host.marking(marks)
            present.memory = SharedMemory(values: values, host: host, trace: nil, marks: marks)
            seen.now = Inspected.Answer(await answer(of: requirement, present, .now), marks)
        }
        if wanted.contains(.nextBoot) {
            let marks = ReadMarks()
            let marked = host.marking(marks)
            let trace = EvidenceTrace(marked.files)
            let future = trace.tracing(
                marked, SharedMemory(values: values, host: host, trace: trace, marks: marks))
            seen.nextBoot = Inspected.Answer(await answer(of: requirement, future, .nextBoot), marks)
            seen.evidence = trace.digest
        }
        return seen
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

/// What one requirement answered for the horizons that were asked, and what that was read from.
struct Inspected: Sendable {
    /// One answer.
    struct Answer: Sendable {
        var outcome: Result<Assessment, ObservationError>
        var marks: ReadMarks

        init(_ outcome: Result<Assessment, ObservationError>, _ marks: ReadMarks) {
            self.outcome = outcome
            self.marks = marks
        }
    }

    var entry: CatalogEntry
    /// `nil` when it was not asked.
    var now: Answer?
    var nextBoot: Answer?
    /// A digest of what the answer for the next boot rests on.
    var evidence = ""

    /// The look, where both horizons are there.
    var look: Look? {
        guard let now, let nextBoot else { return nil }
        return Look(entry: entry, now: now.outcome, nextBoot: nextBoot.outcome, evidence: evidence)
    }

    /// The same with the answers of `former` where there are none here.
    func completed(by former: Inspected?) -> Inspected {
        guard let former else { return self }
        var whole = self
        whole.now = now ?? former.now
        if nextBoot == nil {
            whole.nextBoot = former.nextBoot
            whole.evidence = former.evidence
        }
        return whole
    }

    /// The horizons whose answer an event bears on.
    func horizons(of heard: Set<Input>, inputs: [Input]) -> Set<Horizon> {
        var concerned: Set<Horizon> = []
        if now?.marks.bears(heard, inputs: inputs) ?? true { concerned.insert(.now) }
        if nextBoot?.marks.bears(heard, inputs: inputs) ?? true { concerned.insert(.nextBoot) }
        return concerned
    }
}
