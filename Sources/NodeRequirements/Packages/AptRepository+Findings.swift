internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// How wrong sources are told, and what would put them right.
extension AptRepository {
    /// The entry that stays: the signed one with the best key, the first of several; else one whose key all trust.
    func keeper(_ seen: Observation) -> Source? {
        let serving = seen.sources.filter { $0.bearing == .wanted && $0.isServing }
        let signed = serving.filter(\.isSigned)
        return (signed.isEmpty ? serving : signed).reduce(nil) { (best: Source?, next) in
            guard let best, best.keyRank >= next.keyRank else { return next }
            return best
        }
    }

    /// The entries that have to go: those of repositories that are gone, unsigned ones, and doubles.
    func superfluous(_ seen: Observation) -> [Source] { superfluous(seen, beside: keeper(seen)) }

    private func superfluous(_ seen: Observation, beside keeper: Source?) -> [Source] {
        seen.sources.filter { source in
            switch source.bearing {
            case .legacy: true
            case .wanted: source != keeper
            case .otherMinor, .none: false
            }
        }
    }

    func findings(_ seen: Observation) -> [Finding] {
        let keeper = keeper(seen)
        var findings = superfluous(seen, beside: keeper).map { finding(for: $0, beside: keeper, seen) }
        if let keeper, let keyring = keeper.trustedBy, !keeper.isSigned {
            findings.append(trustedByAll(keeper, keyring, seen))
        }
        if keeper == nil, let mirror = seen.mirrors.first {
            findings.append(self.mirror(mirror, seen))
        } else if keeper == nil, !findings.contains(where: { $0.reason == "unsigned" }) {
            findings.append(
                Finding(
                    "missing", severity: weight(seen), expected: wanted.line, actual: "no source has \(wanted.address)",
                    why: "version \(wanted.version) exists only in the repository of \(wanted.minor)",
                    remedy: seen.isSettled ? "nothing, while the packages are installed and held" : nil,
                    manual: HandEdit.append(
                        [wanted.line], to: WantedRepository.list, holding: seen.files[WantedRepository.list])
                        + ["sudo apt-get update"],
                    evidence: [Evidence(WantedRepository.list)]))
        }
        for source in seen.sources {
            guard case .otherMinor(let minor) = source.bearing else { continue }
            let isHarmless = keeper != nil && seen.isPinned
            findings.append(
                Finding(
                    "other-minor", severity: seen.isSettled ? .info : isHarmless ? .warning : .error,
                    expected: "no repository of another minor than \(wanted.minor)",
                    actual: "\(place(source)) has that of \(minor)",
                    why: "without a pin apt prefers the newest version of all its sources",
                    remedy: "take the entry out, unless it is wanted",
                    manual: disabling(source, seen), evidence: [source.entry.evidence]))
        }
        return findings
    }

    /// A key for all repositories is a key: what it signs is verified, and so may be what others sign.
    private func trustedByAll(_ source: Source, _ keyring: FilePath, _ seen: Observation) -> Finding {
        Finding(
            "unsigned", severity: seen.isSettled ? .info : .warning, expected: "an entry with Signed-By",
            actual: "\(place(source)) names no key, and apt verifies it with the key in \(keyring)",
            why: "every repository may be signed with a key in there, and this one with the key of any other",
            remedy: "copy the keyring to /etc/apt/keyrings, and name it in the entry with Signed-By",
            manual: [
                "sudo mkdir -p /etc/apt/keyrings", "sudo cp '\(keyring)' /etc/apt/keyrings/",
                "sudoedit '\(source.entry.file)'",
            ], evidence: [source.entry.evidence, Evidence(keyring)])
    }

    private func mirror(_ entry: AptEntry, _ seen: Observation) -> Finding {
        let address = entry.entry.addresses.first ?? ""
        return Finding(
            "mirror", severity: seen.isSettled ? .info : .warning, expected: "the configuration names the repository",
            actual:
                "\(entry.file):\(entry.entry.line) is a mirror: \(address) serves \(wanted.version), signed with the expected key",
            why: "the configuration expects \(wanted.address)",
            remedy: "set [packages] repository = \"\(address)\" in nucprep.toml; a second source is not needed",
            manual: ["sudoedit /etc/nucprep/nucprep.toml", "sudo systemctl reload nucprepd"], evidence: [entry.evidence]
        )
    }

