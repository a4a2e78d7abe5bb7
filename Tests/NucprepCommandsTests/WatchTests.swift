import Fleet
import NodeTesting
import Testing

@testable import NodeAPI
@testable import NucprepCommands

@Suite("Watching")
struct WatchTests {
    private static let installing = ActivityBody(
        state: "working",
        step: .init(
            change: "install-packages", object: "kubeadm", text: "install kubeadm=1.28.1-1.1 \u{1B}[2J", elapsedS: 35,
            progress: "43 % downloaded"))
    private static let starting = NodeFailure(.stale, "cannot answer yet: the first look at the host is not over")

    private static func view(_ activities: [String: ActivityBody] = [:], _ answers: [NodeAnswer]) -> WatchView {
        WatchView(Bodies.report(answers), activities: activities)
    }

    @Test("shows what each node is doing and for how long, and goes on while one does")
    func step() {
        let view = Self.view(
            ["nuc02": Self.installing, "nuc03": ActivityBody(state: "starting")],
            [
                Bodies.plane, Bodies.answer("nuc02", requirements: [Bodies.swapAtBoot, Bodies.kernelModules]),
                Bodies.silent("nuc03", Self.starting),
            ])
        #expect(view.isMoving)
        let block = WatchText(view, for: Terminal(width: 80)).block
        #expect(
            block.contains("  nuc02  1 root cause: install kubeadm=1.28.1-1.1 \\u... (43 % downloaded, 35 s)"),
            "\(block)")
        #expect(block.contains("  nuc03  at work: taking its first look"))
        #expect(block.contains("  and 1 other node"))
        #expect(block.allSatisfy { $0.utf8.count <= 80 && $0.utf8.allSatisfy { (0x20...0x7E).contains($0) } })
    }

    @Test("writes a line for a change, and none for the time that a step takes")
    func changes() {
        let first = Self.view(["nuc02": Self.installing], [Bodies.plane, Bodies.answer("nuc02")])
        var later = Self.installing
        later.step?.elapsedS = 99
        let second = Self.view(["nuc02": later], [Bodies.plane, Bodies.answer("nuc02")])
        let third = Self.view(["nuc02": ActivityBody(state: "idle")], [Bodies.plane, Bodies.answer("nuc02")])
        let terminal = Terminal(width: 80)
        #expect(WatchText(first, for: terminal).changes(since: nil).count == 2)
        #expect(WatchText(second, for: terminal).changes(since: first).isEmpty)
        #expect(WatchText(third, for: terminal).changes(since: second) == ["nuc02  GO"])
    }

    struct Moving: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var change: @Sendable (inout StatusBody) -> Void
        var isMoving: Bool
    }

    @Test(
        "goes on only while the daemon will change something by itself",
        arguments: [
            Moving(testDescription: "a change of its plan", change: { _ in }, isMoving: true),
            Moving(testDescription: "observe mode", change: { $0.daemon.mode = "observe" }, isMoving: false),
            Moving(
                testDescription: "observed alone", change: { $0.requirements[0].mode = "observe" }, isMoving: false),
            Moving(
                testDescription: "kubeadm at work",
                change: { $0.daemon.stoppedBy = .init(reason: "kubeadm-running", detail: "", pid: 1, since: nil) },
                isMoving: false),
            Moving(testDescription: "nothing planned", change: { $0.requirements[0].changes = [] }, isMoving: false),
            Moving(
                testDescription: "something that waits",
                change: { status in
                    status.requirements[0].changes = []
                    status.requirements[0].refused = [
                        .init(requirement: "swap-off", class: "A3", reason: "waiting", text: "dpkg's lock", remedy: nil)
                    ]
                }, isMoving: true),
        ])
    func moving(_ example: Moving) {
        var status = Bodies.status(requirements: [Bodies.swapAtBoot])
        example.change(&status)
        #expect(WatchView.isDue(status) == example.isMoving)
    }

    @Test("draws over its last block and leaves nothing of it")
    func screen() {
        var screen = Screen()
        #expect(screen.redraw(["a", "b"]) == "a\nb\n")
        #expect(screen.redraw(["c"]) == "\u{1B}[2A\u{1B}[Jc\n")
        #expect(screen.end() == "\u{1B}[1A\u{1B}[J" && screen.end().isEmpty)
    }

    @Test("shows one node with its counts and its step")
    func node() {
        var status = Bodies.status(verdict: "no_go", requirements: [Bodies.swapAtBoot])
        status.readiness.counts.met = 80
        status.readiness.counts.unmet = 2
        let glance = StatusGlance(activity: Self.installing, status: status)
        #expect(glance.isMoving)
        #expect(
            glance.lines(for: Terminal(width: 80), withTime: true) == [
                "nuc02  NO-GO  80 met, 2 unmet", "  install kubeadm=1.28.1-1.1 \\u{1b}[2J (43 % downloaded, 35 s)",
            ])
        let idle = StatusGlance(activity: ActivityBody(state: "idle"), status: Bodies.status())
        #expect(!idle.isMoving)
        let first = StatusGlance(activity: ActivityBody(state: "starting"), status: nil)
        #expect(first.isMoving && first.lines(for: Terminal(), withTime: false) == ["the first look is not over"])
    }
}
