import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("An interrupted order of packages")
struct InterruptedOrderTests {
    private let host = FakeHost([
        "/etc/apt/sources.list": .absent, "/etc/apt/sources.list.d": .absent, "/etc/apt/apt.conf": .absent,
        "/etc/apt/apt.conf.d": .absent,
    ])
    private let requirement = PackageSystemHealthy(Configuration())
    private static let order: FilePath = "/var/lib/nucprep/package-order"

    private func proposals(_ state: String, _ file: FakeHost.File) async throws -> [Proposal]? {
        host.set(packages: [InstalledPackage(name: "socat", version: "1", state: state)])
        host.set(Self.order, to: file)
        let seen = try await requirement.observe(host.view, at: .now)
        guard case .unmet(_, let findings, let proposals) = requirement.assess(seen, at: .now) else { return nil }
        #expect(findings.allSatisfy { ($0.remedy == nil) == !proposals.isEmpty })
        #expect(findings.allSatisfy { !$0.manual.isEmpty }, "the command is told in either case")
        return proposals
    }

    @Test(
        "ours is finished with the consent to packages, anybody else's is told",
        arguments: ["half-configured", "unpacked", "half-installed", "interrupted"])
    func whose(_ state: String) async throws {
        host.answers.update { $0.lockHolder = .some(nil) }
        #expect(
            try await proposals(state, .text("NUCPREP_PACKAGES=\"socat\"\n"))
                == [Proposal(.configurePackages, .withConsent(.packages))])
        #expect(try await proposals(state, .absent) == [])
        #expect(try await proposals(state, .link("/etc/passwd")) == [], "a link is no order of ours")
    }

    @Test("while somebody holds the lock, it is left to him")
    func locked() async throws {
        host.answers.update { $0.lockHolder = .some(0) }
        host.set(packages: [InstalledPackage(name: "socat", version: "1", state: "unpacked")])
        host.set(Self.order, to: .text("x"))
        let seen = try await requirement.observe(host.view, at: .now)
        guard case .unmet(_, _, let proposals) = requirement.assess(seen, at: .now) else {
            Issue.record("judged met")
            return
        }
        #expect(proposals == [])
    }

    @Test("a trigger that waits is no trouble, and nobody asks whose it is")
    func triggers() async throws {
        host.answers.update { $0.lockHolder = .some(nil) }
        #expect(try await proposals("triggers-pending", .unreadable("no")) == nil)
    }
}
