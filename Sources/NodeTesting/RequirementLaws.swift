package import NodeEngine
package import NodeState
internal import SystemPackage

/// What every requirement must keep to; each law answers with the ways in which it is broken.
package enum RequirementLaws {
    /// Ids are unique and kebab-case, words are there, and a prerequisite stands earlier.
    package static func entries(_ catalogue: [CatalogEntry]) -> [String] {
        var broken: [String] = []
        var earlier: Set<RequirementID> = []
        for entry in catalogue {
            let id = entry.id
            if RequirementID(id.name) == nil { broken.append("\(id) is not kebab-case") }
            if earlier.contains(id) { broken.append("\(id) stands twice") }
            let words = [
                "title": entry.title, "why": entry.why, "source": entry.source, "group": entry.group,
                "word of what is checked": entry.checks, "way by hand": entry.manual.joined(),
            ]
            for (word, text) in words where text.isEmpty { broken.append("\(id) has no \(word)") }
            if entry.phases.isEmpty { broken.append("\(id) bears on no phase") }
            for prerequisite in entry.prerequisites where !earlier.contains(prerequisite) {
                broken.append("\(id) needs \(prerequisite), which does not stand earlier")
            }
            earlier.insert(id)
        }
        return broken
    }

    /// A host of which nothing can be read is unknown at both horizons.
    package static func unreadable(_ requirements: [any Requirement]) async -> [String] {
        // What rests on nothing may say that it does not apply; that it holds, it may not.
        let restsOnNothing = Set(requirements.filter(\.inputs.isEmpty).map { type(of: $0).entry.id })
        return await Inspector(requirements).look(at: FakeHost().view).flatMap { look in
            [("now", look.now), ("next boot", look.nextBoot)].compactMap { horizon, answer in
                switch answer {
                case .failure: nil
                case .success(.notApplicable) where restsOnNothing.contains(look.entry.id): nil
                case .success: "\(look.entry.id) answers for \(horizon): \(answer)"
                }
            }
        }
    }

    /// A finding of severity error has a proposal, or says what a person can do.
    package static func helpless(_ look: Look) -> [String] {
        [look.now, look.nextBoot].flatMap { answer -> [String] in
            guard case .success(.unmet(_, let findings, let proposals)) = answer else { return [] }
            var broken = findings.filter { finding in
                finding.severity == .error && proposals.isEmpty && finding.remedy == nil && finding.manual.isEmpty
            }.map { "\(look.entry.id) leaves \($0.reason) without a way out" }
            if findings.isEmpty { broken.append("\(look.entry.id) is unmet without a finding") }
            return broken
        }
    }

    /// Whatever a requirement reads on disk is among its inputs, so that a change of it is heard.
    ///
    /// What is dealt anew at each boot has no events, or events of its own. The version of systemd is looked for in more
    /// folders than are watched: it changes with a package that changes `/usr/lib/systemd` as well.
    package static func undeclared(_ requirement: some Requirement, on host: HostView) async -> [String] {
        let trace = ReadTrace(host.files)
        var traced = host
        traced.files = trace
        for horizon in Horizon.allCases { _ = try? await requirement.observe(traced, at: horizon) }
        let inputs = Set(requirement.inputs)
        return trace.reads.filter { !isVolatile($0.path) && !isVersion($0) && !$0.isHeard(by: inputs) }
            .map { "\(type(of: requirement).entry.id) reads the \($0.question) of \($0.path), which is no input" }
            .sorted()
    }

    private static func isVolatile(_ path: FilePath) -> Bool {
        ["/proc", "/sys", "/run", "/dev"].contains { path.starts(with: FilePath($0)) }
    }

    private static func isVersion(_ read: ReadTrace.Read) -> Bool {
        let text = read.path.string
        switch read.question {
        case .names:
            return text == "/usr/lib" || text == "/lib/systemd"
                || text.hasPrefix("/usr/lib/") && text.hasSuffix("/systemd")
        // Whether `/lib` is a link changes with a new installation only.
        case .kind: return text == "/lib"
        // A script that a unit names lies wherever somebody put it; the periodic look sees what becomes of it.
        case .script: return true
        case .bytes, .beginning, .time, .barrier, .mode: return false
        }
    }
}

extension ReadTrace.Read {
    /// Whether a watch of one of `inputs` hears when the answer changes.
    fileprivate func isHeard(by inputs: Set<Input>) -> Bool {
        let parent = path.removingLastComponent()
        let grandparent = parent.removingLastComponent()
        let isNear = inputs.contains(.path(path)) || inputs.contains(.twoLevels(path))
        switch question {
        case .names: return isNear || inputs.contains(.twoLevels(parent))
        case .bytes, .beginning, .script, .kind, .time, .barrier, .mode:
            return isNear || inputs.contains(.path(parent)) || inputs.contains(.twoLevels(parent))
                || inputs.contains(.twoLevels(grandparent))
        }
    }
}
