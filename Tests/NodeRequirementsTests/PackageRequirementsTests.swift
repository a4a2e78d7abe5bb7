import LinuxHost
import NodeState
import NodeTesting
import SystemPackage
import Testing

@testable import NodeRequirements

/// What a requirement says of packages, in short.
private func parts(_ assessment: Assessment) -> (findings: [Finding], proposals: [Proposal]) {
    guard case .unmet(_, let findings, let proposals) = assessment else { return ([], []) }
    return (findings, proposals)
}

private func seen(_ name: String, _ status: String? = "install ok installed", _ version: String = "1.28.1-1.1")
    -> SeenPackage
{
    guard let words = status?.split(separator: " ").map(String.init), words.count == 3 else {
        return SeenPackage(name: name, package: nil)
    }
    return SeenPackage(
        name: name,
        package: InstalledPackage(name: name, version: version, want: words[0], flag: words[1], state: words[2]))
}

@Suite("Prerequisite packages")
struct PrerequisitePackagesTests {
    private let requirement = PrerequisitePackages(Configuration())

    @Test("all that are missing come with one order, and each weighs what it is worth")
    func order() {
        let (findings, proposals) = parts(
            requirement.assess(
                [
                    seen("curl"), seen("apt-transport-https", nil), seen("conntrack", nil),
                    seen("wget", "hold ok installed"),
                    seen("socat", "deinstall ok config-files"), seen("ethtool", "hold ok unpacked"),
                ], at: .now))
        #expect(findings.map(\.reason) == ["missing", "missing", "missing", "half-installed"])
        #expect(findings.map(\.severity) == [.info, .error, .warning, .warning])
        #expect(findings[1].predicts.kubeadm == "ERROR FileExisting-conntrack")
        #expect(findings[2].predicts.kubeadm == "WARNING FileExisting-socat")
        let names = ["apt-transport-https", "conntrack", "socat", "ethtool"]
        #expect(
            proposals == [
                Proposal(
                    .installPackages(PackageOrder(names.map { PackageVersion($0) }, changesHeld: true)),
                    .withConsent(.packages))
            ])
    }

    @Test("installed and held are good, to be removed is not", arguments: Horizon.allCases)
    func good(_ horizon: Horizon) {
        #expect(
            requirement.assess([seen("curl"), seen("wget", "hold ok installed")], at: horizon)
                == .met(observed: "all 2 are installed"))
        #expect(parts(requirement.assess([seen("curl", "deinstall ok installed")], at: horizon)).findings.count == 1)
        #expect(requirement.assess([], at: horizon) == .met(observed: "no package is asked for"))
    }

    @Test("what is looked for is what the configuration names")
    func configured() async throws {
        var configuration = Configuration()
        configuration.packages.prerequisites = ["jq"]
        let host = FakeHost()
        host.set(packages: [InstalledPackage(name: "jq", version: "1.6")])
        let found = try await PrerequisitePackages(configuration).observe(host.view, at: .now)
        #expect(found.map(\.name) == ["jq"] && found.allSatisfy(\.isGood))
    }
}

@Suite("Package holds")
struct PackageHoldsTests {
    private let requirement = PackageHolds(Configuration())

    @Test("only what is not held is held anew, and only what is there")
    func loose() {
        let (findings, proposals) = parts(
            requirement.assess(
                [seen("kubeadm"), seen("kubelet", "hold ok installed"), seen("kubectl", nil)], at: .now))
        #expect(findings.map(\.reason) == ["not-held", "not-held"])
        #expect(findings.allSatisfy { $0.severity == .warning }, "nothing fails that is not held")
        #expect(proposals == [Proposal(.holdPackages(["kubeadm"]), .always)])
    }

    @Test("all three held is met")
    func held() {
        let all = ["kubeadm", "kubelet", "kubectl"].map { seen($0, "hold ok installed") }
        #expect(requirement.assess(all, at: .nextBoot) == .met(observed: "all three are held"))
    }
}

@Suite("Package versions")
struct PackageVersionsTests {
    private typealias Item = PackageVersions.Item

    private func requirement(downgrade: Bool = false) -> PackageVersions {
        var configuration = Configuration()
        configuration.allowDowngrade = downgrade
        return PackageVersions(configuration)
    }

    private func item(
        _ name: String, _ status: String? = "hold ok installed", _ version: String = "1.28.1-1.1",
        offer: PackageVersions.Offer? = .repository
    ) -> Item {
        Item(seen: seen(name, status, version), offer: offer)
    }

