import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Traits of nodes")
struct TraitRulesTests {
    private func report(_ change: (inout [NodeAnswer]) -> Void) -> FleetReport {
        var answers = Samples.fleet
        change(&answers)
        return Samples.report(answers)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var trait: String
        /// What nuc03 says instead; `nil` says nothing.
        var value: String?
        var requirement: String?
        var verdict: FleetVerdict
    }

    private static let cases = [
        Case(testDescription: "a patch of the kubelet", trait: "kubelet", value: "1.28.9-2.1", verdict: .go),
        Case(
            testDescription: "another minor of the kubelet", trait: "kubelet", value: "1.29.0-1.1",
            requirement: "versions-agree", verdict: .noGo),
        Case(testDescription: "no kubelet at all", trait: "kubelet", value: "none", verdict: .go),
        Case(
            testDescription: "a kubelet that is not said", trait: "kubelet", requirement: "versions-agree",
            verdict: .incomplete),
        Case(
            testDescription: "another minor of containerd", trait: "containerd", value: "1.7.24-1",
            requirement: "versions-agree", verdict: .goWithWarnings),
        Case(
            testDescription: "another release of systemd", trait: "systemd", value: "257",
            requirement: "versions-agree", verdict: .goWithWarnings),
        Case(
            testDescription: "a kernel of another series", trait: "kernel", value: "6.12.1-amd64",
            requirement: "versions-agree", verdict: .goWithWarnings),
        Case(testDescription: "another build of the kernel", trait: "kernel", value: "6.1.0-33-amd64", verdict: .go),
        Case(
            testDescription: "systemd-resolved on one alone", trait: "resolved", value: "yes",
            requirement: "resolved-uniform", verdict: .noGo),
        Case(
            testDescription: "the other iptables", trait: "iptables", value: "iptables-legacy",
            requirement: "iptables-backend-uniform", verdict: .goWithWarnings),
        Case(
            testDescription: "other hosts", trait: "hosts", value: "another digest", requirement: "hosts-agree",
            verdict: .noGo),
        Case(
            testDescription: "another MTU", trait: "mtu", value: "1450", requirement: "path-mtu",
            verdict: .goWithWarnings),
        Case(testDescription: "another firmware", trait: "bios", value: "2.0", verdict: .go),
        Case(testDescription: "a firmware that is not said", trait: "bios", verdict: .go),
        Case(
            testDescription: "an MTU that is not said", trait: "mtu", requirement: "path-mtu", verdict: .goWithWarnings),
        Case(
            testDescription: "the hardware id of nuc02", trait: "product-uuid", value: "uuid of nuc02",
            requirement: "product-uuids-unique", verdict: .goWithWarnings),
        Case(
            testDescription: "the host key of nuc02", trait: "ssh-host-keys", value: "keys of nuc02",
            requirement: "ssh-host-keys-unique", verdict: .goWithWarnings),
        Case(
            testDescription: "another cgroup driver", trait: "kubelet-cgroup-driver", value: "cgroupfs", verdict: .go),
    ]

    @Test("the odd one out is named, by the requirement and with its weight", arguments: cases)
    func oddOne(_ example: Case) {
        let report = report { $0[2].heard?.status.facts.traits[example.trait] = example.value }
        #expect(report.verdict == example.verdict)
        let named = report.causes.map(\.remark)
        #expect(named.map(\.requirement) == (example.requirement.map { [$0] } ?? []))
        let isShared = example.requirement?.hasSuffix("-unique") == true
        for remark in named { #expect(remark.nodes == (isShared ? ["nuc02", "nuc03"] : ["nuc03"])) }
    }

    @Test("kubelets of members with two cgroup drivers are NO-GO, and none is blamed alone of two")
    func drivers() {
        let report = report { answers in
            answers[0].heard?.status.facts.traits["kubelet-cgroup-driver"] = "systemd"
            answers[2].heard?.status.facts.traits["kubelet-cgroup-driver"] = "cgroupfs"
        }
        #expect(report.verdict == .noGo)
        #expect(report.causes.first?.remark.requirement == "cgroup-drivers-agree")
        #expect(report.causes.first?.remark.nodes == ["nuc01", "nuc03"])
    }

    @Test("a difference between twins is told, and weighs nothing")
    func twins() {
        let report = report { $0[1].heard?.status.facts.traits["bios"] = "2.0" }
        #expect(report.verdict == .go && report.causes.isEmpty)
        #expect(ReportView(report).differences == "The machines differ in: bios (nuc02)")
        #expect(ReportView(Samples.report(Samples.fleet)).differences == nil)
    }

    @Test("traits without end are no answer")
    func flood() {
        var status = Samples.whole("nuc02")
        status.facts.traits = ["kernel": String(repeating: "x", count: 300)]
        #expect(StatusWords.badForm(status) == "one of its traits is too long")
        status.facts.traits = Dictionary(uniqueKeysWithValues: (0..<65).map { ("\($0)", "x") })
        #expect(StatusWords.badForm(status) == "it has 65 traits")
    }
}
