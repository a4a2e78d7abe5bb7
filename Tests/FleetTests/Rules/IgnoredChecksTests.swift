import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI

@Suite("Checks that kubeadm is told to ignore")
struct IgnoredChecksTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var requirements: [RequirementBody]
        var initialise: [String] = []
        var join: [String] = []
    }

    /// A requirement with a finding for each prediction.
    static func requirement(
        _ id: String, _ verdict: WireVerdict, _ predictions: [String?], horizon: WireHorizon = "now"
    ) -> RequirementBody {
        let findings = predictions.map { prediction in
            var finding = Samples.finding("seen", horizon: horizon)
            finding.predicts.kubeadm = prediction
            return finding
        }
        let isNow = horizon == "now"
        return Samples.requirement(
            id, now: isNow ? verdict : "met", nextBoot: isNow ? "met" : verdict, findings: findings)
    }

    static let cases = [
        Case(testDescription: "nothing waived", requirements: [requirement("cpu-count", "unmet", ["ERROR NumCPU"])]),
        Case(
            testDescription: "what kubeadm refuses, in its own order, each once",
            requirements: [
                requirement(
                    "kernel-configuration", "waived", ["ERROR SystemVerification", "ERROR SystemVerification"]),
                requirement("cpu-count", "waived", ["ERROR NumCPU"]),
            ], initialise: ["NumCPU", "SystemVerification"], join: ["SystemVerification"]),
        Case(
            testDescription: "what a join alone makes",
            requirements: [
                requirement("kubelet-config-absent", "waived", ["ERROR FileAvailable--etc-kubernetes-kubelet.conf"])
            ], join: ["FileAvailable--etc-kubernetes-kubelet.conf"]),
        Case(
            testDescription: "a warning stops nothing",
            requirements: [
                requirement("swap-off", "waived", ["WARNING Swap"]), requirement("x", "waived", ["ERROR Swap", nil]),
            ]),
        Case(
            testDescription: "one command of several",
            requirements: [
                requirement("required-commands", "waived", ["ERROR FileExisting-ip", "WARNING FileExisting-socat"])
            ], initialise: ["FileExisting-ip"], join: ["FileExisting-ip"]),
        Case(
            testDescription: "the next boot, at which kubeadm does not look",
            requirements: [requirement("cpu-count", "waived", ["ERROR NumCPU"], horizon: "next_boot")]),
        Case(
            testDescription: "another cause that is not waived",
            requirements: [
                requirement("kernel-configuration", "waived", ["ERROR SystemVerification"]),
                requirement("cgroup-controllers", "unmet", ["ERROR SystemVerification"]),
            ]),
        Case(
            testDescription: "words that are no check",
            requirements: [
                requirement(
                    "x", "waived", ["ERROR all", "ERROR", "ERROR NumCPU,all", "hangs in a join", "ERROR numcpu"])
            ]),
    ]

    @Test("are exactly those that it would refuse for", arguments: cases)
    func names(_ example: Case) {
        let status = Samples.status("nuc01", requirements: example.requirements)
        let names = { (phase: FleetPhase) in IgnoredChecks.names(of: status, for: phase, among: KubeadmCheck.all) }
        #expect(names(.initialise) == example.initialise)
        #expect(names(.join("nuc01")) == example.join)
    }

    @Test("stand with the phase that they are for, in the report and its document")
    func report() {
        var fleet = Samples.fleet
        fleet[0].heard?.status.requirements = [Self.requirement("cpu-count", "waived", ["ERROR NumCPU"])]
        let report = Samples.report(fleet)
        #expect(report.phases.map(\.ignoredChecks) == [["NumCPU"], [], []])
        #expect(ReportBody(report).phases.map(\.ignorePreflightErrors) == [["NumCPU"], [], []])
    }

    @Test("a check that no requirement stands for makes its phases GO-WITH-WARNINGS at best")
    func uncovered() {
        let checks = KubeadmCheck.all + [KubeadmCheck("Moon", .error, ["init"])]
        let report = Samples.report(Samples.fleet, checks: checks)
        #expect(report.phases.map(\.verdict) == [.goWithWarnings, .go, .go])
        #expect(report.verdict == .goWithWarnings)
        #expect(report.causes.map(\.remark.actual) == ["Moon is not judged"])
        #expect(ReportBody(report).kubeadm.checks.last?.requirements == [])
    }
}
