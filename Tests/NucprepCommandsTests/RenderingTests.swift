import Fleet
import NodeTesting
import Testing

@testable import NodeAPI
@testable import NucprepCommands

@Suite("Rendering")
struct RenderingTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var text: @Sendable (Terminal) -> String
    }

    static func status(_ status: StatusBody, all: Bool = false) -> @Sendable (Terminal) -> String {
        { StatusText(status, ageSeconds: 0, showsAll: all, for: $0).text }
    }

    static func report(_ report: FleetReport) -> @Sendable (Terminal) -> String {
        { ReportText(ReportView(report), for: $0).text }
    }

    static let hostile = "\u{1B}[2J\u{202E}evil\r\nGO  all is well " + String(repeating: "x", count: 200)

    static let degraded: StatusBody = {
        var body = Bodies.status(verdict: "incomplete", requirements: [Bodies.swapOff, Bodies.unreadable])
        body.daemon.degradedBy = [
            .init(reason: "config-invalid", detail: "/etc/nucprep/nucprep.toml:14:3: unknown key kubernets-version")
        ]
        body.daemon.stoppedBy = .init(
            reason: "kubeadm-running", detail: "kubeadm is running (process 4711); nothing is changed until it exits",
            pid: 4711, since: "2026-11-22T10:14:58.120077Z")
        body.daemon.configChangedOnDisk = true
        body.node.role = nil
        body.node.lifecycle = nil
        return body
    }()

    static let observing: StatusBody = {
        var swap = Bodies.swapAtBoot
        swap.mode = "observe"
        return Bodies.status(verdict: "no_go", mode: "observe", requirements: [swap, Bodies.kernelModules])
    }()

    static let explanation: ExplanationBody = {
        var body = Bodies.swapAtBoot
        body.refused = [
            .init(
                requirement: "swap-off", class: "A1", reason: "no-room",
                text: "end the swap area /swap.img: it needs 262144 KiB of memory, and 205464 KiB are available",
                remedy: "end what needs the memory")
        ]
        return ExplanationBody(
            cursor: "3f0c9a2e.42", requirement: body,
            entry: .init(
                id: "swap-off", group: "swap", title: Bodies.swapTitle, severity: "error", phases: ["init", "join"],
                kubeadm: ["Swap"], needs: [],
                rationale: .init(text: "the kubelet of 1.28 exits when swap is on", source: "kubeadm#610"),
                checks: "the areas in /proc/swaps; for the next boot /etc/fstab and the units of systemd",
                manual: ["swapoff -a", "systemctl mask 'dev-sda3.swap'"]))
    }()

    static let blocked: RequirementBody = {
        var body = Bodies.requirement(
            "package-holds", "packages", title: "The three packages are held", now: "blocked", nextBoot: "blocked",
            proof: "none", observed: "blocked by package-versions")
        body.blockedBy = ["package-versions"]
        body.rootCauses = ["apt-key"]
        return body
    }()

    static let statusCases: [Case] = [
        Case(testDescription: "explanation", text: { ExplanationText(explanation, for: $0).text }),
        Case(
            testDescription: "status-blocked",
            text: status(Bodies.status(verdict: "incomplete", requirements: [blocked, Bodies.kernelModules]))),
        Case(testDescription: "status-go", text: status(Bodies.status())),
        Case(testDescription: "status-all", text: status(Bodies.status(), all: true)),
        Case(
            testDescription: "status-no-go",
            text: status(Bodies.status(verdict: "no_go", requirements: [Bodies.swapAtBoot, Bodies.kernelModules]))),
        Case(testDescription: "status-observing", text: status(observing)),
        Case(testDescription: "status-degraded", text: status(degraded)),
        Case(
            testDescription: "status-waived",
            text: status(
                Bodies.status(verdict: "go_with_warnings", requirements: [Bodies.waived, Bodies.kernelModules]))),
        Case(
            testDescription: "status-contested",
            text: status(
                Bodies.status(
                    verdict: "no_go",
                    requirements: [
                        {
                            var body = Bodies.swapOff
                            body.contested = ContestedBody(
                                since: "2026-11-22T10:12:00.000000Z", retryAt: "2026-11-22T10:16:04.000000Z")
                            return body
                        }()
                    ]))),
    ]

    static let plan = PlanBody(
        planId: "p-7c1e94d2a05b3f68", cursor: "3f0c9a2e.42", node: "nuc02",
        steps: [
            step(
                0, "mask-unit", "dev-nvme0n1p3.swap", "mask dev-nvme0n1p3.swap",
                manual: "systemctl mask 'dev-nvme0n1p3.swap'"), fstab,
        ],
        refused: [
            .init(
                requirement: "swap-off", class: "A1", reason: "no-room",
                text: "end the swap area /swap.img (812 of 1024 KiB used)", remedy: "free 300 MiB of memory, or reboot")
        ])

    static func step(_ index: Int, _ kind: String, _ object: String, _ text: String, manual: String)
        -> PlanBody.StepBody
    {
        PlanBody.StepBody(
            index: index, requirement: "swap-off", horizon: "next_boot", class: "A1", decision: "automatic",
            disruptive: false, reversible: true, change: .init(kind: kind, object: object), text: text,
            manual: [manual],
            withheld: false)
    }

    static let fstab: PlanBody.StepBody = {
        var edit = step(
            1, "edit-fstab", "/etc/fstab", "take the swap lines out of /etc/fstab",
            manual: "put # in front of the swap lines of /etc/fstab")
        edit.diff = """
            --- /etc/fstab
            +++ /etc/fstab
            @@ -7,3 +7,3 @@
             # <file system> <mount point> <type> <options> <dump> <pass>
            -UUID=0b7c5e3f-9a6d-48e2-b1c0-7f4d5a9e8b36 none            swap    sw              0       0
            +# UUID=0b7c5e3f-9a6d-48e2-b1c0-7f4d5a9e8b36 none            swap    sw              0       0
             /dev/sr0        /media/cdrom0   udf,iso9660 user,noauto     0       0

            """
        return edit
    }()

    static let planCases: [Case] = [
        Case(testDescription: "plan-steps", text: { PlanText(plan, for: $0).text }),
        Case(
            testDescription: "plan-empty",
            text: {
                PlanText(PlanBody(planId: "p-0", cursor: "3f0c9a2e.42", node: "nuc02", steps: [], refused: []), for: $0)
                    .text
            }),
    ]

    static let keyUnknown = NodeFailure(
        .hostKeyUnknown, "No ED25519 host key is known for nuc03 and you have requested strict checking.", sshExit: 255)

    static let mixed = Bodies.report([
        Bodies.plane, Bodies.answer("nuc02", offsetUs: -3100, requirements: [Bodies.swapAtBoot, Bodies.kernelModules]),
        Bodies.silent("nuc03", keyUnknown),
    ])

    static let many: FleetReport = {
        var answers = [Bodies.plane]
        for index in 2...40 {
            let name = "nuc\(index < 10 ? "0" : "")\(index)"
            switch index {
            case 7: answers.append(Bodies.answer(name, requirements: [Bodies.swapAtBoot, Bodies.kernelModules]))
            case 8: answers.append(Bodies.answer(name, requirements: [Bodies.swapOff, Bodies.unreadable]))
            case 11, 12, 13, 14, 15, 16, 17:
                let detail = "ssh: connect to host \(name) port 22: No route to host"
                answers.append(Bodies.silent(name, NodeFailure(.unreachable, reach: .noRoute, detail, sshExit: 255)))
            default:
                var answer = Bodies.answer(name)
                if index == 20 { answer.noise = Noise(bytes: 40, firstLine: Array("Welcome to nuc20".utf8)) }
                answers.append(answer)
            }
        }
        return Bodies.report(answers)
    }()

    static let evil: FleetReport = {
        var swap = Bodies.swapAtBoot
        swap.id = hostile
        swap.group = hostile
        swap.title = hostile
        swap.findings[0].actual = hostile
        swap.findings[0].manual = [hostile]
        var answer = Bodies.answer("nuc02", requirements: [swap, Bodies.kernelModules])
        answer.heard?.status.daemon.degradedBy = [.init(reason: hostile, detail: hostile)]
        answer.noise = Noise(bytes: 9, firstLine: Array(hostile.utf8))
        return Bodies.report([Bodies.plane, answer])
    }()

    /// A fleet where something that kubeadm refuses for is waived on both nodes, and more of it on the control plane.
    static func ignoring(_ more: RequirementBody = Bodies.kernelModules) -> FleetReport {
        let waived = { (id: String, prediction: String) in
            var body = Bodies.waived
            body.id = id
            body.title = "What kubeadm looks at as well"
            body.nextBoot = "met"
            body.findings = [
                Bodies.finding(
                    "too-few", horizon: "now", expected: "more", actual: "less", predicts: (prediction, nil))
            ]
            return body
        }
        let met = { (id: String) in
            var body = Bodies.kernelModules
            body.id = id
            return body
        }
        let system = waived("kernel-configuration", "ERROR SystemVerification")
        var plane = Bodies.plane
        plane.heard?.status.requirements = [waived("cpu-count", "ERROR NumCPU"), system, more]
        return Bodies.report([
            plane, Bodies.answer("nuc02", requirements: [met("cpu-count"), system, met(more.id)]),
            Bodies.answer("nuc03", requirements: [met("cpu-count"), met("kernel-configuration"), met(more.id)]),
        ])
    }

    static let checksCase = Case(
        testDescription: "kubeadm-checks", text: { KubeadmChecksText(for: $0).text })

    static let reportCases: [Case] = [
        Case(testDescription: "report-ignoring", text: report(ignoring())),
        Case(testDescription: "report-ignoring-no-go", text: report(ignoring(Bodies.swapAtBoot))),
        Case(
            testDescription: "report-go",
            text: report(
                Bodies.report([Bodies.plane, Bodies.answer("nuc02"), Bodies.answer("nuc03", offsetUs: 12_000)]))),
        Case(testDescription: "report-mixed", text: report(mixed)),
        Case(testDescription: "report-mixed-verbose", text: { ReportText(ReportView(mixed), .verbose, for: $0).text }),
        Case(
            testDescription: "report-mixed-one",
            text: { ReportText(ReportView(mixed), .only(["swap-off", "hostname"]), for: $0).text }),
        Case(testDescription: "report-fresh", text: report(ReportScreenTests.fresh)),
        Case(testDescription: "report-many", text: report(many)),
        Case(testDescription: "report-hostile-verbose", text: { ReportText(ReportView(evil), .verbose, for: $0).text }),
        Case(testDescription: "report-initialised", text: report(ReportScreenTests.initialised)),
        Case(testDescription: "report-hostile", text: report(evil)),
        Case(testDescription: "report-empty", text: report(Bodies.report([]))),
        Case(
            testDescription: "report-strict",
            text: report(
                Bodies.report(
                    [Bodies.plane, Bodies.answer("nuc02", requirements: [Bodies.waived, Bodies.kernelModules])],
                    strict: true))),
    ]

    @Test(
        "is as it was, at each width", arguments: statusCases + planCases + reportCases + [checksCase], [60, 80, 132])
    func golden(_ example: Case, _ width: Int) throws {
        let text = example.text(Terminal(width: width))
        try Golden.expect(text, is: "\(example.testDescription)-\(width)")
        Golden.expectWidth(width, of: text)
    }

    @Test("says the same in colour", arguments: statusCases + reportCases)
    func colour(_ example: Case) {
        let plain = example.text(Terminal(width: 80))
        let coloured = example.text(Terminal(width: 80, isColoured: true))
        #expect(coloured.contains("\u{1B}["))
        let stripped = coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(stripped == plain)
    }

    @Test(
        "ends with the verdict",
        arguments: [
            (Bodies.report([Bodies.plane]), "GO "), (mixed, "NO-GO "), (many, "NO-GO "),
            (Bodies.report([]), "INCOMPLETE "),
        ])
    func lastLine(_ report: FleetReport, _ word: String) {
        let last = ReportText(ReportView(report), for: Terminal()).text.split(separator: "\n").last ?? ""
        #expect(last.hasPrefix(word))
    }

    @Test("no node can write a line that looks like a verdict")
    func forged() {
        let lines = ReportText(ReportView(Self.evil), for: Terminal()).text.split(separator: "\n")
        #expect(!lines.contains { $0.hasPrefix("GO") })
    }

    @Test("shows the next commands on GO alone")
    func next() {
        let go = ReportText(ReportView(Bodies.report([Bodies.plane, Bodies.answer("nuc02")])), for: Terminal()).text
        let command =
            "  nucprep preflight -- sudo kubeadm init --kubernetes-version v1.28.1 --apiserver-advertise-address 192.168.50.11"
            + " --pod-network-cidr=10.244.0.0/16\n"
        #expect(go.contains(command))
        #expect(!ReportText(ReportView(Self.mixed), for: Terminal()).text.contains("kubeadm init"))
    }

    @Test("a GO names the nodes on which no pod sandbox was tried")
    func untried() {
        let reason = "not tried: the consent trial is not given"
        let trial = { (now: WireVerdict, observed: String) in
            Bodies.requirement(
                "pod-sandbox-starts", "runtime", title: "A pod sandbox starts", now: now, nextBoot: "not_applicable",
                proof: "none", observed: observed)
        }
        let tried = Bodies.answer("nuc01", role: "control_plane", requirements: [trial("met", "a sandbox ran")])
        let untried = Bodies.answer("nuc02", requirements: [trial("not_applicable", reason)])
        let text = ReportText(ReportView(Bodies.report([tried, untried])), for: Terminal()).text
        #expect(
            text.contains(
                "not tried: whether a pod sandbox starts on nuc02; to try it there:\n  sudo nucprep preflight --trial\n"
            ))
        let member = Bodies.answer("nuc02", requirements: [trial("not_applicable", "the node belongs to a cluster")])
        #expect(!ReportText(ReportView(Bodies.report([tried, member])), for: Terminal()).text.contains("not tried"))
    }

    @Test("skips the steps that are done")
    func done() {
        var plane = Bodies.plane
        plane.heard?.status.node.lifecycle = "initialised"
        var joined = Bodies.answer("nuc02")
        joined.heard?.status.node.lifecycle = "joined"
        let text = ReportText(ReportView(Bodies.report([plane, joined])), for: Terminal()).text
        #expect(!text.contains("kubeadm init") && !text.contains("kubeadm join"))
    }
}

