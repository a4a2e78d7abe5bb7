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

    private let debian = UpgradeOrigin.Distribution("ID=debian\nVERSION_CODENAME=bookworm\n")

    private func origin(_ release: String?, site: String = "deb.debian.org", component: String = "main")
        -> UpgradeOrigin
    {
        UpgradeOrigin(
            site: site, component: component, release: release.flatMap { UpgradeOrigin.Release(Array($0.utf8)) })
    }

    private static let security =
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nOrigin: Debian\nLabel: Debian-Security\nSuite: oldstable-security\nCodename: bookworm-security\nDate: Sat, 01 Aug 2026 00:00:00 UTC\n"
    private static let docker =
        "Origin: Docker\nLabel: Docker CE\nSuite: bookworm\nCodename: bookworm\nDate: Sat, 01 Aug 2026 00:00:00 UTC\n"

    @Test(
        "a rule allows the origins that it names, with patterns and words for the distribution",
        arguments: [
            ("origin=Debian,codename=${distro_codename}-security,label=Debian-Security", true, false),
            ("o=${distro_id},n=bookworm", false, false), ("origin=*", true, true), ("*", true, true),
            ("site=deb.debian.org", true, true), ("o=Docker,a=${distro_codename}", false, true),
            ("origin=Deb*, component=main", true, false), ("c=contrib", false, false), ("nonsense", false, false),
            ("l=Docker CE", false, true),
        ])
    func patterns(pattern: String, isSecurity: Bool, isDocker: Bool) {
        #expect(origin(Self.security).matches(pattern: pattern, debian) == isSecurity)
        #expect(origin(Self.docker).matches(pattern: pattern, debian) == isDocker)
    }

    @Test("a rule of the older form is an origin and a suite")
    func allowed() {
        let ubuntu = UpgradeOrigin.Distribution("ID=ubuntu\nVERSION_CODENAME=\"jammy\"\n")
        let release = "Origin: Ubuntu\nLabel: Ubuntu\nSuite: jammy-security\nCodename: jammy\nDate: x\n"
        #expect(origin(release).matches(allowed: "${distro_id}:${distro_codename}-security", ubuntu) == true)
        #expect(origin(release).matches(allowed: "${distro_id}:${distro_codename}", ubuntu) == false)
        #expect(origin(release).matches(allowed: "Ubuntu jammy-security", nil) == true)
        #expect(origin(Self.docker).matches(allowed: "${distro_id}:${distro_codename}", ubuntu) == false)
    }

    @Test("what is not known neither matches nor does not, unless another part of the rule decides")
    func unknown() {
        #expect(origin(nil).matches(pattern: "origin=Debian", debian) == nil)
        #expect(origin(nil).matches(pattern: "origin=Debian,site=example.org", debian) == false)
        #expect(origin(Self.security).matches(pattern: "origin=${distro_id}", nil) == nil)
        #expect(UpgradeOrigin.Release(Array("x\n".utf8)) == nil)
    }
}
