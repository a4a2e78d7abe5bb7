internal import ContainerRuntime
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Starts a pod sandbox through the CRI, sees it run, and takes it away again.
///
/// It is the only act that starts something of a pod. A mark on the disk lasts from before the first call to the end of
/// the last removal: after a kill in between, the next start of the daemon removes what has our label.
///
/// - Source: kubernetes/cri-api, `RuntimeService`; containerd, internal/cri/server/sandbox_run.go; runc,
///   docs/systemd.md (`slice:prefix:name` becomes `prefix-name.scope` below the slice).
struct PodSandboxAct: Sendable {
    let runtime: any SandboxRuntime
    let units: any UnitOrdering
    let files: RootedOpen
    /// What is kept over a reboot: the mark.
    let memory: StateFolder
    /// What is kept until the next boot: the outcome.
    let running: StateFolder

    private static let mark = "pod-sandbox-open"
    private static let label = (key: "nucprep", value: "trial")
    private static let slice = "kubepods.slice"
    private static let stopDeadline = Duration.seconds(20)

    /// Tries, keeps the outcome, and leaves nothing else behind.
    func start(_ trial: PodSandboxTrial) async throws(ChangeError) -> Effect {
        // Of one whose removal failed, the name is still taken.
        if memory.read(Self.mark) != nil { try await remove(keepingSlice: true) }
        guard memory.write(Array("\(trial.key)\n".utf8), to: Self.mark) else {
            throw .failed("cannot start a pod sandbox: that one is being tried cannot be kept for the case of a crash")
        }
        let hadSlice = isSliceActive
        var record = PodSandboxRecord(key: trial.key, host: await outcome(onHostNetwork: true))
        if case .started = record.host, trial.usesPodNetwork { record.pod = await outcome(onHostNetwork: false) }
        try await remove(keepingSlice: hadSlice)
        guard running.write(Array(record.text.utf8), to: PodSandboxRecord.name) else {
            throw .failed("cannot keep what became of the pod sandbox: /run/nucprep cannot be written")
        }
        if let cause = record.fault { throw .failed("cannot start a pod sandbox: \(cause)") }
        return .applied
    }

    /// Removes what a trial left that was killed; nothing without its mark.
    func sweep() async {
        guard memory.read(Self.mark) != nil else { return }
        // A runtime whose caller is gone gives the start up a moment later, or has just ended it.
        try? await Task.sleep(for: .seconds(1))
        try? await remove(keepingSlice: false)
    }

    private func outcome(onHostNetwork: Bool) async -> PodSandboxRecord.Outcome {
        do throws(CRIError) {
            let id = try await runtime.run(
                CRISandboxConfiguration(
                    name: onHostNetwork ? "nucprep-trial-host" : "nucprep-trial-pod", namespace: "nucprep",
                    uid: "nucprep-trial", labels: [Self.label.key: Self.label.value],
                    cgroupParent: "/\(Self.slice)", isOnHostNetwork: onHostNetwork))
            let status = try await runtime.status(id)
            guard status.isReady else { return .refused("it does not run after its start") }
            guard let cgroup = cgroup(of: id) else { return .outsideSlice }
            if onHostNetwork { return .started(cgroup: cgroup) }
            return status.address.isEmpty ? .noAddress : .address(status.address)
        } catch {
            return Self.missingImage(in: error.description).map { .noImage($0) } ?? .refused(error.description)
        }
    }

