import NodeTesting
import Testing

@testable import Fleet
@testable import NodeAPI
@testable import NucprepCommands

@Suite("kubeadm's own commands")
struct KubeadmCommandTests {
    @Test(
        "are known by their words",
        arguments: [
            (["kubeadm", "init"], KubeadmCommand.initialise),
            (["sudo", "-E", "/usr/bin/kubeadm", "--v=5", "init", "--pod-network-cidr=10.244.0.0/16"], .initialise),
            (["env", "X=1", "kubeadm", "join", "nuc01:6443"], .join),
            (["sh", "-c", "cd /root && kubeadm init --config x"], .initialise),
            (["kubeadm", "init", "phase", "upload-certs"], nil), (["kubeadm", "token", "create"], nil),
            (["kubeadm"], nil), (["echo", "init"], nil), (["kubeadm-init"], nil), ([], nil),
        ] as [([String], KubeadmCommand?)])
    func words(_ words: [String], _ expected: KubeadmCommand?) { #expect(KubeadmCommand(words) == expected) }

    private static func report(
        plane: WireLifecycle, worker: WireLifecycle, phases: FleetReport.Request.Phases = .all
    ) -> FleetReport {
        var answers = [Bodies.plane, Bodies.answer("nuc02")]
        answers[0].heard?.status.node.lifecycle = plane
        answers[1].heard?.status.node.lifecycle = worker
        let whole = Bodies.report(answers)
        return FleetReport(
            inventory: whole.inventory, answers: answers, request: .init(phases: phases, deadlineMs: 1),
            generatedAtUs: 1)
    }

    @Test("are not started where they are done")
    func done() {
        let initialise = ["sudo", "kubeadm", "init"]
        let before = Self.report(plane: "prepared", worker: "prepared")
        #expect(before.reasonNotToStart(initialise) == nil)
        #expect(before.reasonNotToStart(["kubeadm", "join"]) == nil)
        let running = Self.report(plane: "initialised", worker: "prepared")
        #expect(running.verdict == .go)
        #expect(running.reasonNotToStart(initialise) == "nuc01 already runs a control plane")
        #expect(running.reasonNotToStart(["kubeadm", "join"]) == nil)
        #expect(running.reasonNotToStart(["kubectl", "get", "nodes"]) == nil)
        let joined = Self.report(plane: "initialised", worker: "joined")
        #expect(joined.reasonNotToStart(["kubeadm", "join"]) == "every worker has already joined")
        #expect(joined.reasonNotToStart(["kubectl", "get", "nodes"]) == nil)
        let narrow = Self.report(plane: "initialised", worker: "prepared", phases: .initialise)
        #expect(narrow.reasonNotToStart(["./init.sh"]) == "the control plane already runs")
    }

    @Test("a running cluster is done, in words and on the wire")
    func words() {
        let report = Self.report(plane: "initialised", worker: "joined")
        #expect(ReportBody(report).verdict == "done" && ReportBody(report).phases.map(\.verdict) == ["done", "done"])
        let text = ReportText(ReportView(report), for: Terminal()).text
        #expect(text.contains("init: DONE\njoin nuc02: DONE\nDONE  2 of 2 nodes answered\n"), "\(text)")
        #expect(!text.contains("kubeadm init"))
        #expect(report.exitStatus == .go)
    }
}
