import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Package system healthy")
struct PackageSystemHealthyTests {
    private let requirement = PackageSystemHealthy(Configuration())

    private func findings(
        _ troubled: [InstalledPackage], holder: Int? = nil, at horizon: Horizon = .now
    ) -> [Finding] {
        let seen = PackageSystemHealthy.Observation(troubled: troubled, holder: holder, holderName: "apt-get")
        guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: horizon) else { return [] }
        #expect(proposals == [], "nothing of this is ours to do")
        return findings
    }

    private func package(_ state: String, flag: String = "ok", name: String = "man-db") -> InstalledPackage {
        InstalledPackage(name: name, version: "1", flag: flag, state: state)
    }

    @Test(
        "each state that dpkg left behind has its reason",
        arguments: [
            ("half-installed", "ok", "half-installed"), ("unpacked", "ok", "half-configured"),
            ("half-configured", "ok", "half-configured"), ("installed", "reinstreq", "reinstall-required"),
            ("unpacked", "reinstreq", "reinstall-required"), ("interrupted", "ok", "interrupted"),
        ])
    func reasons(_ state: String, _ flag: String, _ reason: String) {
        for horizon in Horizon.allCases {
            let found = findings([package(state, flag: flag)], at: horizon)
            #expect(found.map(\.reason) == [reason])
            #expect(found.allSatisfy { $0.severity == .error && $0.remedy != nil && !$0.manual.isEmpty })
        }
    }

    @Test("a trigger that waits is no trouble", arguments: ["triggers-awaited", "triggers-pending"])
    func triggers(_ state: String) {
        #expect(findings([package(state)]) == [])
        #expect(
            requirement.assess(.init(troubled: [package(state)]), at: .now)
                == .met(observed: "no package is half installed; triggers wait in man-db"))
    }

    @Test("hundreds of packages are one finding with ten names")
    func many() {
        let found = findings((1...300).map { package("unpacked", name: "p\($0)") })
        #expect(found.count == 1)
        #expect(found.first?.actual.hasSuffix("p9, p10 and 290 more") == true)
    }

    @Test(
        "a lock is an error, so that no order is made meanwhile, and what that one is in the middle of is not told apart"
    )
    func locked() {
        let found = findings([package("half-configured")], holder: 812)
        #expect(found.map(\.reason) == ["locked"] && found.map(\.severity) == [.error])
        #expect(found.first?.actual == "process 812 (apt-get) holds the lock of dpkg")
        #expect(found.first?.why == "it is in the middle of man-db")
        #expect(findings([], holder: 0).first?.actual.hasPrefix("a process that cannot be seen") == true)
    }

    @Test("a lock alone does not outlive the boot")
    func lockAtBoot() {
        #expect(findings([], holder: 812, at: .nextBoot) == [])
        #expect(findings([package("unpacked")], holder: 812, at: .nextBoot).map(\.reason) == ["locked"])
    }

    @Test("the name of the holder cannot write on a terminal, and need not be there")
    func holderName() async throws {
        let host = FakeHost([
            "/proc/812/comm": .text("a\u{1B}[31mpt\n"), "/proc/813/comm": .absent, "/etc/apt/sources.list": .absent,
            "/etc/apt/sources.list.d": .absent,
        ])
        host.answers.update { $0.lockHolder = .some(812) }
        host.set(packages: [])
        #expect(try await requirement.observe(host.view, at: .now).holderName == "a[31mpt")
        host.answers.update { $0.lockHolder = .some(813) }
        #expect(try await requirement.observe(host.view, at: .now).holderName == nil)
    }

    @Test("once all packages are there and held a lock is told, and no more: nothing waits for it")
    func settled() async throws {
        let host = FakeHost([
            "/proc/812/comm": .text("unattended-upgr\n"), "/etc/apt/sources.list": .absent,
            "/etc/apt/sources.list.d": .absent,
        ])
        host.answers.update { $0.lockHolder = .some(812) }
        let configuration = Configuration()
        var all =
            WantedRepository.packages.map { InstalledPackage(name: $0, version: "1.28.1-1.1", want: "hold") }
            + configuration.packages.prerequisites.map { InstalledPackage(name: $0, version: "1") }
        host.set(packages: all)
        func severities(at horizon: Horizon = .now) async throws -> [Severity] {
            let seen = try await requirement.observe(host.view, at: horizon)
            guard case .unmet(_, let findings, _) = requirement.assess(seen, at: horizon) else { return [] }
            return findings.map(\.severity)
        }
        #expect(try await severities() == [.info])
        // Near misses: one that is not held, one that is missing, one of another patch.
        all[0].want = "install"
        host.set(packages: all)
        #expect(try await severities() == [.error])
        all[0].want = "hold"
        host.set(packages: Array(all.dropLast()))
        #expect(try await severities() == [.error])
        all[0].version = "1.28.2-1.1"
        host.set(packages: all)
        #expect(try await severities() == [.error])
    }

    @Test("sources that contradict each other or name a disc are told beside what dpkg left")
    func sources() {
        let disc = SourceFault.disc(address: "cdrom:[x]/", entry: Evidence("/etc/apt/sources.list", line: 3))
        let seen = PackageSystemHealthy.Observation(troubled: [package("unpacked")], faults: [disc])
        guard case .unmet(let observed, let findings, let proposals) = requirement.assess(seen, at: .nextBoot) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.reason) == ["cdrom-source", "half-configured"] && proposals == [])
        #expect(observed == "/etc/apt/sources.list:3 names a disc: cdrom:[x]/; not configured: man-db")
    }
}
