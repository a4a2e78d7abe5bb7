import LinuxHost
import NodeEngine
import NodeRequirements
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("Laws of the catalogue")
struct LawTests {
    @Test("ids are unique and kebab-case, words are there, prerequisites stand earlier")
    func entries() {
        #expect(RequirementLaws.entries(Catalog.all.map { $0.entry }) == [])
    }

    @Test("a host that cannot be read is unknown at both horizons")
    func unreadable() async {
        #expect(await RequirementLaws.unreadable(Catalog.requirements(Configuration())) == [])
    }

    @Test("an error has a proposal or says what a person can do", arguments: Record.all)
    func wayOut(_ record: Record) async throws {
        let host = try record.host
        let view = try LinuxMachine(root: host.root, record: RecordedAnswers(host.record)).view
        for look in await Inspector(try [record.requirement(host.configuration)]).look(at: view) {
            #expect(RequirementLaws.helpless(look) == [])
        }
    }

    @Test("looking leaves every byte and time as it was", arguments: Record.all)
    func looking(_ record: Record) async throws {
        let recorded = try record.host
        let host = try ScratchHost(copyOf: recorded.root, record: recorded.record)
        let before = try host.tree.inventory()
        _ = await Inspector([try record.requirement(recorded.configuration)]).look(at: host.view)
        #expect(try host.tree.inventory() == before)
    }

    @Test("whatever is read on disk is an input", arguments: Record.all)
    func inputs(_ record: Record) async throws {
        let host = try record.host
        let view = try LinuxMachine(root: host.root, record: RecordedAnswers(host.record)).view
        let requirement = try record.requirement(host.configuration)
        #expect(await RequirementLaws.undeclared(requirement, on: view) == [])
    }

    @Test("applying ends met where nobody else is needed, and applying again touches nothing", arguments: Record.all)
    func applying(_ record: Record) async throws {
        let recorded = try record.host
        let host = try ScratchHost(copyOf: recorded.root, record: recorded.record)
        let node = TestNode(
            view: host.view, control: host.control, requirements: [try record.requirement(recorded.configuration)],
            configuration: recorded.configuration,
            lifecycle: { (host) async throws(ObservationError) in
                try await LifecycleRule.lifecycle(
                    of: host, packageVersion: recorded.configuration.cluster.packageVersion)
            },
            kubeadm: KubeadmAtWork.process)
        let before = try #require(
            await Inspector([record.requirement(recorded.configuration)]).look(at: host.view).first)
        await node.convergence.pass(.boot)
        let snapshot = try #require(node.published.values.last)
        let entry = try #require(snapshot.entries.first)
        #expect(snapshot.plan.steps == [], "steps that could be carried out are left over")
        if [before.now, before.nextBoot].allSatisfy(isOurs) {
            #expect(entry.now.badness <= 2 && entry.nextBoot.badness <= 2, "\(entry)")
        }
        guard !host.performed.isEmpty else { return }
        let after = try host.tree.inventory()
        let count = host.performed.count
        await node.convergence.pass(.backstop)
        #expect(try host.tree.inventory() == after)
        #expect(host.performed.dropFirst(count).allSatisfy { $0.effect != .applied }, "something was done twice")
        // A restart of the daemon does not know what was done, and must not do it again either.
        let restarted = TestNode(
            view: host.view, control: host.control, requirements: [try record.requirement(recorded.configuration)],
            configuration: recorded.configuration)
        await restarted.convergence.pass(.boot)
        #expect(try host.tree.inventory() == after)
    }

    @Test(
        "whatever change of a plan fails, the daemon ends met once it works again, after a restart too",
        arguments: Record.all)
    func failing(_ record: Record) async throws {
        let recorded = try record.host
        let requirement = try record.requirement(recorded.configuration)
        // The tree of a scratch host ends with it, so the host is kept while it is looked at.
        let whole = try ScratchHost(copyOf: recorded.root, record: recorded.record)
        let before = try #require(await Inspector([requirement]).look(at: whole.view).first)
        guard [before.now, before.nextBoot].allSatisfy(isOurs) else { return }
        let plain = node(whole.view, whole.control, requirement, recorded.configuration)
        await plain.convergence.pass(.boot)
        for broken in Set(whole.performed.map(\.change.kind)) {
            let host = try ScratchHost(copyOf: recorded.root, record: recorded.record)
            let failing = node(
                host.view, FailingControl(control: host.control, kind: broken), requirement, recorded.configuration)
            await failing.convergence.pass(.boot)
            let restarted = node(host.view, host.control, requirement, recorded.configuration)
            await restarted.convergence.pass(.boot)
            let snapshot = try #require(restarted.published.values.last)
            let entry = try #require(snapshot.entries.first)
            #expect(entry.now.badness <= 2 && entry.nextBoot.badness <= 2, "after \(broken) failed: \(entry)")
        }
    }

    private func node(
        _ view: HostView, _ control: any HostControl, _ requirement: any Requirement, _ configuration: Configuration
    ) -> TestNode {
        TestNode(
            view: view, control: control, requirements: [requirement], configuration: configuration,
            lifecycle: { (host) async throws(ObservationError) in
                try await LifecycleRule.lifecycle(of: host, packageVersion: configuration.cluster.packageVersion)
            })
    }

    /// Whether nothing of the answer waits for a person.
    private func isOurs(_ answer: Result<Assessment, ObservationError>) -> Bool {
        switch answer {
        case .failure: false
        case .success(.met), .success(.notApplicable): true
        case .success(.unmet(_, let findings, let proposals)):
            findings.allSatisfy { $0.remedy == nil } && proposals.allSatisfy { $0.refusal == nil }
        }
    }
}

/// Fails of one kind of change, and does every other.
private struct FailingControl: HostControl {
    let control: any HostControl
    let kind: String

    func perform(_ change: Change) async throws(ChangeError) -> Effect {
        guard change.kind != kind else { throw .failed("cannot \(kind): the test has it fail") }
        return try await control.perform(change)
    }
}