    private func finding(for source: Source, beside keeper: Source?, _ seen: Observation) -> Finding {
        var finding: Finding
        if source.bearing == .legacy {
            finding = Finding(
                "legacy", expected: "no repository that is gone",
                actual: "\(place(source)) names \(source.entry.entry.addresses.joined(separator: " "))",
                why: "the repository is gone since 2024-03-04, and every apt-get update fails because of it")
        } else if !source.isSigned {
            finding = Finding(
                "unsigned", severity: weight(seen), expected: "an entry with Signed-By, and without trust by word",
                actual: "\(place(source)) "
                    + (source.entry.entry.isTrusted ? "is trusted without a signature" : "names no key"),
                why: "whoever is on the way to the repository could put another package in")
        } else {
            let isConflict = keeper?.entry.entry.signedBy != source.entry.entry.signedBy
            finding = Finding(
                "duplicate", severity: isConflict ? weight(seen) : seen.isSettled ? .info : .warning,
                expected: "one entry for \(wanted.address)", actual: "\(place(source)) names it again",
                why: isConflict
                    ? "two entries for one repository with different keys stop all of apt"
                    : "apt reads the repository twice and warns each time")
        }
        finding.manual = disabling(source, seen)
        finding.evidence = [source.entry.evidence]
        if source.isShared {
            finding.manual = []
            finding.remedy = "take that repository out of the entry; the others in it would be switched off as well"
        }
        return finding
    }

    private func weight(_ seen: Observation) -> Severity { seen.isSettled ? .info : .error }

    private func place(_ source: Source) -> String { "\(source.entry.file):\(source.entry.entry.line)" }

    /// The entry switched off by its own text; in an editor where the same text stands twice.
    private func disabling(_ source: Source, _ seen: Observation) -> [String] {
        let path = source.entry.file
        let lines = EditableLines(seen.files[path] ?? [])
        var number = source.entry.entry.line
        guard lines.numbers.contains(number) else { return ["sudoedit '\(path)'"] }
        if AptSourceFiles.style(of: path) == .stanzas {
            // A stanza is known by its addresses; a field that it has already is not added.
            let stanza = lines.numbers.filter { $0 >= number }.prefix { !lines[$0].allSatisfy { $0 == 0x20 } }
            let names = stanza.map { String(decoding: lines[$0].prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self) }
            guard !names.contains(where: { $0.lowercased() == "enabled" }),
                let place = names.firstIndex(where: { $0.lowercased() == "uris" })
            else { return ["sudoedit '\(path)'"] }
            number = stanza[stanza.startIndex + place]
        }
        let text = lines[number]
        guard lines.numbers.count(where: { lines[$0] == text }) == 1 else { return ["sudoedit '\(path)'"] }
        switch AptSourceFiles.style(of: path) {
        case .oneLine: return [HandEdit.comment(text, in: path)]
        case .stanzas: return [HandEdit.insert("Enabled: no", before: text, in: path)]
        }
    }

    /// What is switched off first, then the entry that serves: two entries at once could stop apt in between.
    func changes(_ seen: Observation) -> [Proposal] {
        let superfluous = superfluous(seen)
        // An entry that must stay beside ours would stop apt: then nothing is added either. With the packages installed
        // and held nothing is needed of any repository.
        let isStuck = superfluous.contains { $0.isShared && $0.bearing == .wanted }
        let needsList = keeper(seen) == nil && !isStuck && !seen.isSettled && seen.mirrors.isEmpty
        var lines: [FilePath: [Int]] = [:]
        for source in superfluous where !source.isShared {
            lines[source.entry.file, default: []].append(source.entry.entry.line)
        }
        var changes: [Proposal] = []
        for (path, numbers) in lines.sorted(by: { $0.key.string < $1.key.string }) {
            guard let before = seen.files[path], !needsList || path != WantedRepository.list else { continue }
            let after = AptSources(before, style: AptSourceFiles.style(of: path)).disabling(lines: numbers)
            let edit = FileEdit(path: path, before: before, after: after)
            changes.append(Proposal(.disableAptSource(edit), .withConsent(.packages)))
        }
        guard needsList else { return changes }
        changes.append(
            Proposal(.writeFile(list(seen, disabling: lines[WantedRepository.list] ?? [])), .withConsent(.packages)))
        if seen.hasKey, !seen.hasLists { changes.append(Proposal(.updatePackageLists, .withConsent(.network))) }
        return changes
    }

    /// Our own list; an operator's file of that name keeps what it has, and gets the line at its end.
    private func list(_ seen: Observation, disabling numbers: [Int]) -> FileEdit {
        let own = OwnFile.text(about: "the repository of the cluster's packages, sources.list(5)", lines: [wanted.line])
        guard let before = seen.files[WantedRepository.list], !OwnFile.isOurs(before) else {
            return FileEdit(path: WantedRepository.list, before: seen.files[WantedRepository.list], after: own)
        }
        var after = AptSources(before, style: .oneLine).disabling(lines: numbers)
        if let last = after.last, last != UInt8(ascii: "\n") { after.append(UInt8(ascii: "\n")) }
        return FileEdit(path: WantedRepository.list, before: before, after: after + Array("\(wanted.line)\n".utf8))
    }
}

extension OwnFile {
    /// Whether nucprep wrote these bytes.
    static func isOurs(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "# Written by nucprepd".utf8) }
}
