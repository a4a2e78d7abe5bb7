import NodeState
import SystemPackage
import Testing

@testable import ConfigFormats
@testable import NodeRequirements

@Suite("The packages' repository")
struct AptRepositoryTests {
    private let requirement = AptRepository(Configuration())
    private let line = WantedRepository(Configuration()).line

    /// What is seen of one-line files, keys all good, and lists never fetched.
    private func seen(_ texts: [FilePath: String], ranks: [Int] = [], isPinned: Bool = false)
        -> AptRepository.Observation
    {
        var seen = AptRepository.Observation(hasKey: true, isPinned: isPinned)
        for (path, text) in texts.sorted(by: { $0.key.string < $1.key.string }) {
            let bytes = Array(text.utf8)
            seen.files[path] = bytes
            for entry in AptSources(bytes, style: .oneLine).entries {
                let bearing = requirement.wanted.bearing(of: entry.addresses[0], suites: entry.suites)
                guard bearing != .none else { continue }
                let rank = ranks.count > seen.sources.count ? ranks[seen.sources.count] : 5
                seen.sources.append(
                    .init(entry: AptEntry(file: path, entry: entry), bearing: bearing, keyRank: rank))
            }
        }
        return seen
    }

    private func parts(_ seen: AptRepository.Observation) -> (reasons: [String], changes: [Change]) {
        guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: .nextBoot) else {
            return ([], [])
        }
        for proposal in proposals {
            let consent: Configuration.Consent = proposal.change == .updatePackageLists ? .network : .packages
            #expect(proposal.autoClass == .withConsent(consent))
        }
        return (findings.map(\.reason), proposals.map(\.change))
    }

    private func text(_ change: Change) -> String? { change.edit.map { String(decoding: $0.after, as: UTF8.self) } }

    @Test("one signed entry in any file is met")
    func met() {
        guard case .met(let observed) = requirement.assess(seen(["/etc/apt/sources.list": "\n\(line)\n"]), at: .now)
        else {
            Issue.record("judged unmet")
            return
        }
        #expect(observed.hasPrefix("/etc/apt/sources.list:2 serves https://pkgs.k8s.io/"))
    }

    @Test("a missing entry is written, and its lists are fetched where the key is there")
    func missing() {
        let (reasons, changes) = parts(seen([:]))
        #expect(reasons == ["missing"])
        #expect(changes.map(\.kind) == ["write-file", "update-package-lists"])
        #expect(changes.first.flatMap(text)?.hasSuffix("\n\(line)\n") == true)
        var keyless = seen([:])
        keyless.hasKey = false
        #expect(parts(keyless).changes.map(\.kind) == ["write-file"])
    }

    @Test("an unsigned entry goes before ours comes, and keeps its neighbours in the file of that name")
    func unsigned() {
        let bare = "deb https://pkgs.k8s.io/core:/stable:/v1.28/deb/ /"
        let (reasons, changes) = parts(seen(["/etc/apt/sources.list.d/a.list": bare]))
        #expect(reasons == ["unsigned"])
        #expect(changes.prefix(2).map(\.kind) == ["disable-apt-source", "write-file"])
        #expect(changes.first.flatMap(text) == "# \(bare)")
        let own = parts(seen([WantedRepository.list: "# mine\n\(bare)\ndeb https://x/ /"]))
        #expect(own.changes.first.flatMap(text) == "# mine\n# \(bare)\ndeb https://x/ /\n\(line)\n")
    }

    @Test("of two entries the one with the better key stays")
    func duplicate() {
        let other = line.replacing("kubernetes-apt-keyring", with: "other")
        let files: [FilePath: String] = [
            "/etc/apt/sources.list.d/a.list": other, "/etc/apt/sources.list.d/b.list": line,
        ]
        let worse = parts(seen(files, ranks: [1, 5]))
        #expect(worse.reasons == ["duplicate"])
        #expect(worse.changes.map(\.object) == ["/etc/apt/sources.list.d/a.list"])
        #expect(parts(seen(files, ranks: [5, 5])).changes.map(\.object) == ["/etc/apt/sources.list.d/b.list"])
    }

    @Test("a repository that is gone is an error whatever else holds")
    func legacy() {
        var gone = seen([
            "/etc/apt/sources.list.d/a.list": "\(line)\ndeb http://apt.kubernetes.io/ kubernetes-xenial main\n"
        ])
        gone.isSettled = true
        guard case .unmet(_, let findings, let proposals) = requirement.assess(gone, at: .now) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.reason) == ["legacy"] && findings.map(\.severity) == [.error])
        #expect(proposals.map(\.change.kind) == ["disable-apt-source"])
    }

    @Test("another minor is an error until a pin keeps it out, and is a person's to take away")
    func otherMinor() {
        let both: [FilePath: String] = [
            "/etc/apt/sources.list.d/a.list": "\(line)\n\(line.replacing("1.28", with: "1.30"))\n"
        ]
        for (isPinned, severity) in [(false, Severity.error), (true, .warning)] {
            guard
                case .unmet(_, let findings, let proposals) = requirement.assess(
                    seen(both, isPinned: isPinned), at: .now)
            else {
                Issue.record("judged met")
                return
            }
            #expect(findings.map(\.reason) == ["other-minor"] && findings.map(\.severity) == [severity])
            #expect(proposals == [] && findings.allSatisfy { $0.remedy != nil })
        }
    }

    @Test("an entry that others share is not switched off, and nothing is put beside it")
    func shared() {
        var shared = seen(["/etc/apt/sources.list.d/a.list": "deb https://pkgs.k8s.io/core:/stable:/v1.28/deb/ /"])
        shared.sources[0].isShared = true
        #expect(parts(shared) == (["unsigned"], []))
    }
}
