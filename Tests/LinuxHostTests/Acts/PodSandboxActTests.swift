import NodeEngine
import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Systemd
import Testing

@testable import ContainerRuntime
@testable import LinuxHost

@Suite("Pod sandbox tried and removed")
struct PodSandboxActTests {
    private let folder: ActFolder

    init() throws { folder = try ActFolder() }

    /// A runtime that keeps what it started until it is removed; a started sandbox has a scope when `hasScope` says so.
    private final class FalseSandboxes: SandboxRuntime {
        private struct State {
            var calls: [String] = []
            var left: [String] = []
        }

        private let state: Mutex<State>
        private let tree: ScratchTree
        private let refusal: CRIError?
        private let removal: CRIError?
        private let hasScope: Bool
        private let address: String

        init(
            _ tree: ScratchTree, left: [String] = [], refusal: CRIError? = nil, removal: CRIError? = nil,
            hasScope: Bool = true, address: String = "10.244.0.2"
        ) {
            state = Mutex(State(left: left))
            (self.tree, self.refusal, self.removal) = (tree, refusal, removal)
            (self.hasScope, self.address) = (hasScope, address)
        }

        var calls: [String] { state.withLock { $0.calls } }
        var left: [String] { state.withLock { $0.left } }

        func run(_ configuration: CRISandboxConfiguration) throws(CRIError) -> String {
            let id = configuration.isOnHostNetwork ? "a1" : "b2"
            state.withLock { state in
                state.calls.append("run \(configuration.name) in \(configuration.cgroupParent)")
                // A start that is refused may leave its record.
                state.left.append(id)
            }
            if let refusal { throw refusal }
            if hasScope {
                try? tree.write(
                    "1\n", to: FilePath("/sys/fs/cgroup/kubepods.slice/cri-containerd-\(id).scope/cgroup.procs"))
            }
            return id
        }

        func status(_ id: String) -> CRISandboxStatus {
            CRISandboxStatus(isReady: true, address: id == "a1" ? "" : address)
        }

        func sandboxes(labelled key: String, _ value: String) -> [String] { left }

        func remove(_ id: String) throws(CRIError) {
            if let removal { throw removal }
            state.withLock { state in
                state.calls.append("remove \(id)")
                state.left.removeAll { $0 == id }
            }
            tree.remove(FilePath("/sys/fs/cgroup/kubepods.slice/cri-containerd-\(id).scope"))
        }
    }

    private func act(_ runtime: FalseSandboxes, _ units: FalseOrders = FalseOrders()) throws -> PodSandboxAct {
        PodSandboxAct(
            runtime: runtime, units: units, files: try folder.files, memory: StateFolder(folder.state.path),
            running: StateFolder(folder.run.path))
    }

    private var record: PodSandboxRecord? {
        get throws { try folder.run.text("/pod-sandbox").flatMap(PodSandboxRecord.init(parsing:)) }
    }

    private var isMarked: Bool { get throws { try folder.state.text("/pod-sandbox-open") != nil } }

    private static let plain = PodSandboxTrial(key: "k", usesPodNetwork: false)
    private static let whole = PodSandboxTrial(key: "k", usesPodNetwork: true)

