internal import ConfigFormats
internal import NodeEngine
internal import NodeState
internal import SystemPackage
internal import Systemd

/// Edits containerd's configuration, and restarts containerd when that does no harm.
///
/// - Source: containerd, docs/cri/config.md; kubernetes.io, Container Runtimes.
struct ContainerdActs: Sendable {
    let units: any UnitOrdering
    let run: UnitRun
    let acts: FileActs
    let files: RootedOpen
    /// What is not to be forgotten.
    let memory: StateFolder
    /// Whether the CRI answers, asked within a time; why not, else.
    let ask: @Sendable (Duration) async -> CRIState
    let now: @Sendable () -> Int

    /// Whether the CRI answers.
    enum CRIState: Equatable, Sendable {
        case serving
        /// Not yet, or never.
        case silent(String)
        /// It is off, and waiting does not help.
        case off
    }

    static let unit = "containerd.service"
    private static let restartDeadline = Duration.seconds(100)
    private static let answerDeadline = Duration.seconds(20)
    private static let mostRestarts = 3
    private static let hour = 3600 * 1_000_000
    private static let restarts = "containerd-restarts"

    // MARK: Editing

    /// Puts the new text in place when containerd itself reads it as it is meant.
    func edit(_ edit: FileEdit) throws(ChangeError) -> Effect {
        let former = ContainerdMemory(in: memory)
        let continues = former?.path == edit.path && former?.after == edit.before
        let new = ContainerdMemory(
            path: edit.path, oldest: continues ? former?.oldest : edit.before, before: edit.before, after: edit.after)
        // Before the file: a crash in between leaves a memory of bytes that the file has not, which nobody acts on.
        guard new.keep(in: memory) else {
            throw .failed("cannot write \(edit.path): what it holds now cannot be kept for the way back")
        }
        do throws(ChangeError) {
            let effect = try acts.write(edit, for: .editContainerdConfig(edit)) { candidate in
                judge(candidate, edit)
            }
            if effect == .alreadyTrue { restore(former) }
            return effect
        } catch {
            restore(former)
            throw error
        }
    }

    private func restore(_ former: ContainerdMemory?) {
        if former?.keep(in: memory) != true { ContainerdMemory.forget(in: memory) }
    }

    /// What containerd has against a candidate for the place of `edit`; `nil` when nothing.
    private func judge(_ candidate: FilePath, _ edit: FileEdit) -> String? {
        do {
            let outcome = try dump(candidate)
            guard outcome.isDone else {
                let last = outcome.errors.split(whereSeparator: \.isNewline).last.map { String($0.prefix(300)) }
                return "containerd refuses it: \(last ?? "its unit ended with \(outcome.word)")"
            }
            // A file that containerd does not read has nothing to lose.
            let former = edit.before == nil ? nil : try dump(edit.path)
            return ContainerdDump.fault(
                in: outcome.output ?? [], of: edit.after, former: former?.isDone == true ? former?.output : nil)
        } catch {
            return "it cannot be asked: \(error)"
        }
    }

    /// Has containerd print what it makes of a file.
    private func dump(_ file: FilePath) throws -> UnitRun.Outcome {
        try run.run(
            "look-containerd", order: OrderFile(judging: file), output: "look-containerd",
            errors: "look-containerd.log", deadline: .seconds(30))
    }

    // MARK: Restarting

    /// Restarts containerd; when its CRI does not come back, so does the former configuration, and it is restarted once
    /// more.
    func restart() async throws(ChangeError) -> Effect {
        if let pid = try podProcess() {
            throw .waiting(
                .runtime, "cannot restart \(Self.unit): process \(pid) looks after a container of Kubernetes")
        }
        let recent = recentRestarts()
        guard recent.count < Self.mostRestarts else {
            throw .waiting(
                .runtime, "cannot restart \(Self.unit): it was restarted \(recent.count) times within an hour")
        }
        _ = memory.write(Array((recent + [now()]).map(String.init).joined(separator: "\n").utf8), to: Self.restarts)
        guard let cause = await restartFault() else {
            // What runs now was read from the file as it is: there is nothing to go back to.
            ContainerdMemory.forget(in: memory)
            return .applied
        }
        // Told to end, nobody waited long enough to say that it failed: the next run of the daemon judges what came of it.
        guard !Task.isCancelled, let last = ContainerdMemory(in: memory), putBack(last) else {
            throw .failed("cannot restart \(Self.unit): \(cause)")
        }
        ContainerdMemory.forget(in: memory)
        let second = await restartFault().map { "; and still: \($0)" } ?? ""
        throw .rolledBack(
            "cannot restart \(Self.unit): \(cause); \(last.path) is again as it was before\(second)",
            undone: .editContainerdConfig(FileEdit(path: last.path, before: last.before, after: last.after)))
    }