    private func judge(
        _ items: [Item], membership: Lifecycle? = nil, downgrade: Bool = false
    ) -> (reasons: [String], order: PackageOrder?, findings: [Finding]) {
        let (findings, proposals) = parts(
            requirement(downgrade: downgrade).assess(.init(items: items, membership: membership), at: .now))
        let classes = proposals.map(\.autoClass)
        // What no repository offers may be in newer lists.
        #expect(
            classes
                == (proposals.first?.change == .updatePackageLists
                    ? [.withConsent(.network)] : proposals.map { _ in .withConsent(.packages) }))
        #expect(proposals.count < 2)
        guard case .installPackages(let order) = proposals.first?.change else {
            return (findings.map(\.reason), nil, findings)
        }
        return (findings.map(\.reason), order, findings)
    }

    @Test("missing ones are ordered together at the exact version, and held with those that were right")
    func missing() {
        let (reasons, order, findings) = judge([
            item("kubeadm", nil), item("kubelet"), item("kubectl", "deinstall ok config-files"),
        ])
        #expect(reasons == ["missing", "missing"] && findings.allSatisfy { $0.severity == .error })
        #expect(
            order
                == PackageOrder(
                    [PackageVersion("kubeadm", "1.28.1-1.1"), PackageVersion("kubectl", "1.28.1-1.1")],
                    hold: ["kubeadm", "kubelet", "kubectl"]))
    }

    @Test("an older one is replaced though it is held, and the order says so")
    func older() {
        let (reasons, order, _) = judge([
            item("kubeadm", "hold ok installed", "1.27.16-1.1"), item("kubelet"), item("kubectl"),
        ])
        #expect(reasons == ["older"])
        #expect(order?.changesHeld == true && order?.allowsDowngrade == false)
    }

    @Test("a newer one waits for leave to go back, and does not hold up the others")
    func newer() {
        let items = [item("kubeadm", nil), item("kubelet", "hold ok installed", "1.28.15-1.1"), item("kubectl")]
        let (reasons, order, findings) = judge(items)
        #expect(reasons == ["missing", "newer"])
        #expect(findings[1].remedy?.contains("allow-downgrade") == true)
        #expect(findings[1].predicts.kubeadm == nil, "kubeadm compares the minor alone")
        #expect(order?.packages.map(\.name) == ["kubeadm"] && order?.hold == ["kubeadm", "kubectl"])
        let allowed = judge(items, downgrade: true)
        #expect(allowed.order?.packages.map(\.name) == ["kubeadm", "kubelet"])
        #expect(allowed.order?.allowsDowngrade == true && allowed.order?.changesHeld == true)
        #expect(allowed.findings[1].remedy == nil)
    }

    @Test(
        "another patch of the wanted minor is a warning while the kubelet is not newer than kubeadm",
        arguments: [
            (["1.28.15-1.1", "1.28.15-1.1", "1.28.15-1.1"], ["other-patch", "other-patch", "other-patch"], false),
            (["1.28.2-1.1", "1.28.0-1.1", "1.28.1-1.1"], ["other-patch", "other-patch"], false),
            (["1.28.1-1.1", "1.28.0-1.1", "1.28.1-1.1"], ["other-patch"], false),
            (["1.28.1-1.1", "1.28.1-1.1", "1.28.9-1.1"], ["other-patch"], false),
            // Near misses: a newer kubelet, another minor of all, of kubectl, and of the kubelet.
            (["1.28.1-1.1", "1.28.2-1.1", "1.28.1-1.1"], ["newer"], true),
            (["1.27.9-1.1", "1.27.9-1.1", "1.27.9-1.1"], ["older", "older", "older"], true),
            (["1.28.1-1.1", "1.28.1-1.1", "1.29.1-1.1"], ["newer"], true),
            (["1.28.1-1.1", "1.27.1-1.1", "1.28.1-1.1"], ["older"], true),
        ])
    func otherPatch(versions: [String], reasons: [String], isError: Bool) {
        let items = zip(["kubeadm", "kubelet", "kubectl"], versions).map { item($0, "hold ok installed", $1) }
        let found = judge(items)
        #expect(found.reasons == reasons)
        #expect(found.findings.allSatisfy { $0.severity == (isError ? .error : .warning) })
        let nowhere = judge(items.map { Item(seen: $0.seen, offer: .nowhere) })
        #expect(nowhere.findings.allSatisfy { $0.severity == (isError ? .error : .warning) })
    }

    @Test("a package of another patch that is not whole is an error")
    func brokenPatch() {
        let found = judge([
            item("kubeadm"), item("kubelet", "install ok half-configured", "1.28.0-1.1"), item("kubectl"),
        ])
        #expect(found.reasons == ["half-configured"] && found.findings.map(\.severity) == [.error])
    }

    @Test("a kubelet of a later minor is what kubeadm refuses")
    func laterMinor() {
        let items = [item("kubeadm"), item("kubelet", "hold ok installed", "1.29.0-1.1"), item("kubectl")]
        #expect(judge(items).findings.map(\.predicts.kubeadm) == ["ERROR KubeletVersion"])
    }

    @Test(
        "one that dpkg has not finished with is left to dpkg",
        arguments: ["install ok half-configured", "hold ok unpacked", "install reinstreq installed"])
    func halfConfigured(_ status: String) {
        let (reasons, order, _) = judge([item("kubeadm", status), item("kubelet"), item("kubectl")])
        #expect(reasons == ["half-configured"] && order == nil)
    }

    @Test("what nobody offers is not ordered, and neither is anything beside it")
    func unobtainable() {
        let (reasons, order, findings) = judge([
            item("kubeadm", nil, offer: .nowhere), item("kubelet", nil), item("kubectl"),
        ])
        #expect(reasons == ["unobtainable", "missing"] && order == nil)
        #expect(findings[0].remedy != nil)
    }

    @Test("a package that lies in the cache alone is told with the command that takes it")
    func archive() {
        let file = "kubeadm_1.28.1-1.1_amd64.deb"
        let (reasons, order, findings) = judge([
            item("kubeadm", nil, offer: .archive(file)), item("kubelet"), item("kubectl"),
        ])
        #expect(reasons == ["missing"] && order == nil)
        #expect(findings[0].manual == ["sudo apt-get install -y /var/cache/apt/archives/\(file)"])
    }

    @Test("apt that cannot be asked does not make a missing package less missing")
    func unasked() {
        let (reasons, order, findings) = judge([
            item("kubeadm", nil, offer: .unknown("cannot read x: y")), item("kubelet"), item("kubectl"),
        ])
        #expect(reasons == ["missing"] && order != nil)
        #expect(findings[0].why?.hasSuffix("cannot read x: y") == true)
    }

    @Test(
        "on a node of a cluster it is a warning and its operator's, whatever it is",
        arguments: [Lifecycle.initialised, .joined])
    func member(_ lifecycle: Lifecycle) {
        let (reasons, order, findings) = judge(
            [item("kubeadm", nil), item("kubelet", "hold ok installed", "1.29.0-1.1"), item("kubectl")],
            membership: lifecycle)
        #expect(reasons == ["missing", "newer"] && order == nil)
        #expect(findings.allSatisfy { $0.severity == .warning && $0.remedy?.hasPrefix("drain") == true })
    }

    @Test("among the remains of a cluster nothing is ordered, and it stays an error")
    func leftover() {
        let (_, order, findings) = judge(
            [item("kubeadm", nil), item("kubelet"), item("kubectl")], membership: .leftover)
        #expect(order == nil)
        #expect(findings.allSatisfy { $0.severity == .error && $0.remedy?.hasSuffix("kubeadm reset") == true })
    }

    @Test("a cluster that cannot be told makes it no less wrong")
    func unknownMembership() async throws {
        let host = FakeHost(["/etc/kubernetes/kubelet.conf": .unreadable("the test says so")])
        host.set(packages: [])
        let found = try await requirement().observe(host.view, at: .now)
        #expect(found.membership == nil)
        let (reasons, order, findings) = judge(found.items)
        #expect(reasons.count == 3 && order != nil && findings.allSatisfy { $0.severity == .error })
    }

    @Test("all three right is met, held or not")
    func right() {
        let items = [
            item("kubeadm"), item("kubelet", "install ok installed"), item("kubectl", "deinstall ok installed"),
        ]
        #expect(
            requirement().assess(.init(items: items), at: .now) == .met(observed: "all three at 1.28.1-1.1"))
    }

    @Test("neither apt nor the disk is asked where all is right")
    func unneeded() async throws {
        let host = FakeHost()
        host.set(packages: ["kubeadm", "kubelet", "kubectl"].map { InstalledPackage(name: $0, version: "1.28.1-1.1") })
        let found = try await requirement().observe(host.view, at: .now)
        #expect(found.items.allSatisfy { $0.offer == nil })
    }

    @Test("the cache is looked through where no repository has the version")
    func cached() async throws {
        let host = FakeHost([
            "/var/cache/apt/archives": .folder([
                "kubelet_1.28.1-1.1_arm64.deb", "kubectl_1.28.1-1.10_amd64.deb", "lock",
            ])
        ])
        host.set(packages: [])
        host.answers.update {
            $0.policy = "kubeadm:\n  Version table:\n     1.28.1-1.1 500\n        500 https://x Packages\n"
        }
        let found = try await requirement().observe(host.view, at: .now)
        #expect(found.items.map(\.offer) == [.repository, .archive("kubelet_1.28.1-1.1_arm64.deb"), .nowhere])
        host.answers.update { $0.policy = nil }
        let unasked = try await requirement().observe(host.view, at: .now)
        guard case .unknown = unasked.items[0].offer else {
            Issue.record("\(unasked)")
            return
        }
    }
}
