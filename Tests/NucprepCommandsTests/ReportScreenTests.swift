import Fleet
import NodeTesting
import Testing

@testable import NodeAPI
@testable import NucprepCommands

@Suite("The first screen of a report, and its other forms")
struct ReportScreenTests {
    /// Three machines as an installer leaves them, while nucprepd only observes: 14 requirements fail, and 6 warn.
    static let fresh: FleetReport = {
        let groups = ["node", "swap", "names", "kernel", "packages", "runtime", "network", "leftovers", "machine"]
        let failing = [
            ("swap-off", "swap"), ("hostname", "names"), ("hosts-entries", "names"), ("kernel-modules", "kernel"),
            ("bridge-sysctls", "kernel"), ("ip-forward", "kernel"), ("apt-key", "packages"),
            ("apt-repository", "packages"),
            ("apt-pins", "packages"), ("prerequisite-packages", "packages"), ("package-versions", "packages"),
            ("package-holds", "packages"), ("containerd-systemd-cgroup", "runtime"), ("cni-binaries", "runtime"),
        ]
        let warning = [
            "wired-link", "memory-size", "disk-space", "time-synchronised", "cpu-count", "peer-reachability",
        ]
        func requirements(on node: String) -> [RequirementBody] {
            groups.map { Bodies.requirement("\($0)-fine", $0, title: "All of \($0)", observed: "fine") }
                + failing.map { id, group in
                    var body = Bodies.requirement(
                        id, group, title: "What \(id) asks for", now: "unmet", nextBoot: "unmet", proof: "none",
                        observed: "not so",
                        findings: ["now", "next_boot"].map { horizon in
                            Bodies.finding(
                                "wrong", horizon: horizon, expected: "right",
                                actual: "what stands there on \(node) is wrong for \(id)")
                        }, changes: [Bodies.mask], mode: "observe")
                    body.kubeadm = []
                    return body
                }
                + warning.map { id in
                    Bodies.requirement(
                        id, "node", title: "What \(id) asks for", now: "unmet", proof: "none", observed: "not so",
                        findings: [
                            Bodies.finding(
                                "odd", horizon: "now", severity: "warning", expected: "more",
                                actual: "less than it needs")
                        ])
                }
        }
        return Bodies.report([
            Bodies.answer("nuc01", role: "control_plane", requirements: requirements(on: "nuc01")),
            Bodies.answer("nuc02", requirements: requirements(on: "nuc02")),
            Bodies.answer("nuc03", requirements: requirements(on: "nuc03")),
        ])
    }()

    /// A control plane that runs, and two workers that have not joined, with a network of pods of their own.
    static let initialised: FleetReport = {
        var plane = Bodies.plane
        plane.heard?.status.node.lifecycle = "initialised"
        let report = Bodies.report([plane, Bodies.answer("nuc02"), Bodies.answer("nuc03")])
        var inventory = report.inventory
        inventory.cluster?.podNetworkCidr = ["10.50.0.0/16"]
        return FleetReport(
            inventory: inventory, answers: report.answers, request: report.request, generatedAtUs: report.generatedAtUs)
    }()

    @Test("a fresh cluster of three nodes fits a screen of 40 lines of 80 columns, with a prompt beneath")
    func screen() throws {
        let text = ReportText(ReportView(Self.fresh), for: Terminal(width: 80)).text
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count <= 39, "\(lines.count) lines:\n\(text)")
        #expect(lines.allSatisfy { $0.utf8.count <= 80 })
        #expect(text.contains("in observe mode on all nodes"))
        // Every requirement is named, each once.
        for id in ["swap-off", "containerd-systemd-cgroup", "cni-binaries", "wired-link"] {
            #expect(text.matches(of: try Regex("(^|[ ,\n])\(id)($|[ ,\n])")).count == 1, "\(id)")
        }
    }

    @Test("a requirement that is no root cause is said to be met, behind another one, or not known")
    func standing() {
        let answers = [
            Bodies.plane, Bodies.answer("nuc02", requirements: [RenderingTests.blocked]),
            Bodies.silent("nuc03", NodeFailure(.timeout, "no answer")),
        ]
        let view = ReportView(Bodies.report(answers))
        #expect(view.standing(of: "swap-off") == "swap-off: nothing is wrong on 1 node; not known on nuc03")
        #expect(view.standing(of: "package-holds") == "package-holds: waits on nuc02 for apt-key; not known on nuc03")
        #expect(view.standing(of: "swap-of").hasPrefix("nothing is called swap-of here"))
    }

    @Test("a thousand silent nodes are one line of causes and one of verdicts")
    func silent() {
        let failure = NodeFailure(.timeout, "no answer within 10 s")
        let answers = [Bodies.plane] + (2...1001).map { Bodies.silent("node\($0)", failure) }
        let text = ReportText(ReportView(Bodies.report(answers)), for: Terminal()).text
        #expect(text.contains("join of 1000 nodes: INCOMPLETE\n"))
        #expect(text.contains("unkn  timeout  1000 nodes  no answer within 10 s\n"), "\(text)")
        #expect(text.split(separator: "\n").count < 40, "\(text)")
    }

    @Test("shows every next step up to the complete cluster, for the network of pods that is configured")
    func steps() {
        let text = ReportText(ReportView(Self.initialised), for: Terminal()).text
        #expect(!text.contains("kubeadm init"))
        #expect(text.contains("sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config\n"))
        #expect(
            text.contains(
                "sed 's|\"Network\": \"10.244.0.0/16\"|\"Network\": \"10.50.0.0/16\"|' | kubectl apply -f -\n"))
        for node in ["nuc02", "nuc03"] {
            #expect(text.contains("  ssh -t \(node) \"sudo $(sudo kubeadm token create --print-join-command)\"\n"))
        }
        #expect(text.contains("no --ignore-preflight-errors=all"))
    }

    static let markdownCases: [(String, FleetReport)] = [
        ("report-mixed", RenderingTests.mixed), ("report-initialised", initialised),
        ("report-hostile", RenderingTests.evil),
        ("report-empty", Bodies.report([])),
    ]

    @Test("is the same report in Markdown", arguments: markdownCases.map(\.0))
    func markdown(_ name: String) throws {
        let report = try #require(Self.markdownCases.first { $0.0 == name }?.1)
        try Golden.expect(ReportMarkdown(ReportView(report)).text, is: "\(name)-markdown")
    }

    @Test("no node can write Markdown or HTML of its own")
    func escaped() {
        let text = "# x\n<script> [a](b) | `c` ** _d_ \\ &amp; ~~"
        let plain = ReportMarkdown.plain(text)
        #expect(!plain.contains("\n") && plain.contains("\\<script\\> \\[a\\]\\(b\\) \\|"))
        #expect(ReportMarkdown.plain("- a") == "\\- a" && ReportMarkdown.plain("12. a") == "12\\. a")
        #expect(ReportMarkdown.code("a ``` b") == "```` a ``` b ````")
        #expect(ReportMarkdown.code("a") == "`a`")
    }
}
