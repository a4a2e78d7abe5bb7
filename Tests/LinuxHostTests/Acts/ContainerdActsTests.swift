import NodeEngine
import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Systemd
import Testing

@testable import LinuxHost

@Suite("Containerd edited and restarted")
struct ContainerdActsTests {
    private let folder: ActFolder

    init() throws {
        folder = try ActFolder()
        try folder.tree.makeFolder("/proc")
    }

    private static let path: FilePath = "/etc/containerd/config.toml"
    private static let old = "version = 2\ndisabled_plugins = [\"cri\"]\n"
    private static let new = """
        version = 2
        [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
          runtime_type = "io.containerd.runc.v2"
          [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
            SystemdCgroup = true

        """

    /// A containerd that reads a candidate as `dump`, or as it stands, and whose CRI answers in turn as in `states`.
    private func acts(
        dump: String? = nil, look: JobResult = .done, errors: String = "", restart: JobResult = .done,
        states: [ContainerdActs.CRIState] = [], now: Int = 10_000_000_000
    ) throws -> (acts: ContainerdActs, units: FalseOrders) {
        let (tree, run) = (folder.tree, folder.run)
        let units = FalseOrders { call throws(BusError) in
            guard call == "start nucprep-look-containerd.service" else { return restart }
            let order = (try? run.text("/look-containerd.env")) ?? nil
            let candidate = order?.split(separator: "\"").dropFirst().first.map { FilePath(String($0)) }
            let text = candidate.flatMap { (try? tree.text($0)) ?? nil } ?? "no candidate"
            try? run.write(dump ?? text, to: "/out/look-containerd")
            try? run.write(errors, to: "/out/look-containerd.log")
            return look
        }
        let rest = Shared(states)
        let acts = ContainerdActs(
            units: units, run: folder.unitRun(units), acts: try folder.acts, files: try folder.files,
            memory: StateFolder(folder.state.path), ask: { _ in rest.next() ?? .silent("nobody listens there") },
            now: { now })
        return (acts, units)
    }

    private final class Shared: Sendable {
        private let states: Mutex<[ContainerdActs.CRIState]>
        init(_ states: [ContainerdActs.CRIState]) { self.states = Mutex(states) }
        func next() -> ContainerdActs.CRIState? { states.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
    }

    private var file: String? { get throws { try folder.tree.text(Self.path) } }

    private func edit(_ before: String?, _ after: String) -> FileEdit { ActFolder.edit(Self.path, before, after) }

    @Test("a candidate that containerd reads as it is meant takes the place of the old file")
    func edited() throws {
        try folder.tree.write(Self.old, to: Self.path)
        let (acts, units) = try acts()
        #expect(try acts.edit(edit(Self.old, Self.new)) == .applied)
        #expect(try file == Self.new)
        // Of the candidate and of the file in force.
        #expect(units.calls == Array(repeating: "start nucprep-look-containerd.service", count: 2))
        #expect(try acts.edit(edit(Self.new, Self.new)) == .alreadyTrue)
        #expect(try folder.run.text("/look-containerd.env") == nil)
    }

    @Test(
        "a candidate that containerd refuses or reads otherwise is not put in place, and leaves nothing behind",
        arguments: [
            ("", JobResult.done, "", "containerd reads no settings of the CRI in it"),
            (
                "x", .ended("failed"), "first\ncontainerd: invalid plugin config\n",
                "containerd refuses it: containerd: invalid plugin config"
            ),
            ("x", .ended("timeout"), "", "containerd refuses it: its unit ended with timeout"),
        ])
    func refused(_ dump: String, _ look: JobResult, _ errors: String, _ cause: String) throws {
        try folder.tree.write(Self.old, to: Self.path)
        let (acts, _) = try acts(dump: dump, look: look, errors: errors)
        #expect(throws: ChangeError.refused("cannot write \(Self.path): \(cause)")) {
            try acts.edit(edit(Self.old, Self.new))
        }
        #expect(try file == Self.old)
        #expect(try folder.files.names(in: "/etc/containerd") == ["config.toml"])
        #expect(ContainerdMemory(in: StateFolder(folder.state.path)) == nil)
    }

