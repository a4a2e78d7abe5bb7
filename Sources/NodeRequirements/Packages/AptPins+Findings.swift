internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Which pin decides, and how it is told when it is not ours.
extension AptPins {
    /// Why apt would not take the wanted version of one package.
    enum Problem: Equatable {
        /// No pin wants it, or not enough.
        case noPin(String)
        /// Another pin decides, the one at this place where it was found.
        case shadowed(Placed?, String)

        var text: String {
            switch self {
            case .noPin(let text), .shadowed(_, let text): text
            }
        }
    }

    /// The first pin that covers the wanted version of a package: apt gives a version the first one's priority.
    ///
    /// - Source: apt `apt-pkg/policy.cc` (`CreatePin`).
    func decider(_ package: String, _ seen: Observation) -> Placed? {
        seen.pins.first {
            $0.pin.names(package) == true && $0.pin.covers(version: wanted.version, from: wanted.host) == true
        }
    }

    func problem(_ package: String, _ seen: Observation) -> Problem? {
        guard let known = seen.policy?.package(package), let version = known.version(wanted.version)
        else { return problemByFiles(package, seen) }
        if known.candidate == wanted.version {
            if version.isPinned || decider(package, seen) != nil { return nil }
            return .noPin("\(wanted.version) is preferred, and by no pin")
        }
        let preferred = known.candidate ?? "no version"
        let isKept = known.candidate != nil && known.candidate == known.installed
        if isKept, version.isPinned, version.priority > Self.priorities.enough, !isDowngradeAllowed {
            // What is installed and newer stays, whatever a pin says below 1001: told by the versions.
            return nil
        }
        // Our own file of a former configuration is written anew: it stands in nobody's way.
        if let winner = winner(over: package, known, seen), winner.file != Self.file || seen.ownFile == text {
            return .shadowed(winner, "\(preferred) is preferred by \(winner.file):\(winner.pin.line)")
        }
        if let first = decider(package, seen), first.file != Self.file || seen.ownFile == text {
            return .shadowed(first, "\(preferred) is preferred over \(wanted.version) at \(first.pin.priority)")
        }
        return .noPin("\(preferred) is preferred")
    }

    /// The pin that gives another version than the wanted one its priority.
    private func winner(over package: String, _ known: AptPolicy.Package, _ seen: Observation) -> Placed? {
        guard let candidate = known.candidate, let version = known.version(candidate), version.isPinned else {
            return nil
        }
        let host = version.sources.first { !$0.host.isEmpty }?.host
        let naming = seen.pins.filter { $0.pin.priority == version.priority && $0.pin.names(package) != false }
        return naming.first { $0.pin.covers(version: candidate, from: host) == true }
            ?? naming.first { $0.pin.covers(version: candidate, from: host) == nil }
    }

    /// Without an answer of apt only a pin of exactly this version is sure to bring it.
    private func problemByFiles(_ package: String, _ seen: Observation) -> Problem? {
        guard let first = decider(package, seen) else { return .noPin("no pin wants \(wanted.version)") }
        let place = "\(first.file):\(first.pin.line)"
        if case .version(let text) = first.pin.subject, text == wanted.version {
            if first.pin.priority > Self.priorities.enough { return nil }
            let text = "\(place) wants \(wanted.version) with \(first.pin.priority) only"
            return first.file == Self.file ? .noPin(text) : .shadowed(first, text)
        }
        return .shadowed(first, "\(place) wants other versions as much")
    }

    func findings(_ wrong: [(String, Problem)], _ seen: Observation) -> [Finding] {
        var findings: [Finding] = []
        let bare = wrong.filter { if case .noPin = $0.1 { true } else { false } }
        if !bare.isEmpty {
            let names = bare.map(\.0).joined(separator: ", ")
            findings.append(
                Finding(
                    seen.ignored.isEmpty ? "no-pin" : "ignored-name", severity: .warning,
                    expected: "a pin of \(wanted.version) for \(names)",
                    actual: seen.ignored.first.map { "\($0.path) has one, and apt does not read a file of that name" }
                        ?? told(bare),
                    why: seen.ignored.isEmpty
                        ? "an installation takes the newest version of the repository"
                        : "apt reads names without an ending and those that end in .pref, of letters, digits, _, - and .",
                    remedy: seen.ownFile == text ? "look at what apt-cache policy says of the packages" : nil,
                    manual: manual(seen), evidence: seen.ignored.isEmpty ? [Evidence(Self.file)] : seen.ignored))
        }
        var told: [String] = []
        for case (_, .shadowed(let winner, let text)) in wrong where !told.contains(text) {
            told.append(text)
            let names = wrong.filter { $0.1.text == text }.map(\.0)
            findings.append(
                Finding(
                    "shadowed", severity: .warning,
                    expected: "\(wanted.version) is preferred for \(names.joined(separator: ", "))",
                    actual: "\(names.joined(separator: ", ")): \(text)",
                    why: "the first pin that covers a version gives it its priority, and the highest priority wins",
                    remedy: winner.map {
                        "take the stanza at \($0.file):\($0.pin.line) out, or let it name the version"
                    }
                        ?? "look for what prefers it: apt-cache policy",
                    manual: ["apt-cache policy \(names.joined(separator: " "))"],
                    evidence: winner.map { [$0.evidence] } ?? []))
        }
        return findings
    }

    /// The problems, packages with the same one together.
    private func told(_ problems: [(String, Problem)]) -> String {
        var texts: [String] = []
        for (_, problem) in problems where !texts.contains(problem.text) { texts.append(problem.text) }
        return texts.map { text in
            problems.filter { $0.1.text == text }.map(\.0).joined(separator: ", ") + ": " + text
        }.joined(separator: "; ")
    }

    private func manual(_ seen: Observation) -> [String] {
        if let ignored = seen.ignored.first?.path {
            let stem = ignored.stem ?? "kubernetes"
            return ["sudo mv '\(ignored)' '\(ignored.removingLastComponent().appending(stem)).pref'"]
        }
        let stanza = "Package: \(WantedRepository.packages.joined(separator: " "))\\nPin: version \(wanted.version)"
        return ["printf '\(stanza)\\nPin-Priority: 990\\n' | sudo tee /etc/apt/preferences.d/kubernetes"]
    }
}