    /// Puts back what the file held before our edits, if they are still what it holds.
    private func putBack(_ last: ContainerdMemory) -> Bool {
        let change = Change.editContainerdConfig(FileEdit(path: last.path, before: last.before, after: last.after))
        do throws(ChangeError) {
            if let oldest = last.oldest {
                _ = try acts.write(FileEdit(path: last.path, before: last.after, after: oldest), for: change)
            } else {
                _ = try acts.remove(last.path, before: last.after, for: change)
            }
            return true
        } catch {
            return false
        }
    }

    /// Why a restart did not bring the CRI; `nil` when it did.
    private func restartFault() async -> String? {
        do throws(BusError) {
            if case .ended(let word) = try units.restart(Self.unit, deadline: Self.restartDeadline) {
                return "its job ended with \(word)"
            }
        } catch {
            return error.description
        }
        let end = ContinuousClock.now + Self.answerDeadline
        var last = "it was not asked"
        while true {
            let left = end - .now
            guard left > .zero, !Task.isCancelled else { break }
            switch await ask(min(left, .seconds(5))) {
            case .serving: return nil
            case .off: return "its CRI is off"
            case .silent(let cause): last = cause
            }
            // It is asked by connecting; the pause is for a socket that is not there yet.
            try? await Task.sleep(for: .milliseconds(100))
        }
        return "its CRI does not answer within \(Self.answerDeadline): \(last)"
    }

    private func recentRestarts() -> [Int] {
        let text = String(decoding: memory.read(Self.restarts) ?? [], as: UTF8.self)
        let (present, horizon) = (now(), now() - Self.hour)
        // A time in the future is of a clock that was set since, and tells nothing.
        return text.textLines().compactMap { Int($0) }.filter { $0 > horizon && $0 <= present }
    }

    /// A process that looks after a container of Kubernetes; `nil` when there is none.
    ///
    /// - Source: containerd, runtime/v2/README.md: a shim is started with `-namespace NAME`.
    func podProcess() throws(ChangeError) -> Int? {
        do throws(ObservationError) {
            for name in try files.names(in: "/proc") {
                guard let pid = Int(name) else { continue }
                // Gone in between, or a thread of the kernel: both have no words. One that cannot be read may be anything.
                if Self.isPodShim(try words(of: pid)), isHostsOwn(pid) { return pid }
            }
            return nil
        } catch {
            throw .failed("cannot restart \(Self.unit): \(error)")
        }
    }

    /// Whether a process can be what containerd.service started.
    ///
    /// That is of uid 0, in the host's pid namespace, and in no session of a user. Its words alone are no evidence,
    /// anybody can have such; what cannot be read counts as such a one.
    ///
    /// - Source: proc_pid_status(5), `Uid`, `NSpid`; proc_pid_cgroup(5).
    private func isHostsOwn(_ pid: Int) -> Bool {
        let read = { (name: String) -> String? in
            let bytes = (try? files.bytes(at: FilePath("/proc/\(pid)/\(name)"), limit: 1 << 16)) ?? nil
            return bytes.map { String(decoding: $0, as: UTF8.self) }
        }
        let words = (read("status") ?? "").textLines().map { $0.split { " \t".contains($0) } }
        if let users = words.first(where: { $0.first == "Uid:" }), users.count > 2, users[2] != "0" { return false }
        if let own = words.first(where: { $0.first == "NSpid:" }), own.count > 2 { return false }
        return !(read("cgroup") ?? "").contains("/user.slice/")
    }

    private func words(of pid: Int) throws(ObservationError) -> [UInt8] {
        do throws(ObservationError) {
            return try files.bytes(at: FilePath("/proc/\(pid)/cmdline"), limit: 1 << 16) ?? []
        } catch {
            // Far more words than containerd gives a shim.
            if error.errno == .fileTooLarge { return [] }
            throw error
        }
    }

    static func isPodShim(_ commandLine: [UInt8]) -> Bool {
        let words = commandLine.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard let program = words.first?.split(separator: "/").last, program.hasPrefix("containerd-shim") else {
            return false
        }
        return zip(words, words.dropFirst()).contains { ["-namespace", "--namespace"].contains($0) && $1 == "k8s.io" }
            || words.contains { $0.hasSuffix("-namespace=k8s.io") }
    }
}
