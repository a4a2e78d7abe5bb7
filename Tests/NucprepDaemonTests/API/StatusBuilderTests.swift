internal import NodeAPI
internal import NodeState
internal import NodeTesting
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("Status builder")
struct StatusBuilderTests {
    private func state(_ change: (inout DaemonState.Value) -> Void) -> DaemonState {
        var value = DaemonState().value
        change(&value)
        let state = DaemonState()
        state.update { [value] in $0 = value }
        return state
    }

    @Test("every cause of a look is a word that a report knows")
    func causes() {
        #expect(Set(Cause.allCases.map(\.rawValue)) == DetectionCause.words)
    }

    @Test("writes what a snapshot and the daemon know")
    func body() {
        let node = Samples.node("nuc02", "192.0.2.2")
        let state = state { value in
            value.configuration.cluster.name = "lab-a"
            value.configurationDigest = "abcd"
            value.identity = .known(node)
            value.machine.hostName = "localhost"
            value.machine.addresses = ["192.0.2.2"]
            value.machine.machineID = String(repeating: "7", count: 32)
            value.machine.hardwareAddresses = ["1c:69:7a:00:00:12"]
        }
        let snapshot = Samples.snapshot(
            42, entries: [Samples.entry(nextBoot: Samples.unmet), Samples.entry("kernel-modules")],
            steps: [Samples.step],
            histories: [
                "swap-off": History(
                    since: 1_795_342_400_000_000, observedAt: 1_795_342_500_000_000, detectedBy: .event, latency: 412,
                    drifts: 3, contested: nil)
            ])
        let body = Samples.builder(state).status(snapshot)
        #expect(body.cursor == "3f0c9a2e.42")
        #expect(body.generation == 42)
        #expect(body.node.name == "nuc02")
        #expect(body.node.role == "worker")
        #expect(body.node.lifecycle == "fresh")
        #expect(body.node.bootId == Samples.bootID)
        #expect(body.daemon.state == "running")
        #expect(body.daemon.mode == "enforce")
        #expect(body.readiness.verdict == "no_go")
        #expect(body.readiness.counts.met == 1)
        #expect(body.readiness.counts.unmet == 1)
        #expect(body.requirements.map(\.id) == ["swap-off", "kernel-modules"])
        let swap = body.requirements[0]
        #expect(swap.changes.map(\.kind) == ["edit-fstab"])
        #expect(swap.detectedBy == "event")
        #expect(swap.latencyUs == 412)
        #expect(swap.drifts == 3)
        #expect(swap.findings.map(\.horizon) == ["next_boot"])
        #expect(body.requirements[1].changes.isEmpty)
        #expect(body.facts.configurationSha256 == "abcd")
        #expect(body.facts.machineIdHash?.utf8.count == 32)
        #expect(body.facts.machineIdHash != String(repeating: "7", count: 32))
        #expect(body.facts.macs == ["1c:69:7a:00:00:12"])
    }

    @Test("leaves out what was not asked for, and counts it all the same")
    func only() {
        let snapshot = Samples.snapshot(entries: [Samples.entry(), Samples.entry("kernel-modules")])
        let body = Samples.builder().status(snapshot, only: ["kernel-modules"])
        #expect(body.requirements.map(\.id) == ["kernel-modules"])
        #expect(body.readiness.counts.met == 2)
    }

    @Test("an alone machine goes by its own name and is ready")
    func alone() {
        let body = Samples.builder(state { $0.machine.hostName = "box" }).status(Samples.snapshot())
        #expect(body.node.name == "box")
        #expect(body.node.role == nil)
        #expect(body.readiness.verdict == "go")
    }

    @Test("a configuration that is not in force leaves the answer incomplete")
    func invalid() {
        let state = state { $0.configurationProblems = ["/etc/nucprep/nucprep.toml:2:1: what?"] }
        let body = Samples.builder(state).status(Samples.snapshot())
        #expect(body.readiness.verdict == "incomplete")
        #expect(body.daemon.state == "degraded")
        #expect(
            body.daemon.degradedBy == [.init(reason: "config-invalid", detail: "/etc/nucprep/nucprep.toml:2:1: what?")])
        let bad = Samples.snapshot(entries: [Samples.entry(nextBoot: Samples.unmet)])
        #expect(Samples.builder(state).status(bad).readiness.verdict == "no_go")
    }

    @Test("a machine that is not in the inventory leaves the answer incomplete")
    func unlisted() {
        let state = state { $0.identity = .unknown("who?") }
        let body = Samples.builder(state).status(Samples.snapshot())
        #expect(body.readiness.verdict == "incomplete")
        #expect(body.daemon.degradedBy == [.init(reason: "not-in-inventory", detail: "who?")])
    }

    @Test("a lost watch degrades the daemon and not the node")
    func lostWatch() {
        let state = state { $0.lostWatches = [.init(part: "watch", name: "files", detail: "cannot watch files: no")] }
        let body = Samples.builder(state).status(Samples.snapshot())
        #expect(body.readiness.verdict == "go")
        #expect(body.daemon.degradedBy == [.init(reason: "watch-lost", detail: "cannot watch files: no")])
    }

    @Test("an unknown lifecycle leaves the answer incomplete")
    func lifecycle() {
        let body = Samples.builder().status(Samples.snapshot(lifecycle: nil))
        #expect(body.node.lifecycle == nil)
        #expect(body.readiness.verdict == "incomplete")
    }

    @Test("the inventory names how each node is reached, and which one is this")
    func inventory() {
        var second = Samples.node("nuc02", "192.0.2.2")
        second.ssh = "jump"
        let nodes = [Samples.node("nuc01", "192.0.2.1"), second]
        let state = state { value in
            value.configuration.nodes = nodes
            value.configuration.fleet.user = "admin"
            value.identity = .known(nodes[0])
        }
        let body = Samples.builder(state).nodes()
        #expect(body.nodes.map(\.sshTarget) == ["admin@192.0.2.1", "jump"])
        #expect(body.nodes.map(\.isSelf) == [true, false])
    }

    @Test("the line for systemctl counts, and names the verdict")
    func line() {
        let entries = [Samples.entry(), Samples.entry("kernel-modules", nextBoot: Samples.unmet)]
        let published = Samples.published(Samples.snapshot(7, entries: entries))
        #expect(StatusLine.text(of: published) == "1 met, 1 unmet, NO-GO, generation 7")
    }

    @Test("the line for systemctl gives the answer that the API gives, an invalid configuration included")
    func oneAnswer() throws {
        let published = Samples.builder(state { $0.configurationProblems = ["nucprep.toml:1:1: what?"] })
            .publish(Samples.snapshot(7))
        #expect(String(decoding: published.status, as: UTF8.self).contains(#""verdict":"incomplete""#))
        #expect(StatusLine.text(of: published) == "1 met, INCOMPLETE, generation 7")
    }
}
