import ConfigFormats
import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

@Suite("Hosts entries")
struct HostsEntriesTests {
    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.nodes = [
            .init(name: "nuc01", address: "10.0.0.1", role: .controlPlane),
            .init(name: "nuc02", address: "10.0.0.2", role: .worker),
        ]
        configuration.nodes[1].fqdn = "nuc02.lan"
        return configuration
    }

    private let order = NameServiceSwitch(parsing: "hosts: files dns").databases["hosts"]

    private func assess(
        _ text: String?, order: NameServiceSwitch.Database? = nil, at horizon: Horizon = .now,
        _ change: (inout Configuration) -> Void = { _ in }
    ) -> Assessment {
        var configuration = configuration
        change(&configuration)
        return HostsEntries(configuration).assess(
            .init(
                own: configuration.nodes[0], bytes: text.map { Array($0.utf8) }, order: order ?? self.order),
            at: horizon)
    }

    private func reasons(_ assessment: Assessment) -> [String] {
        guard case .unmet(_, let findings, _) = assessment else { return [] }
        return findings.map(\.reason)
    }

    private func edits(_ assessment: Assessment) -> [String] {
        guard case .unmet(_, _, let proposals) = assessment else { return [] }
        return proposals.compactMap { $0.change.edit.map { String(decoding: $0.after, as: UTF8.self) } }
    }

    private let good = "127.0.0.1 localhost\n10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n"

    @Test(
        "each way to be wrong has its reason",
        arguments: [
            ("10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n", []),
            ("10.0.0.1 nuc01 box\n10.0.0.2 NUC02.LAN Nuc02 # x\n", []),
            ("::ffff:10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n", []),
            ("10.0.0.1 nuc01\n10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\nfe80::2 nuc02\n", []),
            ("127.0.1.1 nuc01\n10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n", []),
            ("", ["missing", "missing"]), ("10.0.0.1 nuc01\n10.0.0.2 nuc02\n", ["missing"]),
            ("127.0.1.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n", ["own-name-loopback-only"]),
            ("::1 nuc01\n10.0.0.2 nuc02.lan nuc02\n", ["own-name-loopback-only"]),
            ("10.0.0.1 nuc01\n10.0.0.9 nuc02.lan nuc02\n", ["stale-address"]),
            ("10.0.0.1 nuc01\n10.0.0.9 nuc02\n10.0.0.2 nuc02.lan nuc02\n", ["stale-address"]),
            ("10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n10.0.0.9 nuc02\n", ["two-addresses"]),
            ("10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n127.0.1.1 nuc02\n", ["peer-on-loopback"]),
            ("10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n::1 nuc02.lan\n", ["peer-on-loopback"]),
            (
                "# BEGIN nucprep\n10.0.0.1 nuc01\n10.0.0.2 nuc02.lan nuc02\n# END nucprep\n10.0.0.9 nuc02\n",
                ["duplicate"]
            ),
        ])
    func wrong(_ text: String, _ reasons: [String]) {
        for horizon in Horizon.allCases {
            #expect(self.reasons(assess("127.0.0.1 localhost\n" + text, at: horizon)) == reasons, "\(text)")
        }
    }

    @Test("names that are right need no block, and names that are not get all of them")
    func block() {
        #expect(edits(assess(good)) == [])
        let edit = edits(assess("127.0.0.1 localhost\n10.0.0.9 nuc02\n"))
        #expect(edit.count == 1)
        let lines = edit.first?.split(separator: "\n").filter { !$0.hasPrefix("# ") || $0.hasSuffix(" nucprep") } ?? []
        #expect(
            lines == [
                "127.0.0.1 localhost", "# BEGIN nucprep", "10.0.0.1 nuc01", "10.0.0.2 nuc02.lan nuc02", "# END nucprep",
                "10.0.0.9 nuc02",
            ])
    }

    @Test("after the block is in, nothing more is proposed, and what only a person can mend is left and told")
    func twice() throws {
        for text in [
            "", good, "127.0.1.1 nuc01\n", "10.0.0.9 nuc02\n10.0.0.8 nuc02\n", "127.0.0.1 localhost nuc02", "::1 x\r\n",
        ] {
            guard let after = edits(assess(text)).first else { continue }
            #expect(edits(assess(after)) == [], "\(text)")
            #expect(
                Set(reasons(assess(after))).isSubset(of: ["duplicate", "two-addresses", "peer-on-loopback"]), "\(text)")
        }
    }

    @Test("a file that is absent becomes one with the block alone")
    func absent() {
        guard case .unmet(_, _, let proposals) = assess(nil), let edit = proposals.first?.change.edit else {
            Issue.record("nothing proposed")
            return
        }
        #expect(edit.before == nil)
        #expect(edit.after.starts(with: Array("# BEGIN nucprep\n".utf8)))
        #expect(proposals.map(\.autoClass) == [.always])
    }

    @Test("markers that make no block are named, and nothing is proposed")
    func broken() {
        let assessment = assess("127.0.0.1 localhost\n# BEGIN nucprep\n")
        #expect(edits(assessment) == [])
        guard case .unmet(_, let findings, _) = assessment else {
            Issue.record("judged met")
            return
        }
        #expect(findings.allSatisfy { $0.remedy?.contains("markers") ?? false })
        #expect(findings.allSatisfy { $0.evidence.contains(Evidence("/etc/hosts", line: 2)) })
    }

    @Test("what answers before the files is an error")
    func nameOrder() {
        let order = { (text: String) in NameServiceSwitch(parsing: text).databases["hosts"] }
        #expect(reasons(assess(good, order: order("hosts: dns files"))) == ["nss-order"])
        #expect(reasons(assess(good, order: order("hosts: dns"))) == ["nss-order"])
        #expect(reasons(assess(good, order: order("hosts: resolve [!UNAVAIL=return] files"))) == [])
        let requirement = HostsEntries(configuration)
        let seen = HostsEntries.Observation(own: configuration.nodes[0], bytes: Array(good.utf8), order: nil)
        #expect(reasons(requirement.assess(seen, at: .now)) == ["nss-order"])
    }

    @Test("Debian's own line goes only where that is wished, agreed to, and harmless")
    func cleanup() throws {
        let text = "127.0.1.1 nuc01\n" + good
        let wish = { (configuration: inout Configuration) in configuration.removeLoopbackName = true }
        let agree = { (configuration: inout Configuration) in
            configuration.removeLoopbackName = true
            configuration.consent = [.cleanup]
        }
        #expect(edits(assess(text)) == [])
        guard case .unmet(_, let wished, _) = assess(text, wish) else {
            Issue.record("nobody says what is missing")
            return
        }
        #expect(wished.allSatisfy { $0.remedy?.contains("cleanup") ?? false })
        let assessment = assess(text, agree)
        #expect(reasons(assessment) == ["own-name-also-loopback"])
        #expect(edits(assessment) == [good])
        guard case .unmet(_, let findings, let proposals) = assessment else { return }
        #expect(findings.map(\.severity) == [.info])
        #expect(proposals.map(\.autoClass) == [.withConsent(.cleanup)])
        // While the name has no other address, the block comes first.
        #expect(edits(assess("127.0.1.1 nuc01\n", agree)).allSatisfy { $0.contains("127.0.1.1 nuc01\n") })
    }

    @Test("nobody is led to the wrong family by an address of the other")
    func families() {
        let six = { (configuration: inout Configuration) in configuration.nodes[1].address = "fd00::2" }
        #expect(reasons(assess("10.0.0.1 nuc01\nfd00:0::2 nuc02 nuc02.lan\n10.0.0.9 nuc02\n", six)) == [])
        #expect(reasons(assess("10.0.0.1 nuc01\n10.0.0.9 nuc02 nuc02.lan\n", six)) == ["missing"])
    }

    @Test("many lines and many nodes are looked through once")
    func large() {
        let text = (0..<20_000).map { "0.0.0.0 ads\($0).example\n" }.joined()
        let assessment = assess(text) { configuration in
            for number in 3...60 {
                configuration.nodes.append(.init(name: "nuc\(number)", address: "10.0.1.\(number)", role: .worker))
            }
        }
        #expect(reasons(assessment).count == 60)
    }

    @Test("without nodes in the configuration there is nothing to look for")
    func alone() {
        #expect(
            HostsEntries(Configuration()).assess(.init(), at: .now)
                == .notApplicable(because: "the configuration names no nodes"))
    }
}