    @Test("sandboxes that run are kept in the record and not on the node")
    func good() async throws {
        let runtime = FalseSandboxes(folder.tree)
        #expect(try await act(runtime).start(Self.whole) == .applied)
        let cgroup = "/kubepods.slice/cri-containerd-a1.scope"
        #expect(
            try record == PodSandboxRecord(key: "k", host: .started(cgroup: cgroup), pod: .address("10.244.0.2")))
        #expect(runtime.left == [])
        #expect(runtime.calls.first == "run nucprep-trial-host in /kubepods.slice")
        #expect(try !isMarked)
    }

    @Test("without a CNI configuration none is started in a network of its own")
    func plain() async throws {
        let runtime = FalseSandboxes(folder.tree)
        #expect(try await act(runtime).start(Self.plain) == .applied)
        #expect(try record?.pod == nil)
        #expect(!runtime.calls.contains { $0.hasPrefix("run nucprep-trial-pod") })
    }

    @Test("a refusal is a failure with containerd's words, and its remains are removed")
    func refused() async throws {
        let runtime = FalseSandboxes(folder.tree, refusal: .failed("runc: no"))
        await #expect(throws: ChangeError.failed("cannot start a pod sandbox: runc: no")) {
            _ = try await act(runtime).start(Self.whole)
        }
        #expect(try record == PodSandboxRecord(key: "k", host: .refused("runc: no")))
        #expect(runtime.left == [])
        #expect(try !isMarked)
    }

    @Test("an image that is not there is told by its name")
    func image() async throws {
        let words =
            "failed to get sandbox image \"registry.k8s.io/pause:3.8\": failed to pull image: dial tcp: lookup registry.k8s.io"
        let runtime = FalseSandboxes(folder.tree, refusal: .failed(words))
        await #expect(throws: ChangeError.self) { _ = try await act(runtime).start(Self.plain) }
        #expect(try record?.host == .noImage("registry.k8s.io/pause:3.8"))
        #expect(PodSandboxAct.missingImage(in: "failed to get sandbox image \"") == nil)
        #expect(PodSandboxAct.missingImage(in: "failed to get sandbox image \"cut") == nil)
    }

    @Test("one that runs without systemd's scope is outside of the slice")
    func outside() async throws {
        let runtime = FalseSandboxes(folder.tree, hasScope: false)
        await #expect(throws: ChangeError.self) { _ = try await act(runtime).start(Self.whole) }
        #expect(try record?.host == .outsideSlice)
        #expect(runtime.left == [])
    }

    @Test("one without an address is a failure")
    func addressless() async throws {
        let runtime = FalseSandboxes(folder.tree, address: "")
        await #expect(throws: ChangeError.self) { _ = try await act(runtime).start(Self.whole) }
        #expect(try record?.pod == .noAddress)
    }

    @Test("what a killed trial left is removed at the next start, and by its mark alone")
    func sweep() async throws {
        let unmarked = FalseSandboxes(folder.tree, left: ["c3"])
        try await act(unmarked).sweep()
        #expect(unmarked.left == ["c3"])
        try folder.state.write("k\n", to: "/pod-sandbox-open")
        let marked = FalseSandboxes(folder.tree, left: ["c3", "d4"])
        try await act(marked).sweep()
        #expect(marked.left == [])
        #expect(try !isMarked)
    }

    @Test("a removal that fails keeps the mark, and claims no outcome")
    func removal() async throws {
        let runtime = FalseSandboxes(folder.tree, removal: .failed("busy"))
        await #expect(throws: ChangeError.self) { _ = try await act(runtime).start(Self.plain) }
        #expect(try isMarked)
        #expect(try record == nil)
    }

    @Test("the slice ends with the trial when it came with it and is empty")
    func slice() async throws {
        let came = FalseOrders { _ throws(BusError) in .done }
        came.setDetails(.of(active: "inactive"), of: "kubepods.slice")
        try await act(FalseSandboxes(folder.tree), came).sweep()
        #expect(came.calls == [])
        came.setDetails(.of(active: "active"), of: "kubepods.slice")
        try folder.state.write("k\n", to: "/pod-sandbox-open")
        try await act(FalseSandboxes(folder.tree), came).sweep()
        #expect(came.calls == ["stop kubepods.slice"])
        // Others may have come into it meanwhile.
        try folder.tree.write("1\n", to: "/sys/fs/cgroup/kubepods.slice/kubepods-besteffort.slice/cgroup.procs")
        try folder.state.write("k\n", to: "/pod-sandbox-open")
        try await act(FalseSandboxes(folder.tree), came).sweep()
        #expect(came.calls == ["stop kubepods.slice"])
    }

    @Test(
        "a record comes back as it was kept, and nothing else is one",
        arguments: [
            PodSandboxRecord(key: "1 2", host: .started(cgroup: "/a"), pod: .address("10.244.0.2")),
            PodSandboxRecord(key: "1 2", host: .started(cgroup: "/a"), pod: .noAddress),
            PodSandboxRecord(key: "1 2", host: .refused("no: really")),
            PodSandboxRecord(key: "1 2", host: .noImage("a:b")), PodSandboxRecord(key: "1 2", host: .outsideSlice),
        ])
    func record(_ record: PodSandboxRecord) {
        #expect(PodSandboxRecord(parsing: record.text) == record)
        #expect(PodSandboxRecord(parsing: record.text + "started /b\nx\n") == nil)
        #expect(PodSandboxRecord(parsing: String(record.text.dropLast())) == nil)
        #expect(PodSandboxRecord(parsing: "") == nil)
    }
}