    @Test("an edit with which containerd would lose a setting is not put in place")
    func loss() throws {
        let mirror = "[plugins.\"io.containerd.grpc.v1.cri\".registry]\n  config_path = \"/etc/containerd/certs.d\"\n"
        try folder.tree.write(Self.old + mirror, to: Self.path)
        let (acts, _) = try acts()
        #expect(
            throws: ChangeError.refused(
                "cannot write \(Self.path): containerd would no longer read "
                    + "plugins.io.containerd.grpc.v1.cri.registry.config_path as it does now")
        ) {
            try acts.edit(edit(Self.old + mirror, Self.new))
        }
        #expect(try file == Self.old + mirror)
        #expect(try acts.edit(edit(Self.old + mirror, Self.new + mirror)) == .applied)
    }

    @Test("a containerd that answers after a restart is left as it is, and nothing is kept to go back to")
    func restarted() async throws {
        try folder.tree.write(Self.old, to: Self.path)
        let (acts, units) = try acts(states: [.silent("not yet"), .serving])
        _ = try acts.edit(edit(Self.old, Self.new))
        #expect(try await acts.restart() == .applied)
        #expect(try file == Self.new)
        #expect(units.calls.last == "restart containerd.service")
        #expect(ContainerdMemory(in: StateFolder(folder.state.path)) == nil)
    }

    @Test(
        "a containerd without its CRI after a restart gets its former file, is restarted once more, and the edit is named"
    )
    func rolledBack() async throws {
        try folder.tree.write(Self.old, to: Self.path)
        _ = try acts().acts.edit(edit(Self.old, Self.new))
        // The daemon was restarted in between.
        let (acts, units) = try acts(states: [.off, .serving])
        await #expect(
            throws: ChangeError.rolledBack(
                "cannot restart containerd.service: its CRI is off; \(Self.path) is again as it was before",
                undone: .editContainerdConfig(edit(Self.old, Self.new)))
        ) {
            try await acts.restart()
        }
        #expect(try file == Self.old)
        #expect(units.calls == ["restart containerd.service", "restart containerd.service"])
        // There is nothing more to undo.
        let (again, _) = try self.acts(states: [.off])
        await #expect(throws: ChangeError.failed("cannot restart containerd.service: its CRI is off")) {
            try await again.restart()
        }
    }

    @Test("two edits without a start in between are undone together, the last one named")
    func twoEdits() async throws {
        try folder.tree.write(Self.old, to: Self.path)
        let second = Self.new + "# more\n"
        let (acts, _) = try acts(states: [.off, .off])
        _ = try acts.edit(edit(Self.old, Self.new))
        _ = try acts.edit(edit(Self.new, second))
        let error = await #expect(throws: ChangeError.self) { try await acts.restart() }
        guard case .rolledBack(let text, .editContainerdConfig(edit(Self.new, second))) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(text.hasSuffix("; and still: its CRI is off"))
        #expect(try file == Self.old)
    }

    @Test("a file that was not there before goes away again")
    func removed() async throws {
        try folder.tree.makeFolder("/etc")
        let (acts, _) = try acts(restart: .ended("failed"))
        _ = try acts.edit(edit(nil, Self.new))
        #expect(try file == Self.new)
        let error = await #expect(throws: ChangeError.self) { try await acts.restart() }
        #expect(error?.description.contains("its job ended with failed") == true)
        #expect(try file == nil)
    }

    @Test("a file that somebody has changed since stays as it is")
    func changedSince() async throws {
        try folder.tree.write(Self.old, to: Self.path)
        let (acts, units) = try acts(states: [.off])
        _ = try acts.edit(edit(Self.old, Self.new))
        try folder.tree.write("theirs\n", to: Self.path)
        await #expect(throws: ChangeError.failed("cannot restart containerd.service: its CRI is off")) {
            try await acts.restart()
        }
        #expect(try file == "theirs\n")
        #expect(units.calls.count { $0 == "restart containerd.service" } == 1)
    }

    @Test("containerd is not restarted beside a container of Kubernetes")
    func pods() async throws {
        let words = ["/usr/bin/containerd-shim-runc-v2", "-namespace", "k8s.io", "-id", "x"]
        try folder.tree.write(words.joined(separator: "\0") + "\0", to: "/proc/4711/cmdline")
        let (acts, units) = try acts(states: [.serving])
        await #expect(
            throws: ChangeError.waiting(
                .runtime, "cannot restart containerd.service: process 4711 looks after a container of Kubernetes")
        ) {
            try await acts.restart()
        }
        #expect(units.calls == [])
        // Any user can start a process with these words, and so can a container.
        let claims = [
            ("1000\t1000\t1000\t1000", "4711", "system.slice/cron.service"),
            ("0\t0\t0\t0", "4711\t1", "system.slice/x"),
            ("0\t0\t0\t0", "4711", "user.slice/user-1000.slice/session-1.scope"),
        ]
        for (users, namespaces, group) in claims {
            try folder.tree.write("Uid:\t\(users)\nNSpid:\t\(namespaces)\n", to: "/proc/4711/status")
            try folder.tree.write("0::/\(group)\n", to: "/proc/4711/cgroup")
            #expect(try self.acts(states: [.serving]).acts.podProcess() == nil, "\(group)")
        }
        try folder.tree.write("Uid:\t0\t0\t0\t0\nNSpid:\t4711\n", to: "/proc/4711/status")
        try folder.tree.write("0::/system.slice/containerd.service\n", to: "/proc/4711/cgroup")
        #expect(try self.acts(states: [.serving]).acts.podProcess() == 4711)
    }

    @Test("a shim of another namespace, and another program that names it, are none of Kubernetes")
    func otherShims() {
        func isPod(_ words: String...) -> Bool { ContainerdActs.isPodShim(Array(words.joined(separator: "\0").utf8)) }
        #expect(isPod("/x/containerd-shim-runc-v2", "-namespace", "k8s.io"))
        #expect(isPod("containerd-shim", "-namespace=k8s.io"))
        #expect(!isPod("/x/containerd-shim-runc-v2", "-namespace", "moby"))
        #expect(!isPod("/x/containerd-shim-runc-v2", "-id", "k8s.io"))
        #expect(!isPod("ctr", "-namespace", "k8s.io"))
        #expect(!isPod(""))
    }

    @Test("the fourth restart within an hour is refused, and one after the hour is not")
    func rate() async throws {
        let hour = 3600 * 1_000_000
        for minute in 0..<3 {
            let (acts, _) = try acts(states: [.serving], now: 10_000_000_000 + minute * 60_000_000)
            #expect(try await acts.restart() == .applied)
        }
        let (late, units) = try acts(states: [.serving], now: 10_000_000_000 + 10 * 60_000_000)
        await #expect(
            throws: ChangeError.waiting(
                .runtime, "cannot restart containerd.service: it was restarted 3 times within an hour")
        ) {
            try await late.restart()
        }
        #expect(units.calls == [])
        let (after, _) = try acts(states: [.serving], now: 10_000_000_000 + hour + 1)
        #expect(try await after.restart() == .applied)
    }

    @Test("what is kept is read as it was written, and nothing else is")
    func memory() throws {
        let state = StateFolder(folder.state.path)
        let kept = ContainerdMemory(path: Self.path, oldest: nil, before: Array("a\nb".utf8), after: [])
        #expect(kept.keep(in: state))
        #expect(ContainerdMemory(in: state) == kept)
        for text in ["", "x", "nucprep containerd edit 1\n/x\n1 1 1\nab", "nucprep containerd edit 1\n/x\n-9 0 0\n"] {
            try folder.state.write(text, to: "/containerd-edit")
            #expect(ContainerdMemory(in: state) == nil)
        }
    }
}