@Suite("Terminal")
struct TerminalTests {
    struct Case: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var choice = Terminal.ColourChoice.auto
        var isTerminal = true
        var environment: [String: String] = [:]
        var isColoured: Bool
    }

    @Test(
        "colours only where it is wanted",
        arguments: [
            Case(testDescription: "a terminal", isColoured: true),
            Case(testDescription: "a pipe", isTerminal: false, isColoured: false),
            Case(testDescription: "NO_COLOR", environment: ["NO_COLOR": "1"], isColoured: false),
            Case(testDescription: "NO_COLOR empty", environment: ["NO_COLOR": ""], isColoured: true),
            Case(testDescription: "a dumb terminal", environment: ["TERM": "dumb"], isColoured: false),
            Case(
                testDescription: "always", choice: .always, isTerminal: false, environment: ["NO_COLOR": "1"],
                isColoured: true),
            Case(testDescription: "never", choice: .never, isColoured: false),
        ])
    func colour(_ example: Case) {
        let terminal = Terminal(
            width: 80, isTerminal: example.isTerminal, choice: example.choice, environment: { example.environment[$0] })
        #expect(terminal.isColoured == example.isColoured)
    }

    @Test("is never narrower than 60 columns", arguments: [(10, 60), (60, 60), (200, 200), (100_000, 400)])
    func width(_ given: Int, _ width: Int) {
        #expect(Terminal(width: given, isTerminal: false, choice: .auto, environment: { _ in nil }).width == width)
    }
}
