import NodeState
import SystemPackage
import Testing

@testable import ConfigFormats
@testable import NodeRequirements

@Suite("Automatic upgrades")
struct UnattendedUpgradesTests {
    private let requirement = UnattendedUpgrades(Configuration())

    @Test("our own file keeps out exactly the cluster's packages")
    func ownFile() throws {
        var all = AptConfiguration()
        try all.read(UnattendedUpgrades.text, file: "own")
        let patterns = all.list("Unattended-Upgrade::Package-Blacklist").compactMap { NameExpression($0.value) }
        #expect(patterns.count == 6)
        for name in UnattendedUpgrades.packages { #expect(patterns.contains { $0.begins(name) == true }, "\(name)") }
        for name in ["kubectl-convert", "containerd-io", "containerdxio", "runc2", "xrunc"] {
            #expect(!patterns.contains { $0.begins(name) == true }, "\(name)")
        }
    }

    @Test("what may be upgraded is named with the origins, and our file keeps it out")
    func open() throws {
        var all = AptConfiguration()
        try all.read(Array("A { \"origin=Debian\"; };".utf8), file: "/etc/apt/apt.conf.d/50x")
        var rules = UnattendedUpgrades.Rules(open: ["runc"], origins: all.list("A"))
        guard case .unmet(_, let findings, let proposals) = requirement.assess(.on(rules), at: .now) else {
            Issue.record("judged met")
            return
        }
        #expect(findings.map(\.reason) == ["could-upgrade"] && findings.map(\.severity) == [.warning])
        #expect(findings.first?.evidence == [Evidence("/etc/apt/apt.conf.d/50x", line: 1)])
        let edit = FileEdit(path: UnattendedUpgrades.file, before: nil, after: UnattendedUpgrades.text)
        #expect(proposals == [Proposal(.writeFile(edit), .always)])
        rules.ownFile = UnattendedUpgrades.text
        guard case .unmet(_, let cleared, let nothing) = requirement.assess(.on(rules), at: .now) else {
            Issue.record("judged met")
            return
        }
        #expect(nothing == [] && cleared.first?.remedy != nil, "writing the same again helps nobody")
    }

    @Test("nothing to upgrade, or nothing that upgrades, is met")
    func met() {
        #expect(requirement.assess(.off("not installed"), at: .now) == .met(observed: "not installed"))
        guard case .met = requirement.assess(.on(.init(open: [], origins: [])), at: .nextBoot) else {
            Issue.record("judged unmet")
            return
        }
    }
}