    /// The scope of a sandbox below the slice, when processes are in it; `nil` when it is not there.
    private func cgroup(of id: String) -> String? {
        let path = "/\(Self.slice)/cri-containerd-\(id).scope"
        for tree in ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd"] {
            let bytes = (try? files.bytes(at: FilePath(tree + path + "/cgroup.procs"), limit: 1 << 16)) ?? nil
            if bytes?.isEmpty == false { return path }
        }
        return nil
    }

    /// The image that containerd says it could not have.
    ///
    /// - Source: containerd, internal/cri/server/sandbox_run.go: `failed to get sandbox image %q: %w`.
    static func missingImage(in words: String) -> String? {
        guard let start = words.firstRange(of: "failed to get sandbox image \"") else { return nil }
        let name = words[start.upperBound...].prefix { $0 != "\"" && !$0.isWhitespace }
        return name.isEmpty || name.endIndex == words.endIndex ? nil : String(name)
    }

    /// Removes every sandbox with our label, until there is none, and then the mark.
    private func remove(keepingSlice: Bool) async throws(ChangeError) {
        do throws(CRIError) {
            var left = try await runtime.sandboxes(labelled: Self.label.key, Self.label.value)
            for _ in 0..<5 where !left.isEmpty {
                for id in left { try await runtime.remove(id) }
                left = try await runtime.sandboxes(labelled: Self.label.key, Self.label.value)
            }
            guard left.isEmpty else { throw CRIError.failed("containerd still lists \(left.joined(separator: ", "))") }
        } catch {
            throw .failed("cannot remove a pod sandbox: \(error); it is tried again when nucprepd starts")
        }
        if !keepingSlice { stopEmptySlice() }
        memory.remove(Self.mark)
    }

    private var isSliceActive: Bool {
        do throws(BusError) { return try units.details(of: Self.slice).activeState == "active" } catch { return true }
    }

    /// Ends the slice that came with the scope, while nothing else has come into it.
    private func stopEmptySlice() {
        let folder = FilePath("/sys/fs/cgroup").appending(Self.slice)
        guard isSliceActive, let names = try? files.names(in: folder),
            !names.contains(where: { name in ["slice", "scope", "service"].contains { name.hasSuffix(".\($0)") } })
        else { return }
        _ = try? units.stop(Self.slice, deadline: Self.stopDeadline)
    }
}

extension PodSandboxRecord {
    /// Why not all sandboxes ran as they should; `nil` when they did.
    fileprivate var fault: String? {
        [host, pod].compactMap(\.self).compactMap { outcome -> String? in
            switch outcome {
            case .started, .address: nil
            case .refused(let words): words
            case .noImage(let name): "the image \(name) is not there"
            case .outsideSlice: "it ran outside of kubepods.slice"
            case .noAddress: "it got no address"
            }
        }.first
    }
}

/// The calls of the CRI that a trial needs.
protocol SandboxRuntime: Sendable {
    /// Starts a sandbox; its id.
    func run(_ configuration: CRISandboxConfiguration) async throws(CRIError) -> String
    /// The state of a sandbox.
    func status(_ id: String) async throws(CRIError) -> CRISandboxStatus
    /// All with a label.
    func sandboxes(labelled key: String, _ value: String) async throws(CRIError) -> [String]
    /// Stops one and removes it.
    func remove(_ id: String) async throws(CRIError)
}

/// containerd, on its socket.
struct ContainerdSandboxes: SandboxRuntime {
    private static let socket = "/run/containerd/containerd.sock"
    /// containerd may first fetch the image; where it cannot, it says so sooner.
    private static let startDeadline = Duration.seconds(60)
    private static let deadline = Duration.seconds(30)

    func run(_ configuration: CRISandboxConfiguration) async throws(CRIError) -> String {
        try await CRIClient.runSandbox(configuration, socket: Self.socket, deadline: Self.startDeadline)
    }

    func status(_ id: String) async throws(CRIError) -> CRISandboxStatus {
        try await CRIClient.sandboxStatus(id, socket: Self.socket, deadline: Self.deadline)
    }

    func sandboxes(labelled key: String, _ value: String) async throws(CRIError) -> [String] {
        try await CRIClient.sandboxes(labelled: key, value, socket: Self.socket, deadline: Self.deadline)
    }

    func remove(_ id: String) async throws(CRIError) {
        try await CRIClient.removeSandbox(id, socket: Self.socket, deadline: Self.deadline)
    }
}
