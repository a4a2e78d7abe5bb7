package import LinuxHost
package import NodeEngine
package import NodeState
internal import Synchronization
package import SystemPackage

/// A host in a folder on disk that obeys: what is asked of its control is true at the next look.
///
/// Files are changed by the same code as on a live machine; the kernel is played by files: a row of `/proc/swaps`, a
/// folder of `/sys/module`.
package final class ScratchHost: Sendable {
    /// The files of the host.
    package let tree: ScratchTree
    /// What can be seen of it.
    package let view: HostView
    /// What acts on it.
    package let control: any HostControl
    /// What the host answers where no file does; changes are seen in it.
    package let answers: RecordedAnswers
    private let obeying: ScratchControl
    /// Backups have a place of their own, outside of the host's view.
    private let state: ScratchTree

    /// A host that is a copy of the folder at `original`; an empty one without it.
    ///
    /// - Parameters:
    ///   - original: the folder of a recorded root.
    ///   - record: what the host answers where no file does.
    /// - Throws: when the folder cannot be copied.
    package init(copyOf original: FilePath? = nil, record: HostRecord = HostRecord()) throws {
        tree = if let original { try ScratchTree(copyOf: original) } else { try ScratchTree() }
        state = try ScratchTree()
        answers = RecordedAnswers(record)
        view = try LinuxMachine(root: tree.path, record: answers).view
        obeying = ScratchControl(
            tree: tree, files: try HostActs(root: tree.path, state: state.path).control, view: view, answers: answers)
        control = obeying
    }

    /// The changes that were asked for so far, with what came of each; `nil` for one that was not carried out.
    package var performed: [(change: Change, effect: Effect?)] { obeying.performed }
}

/// Carries out every change on a scratch tree.
private final class ScratchControl: HostControl {
    private let tree: ScratchTree
    private let files: any HostControl
    private let view: HostView
    private let answers: RecordedAnswers
    private let log = Mutex<[(change: Change, effect: Effect?)]>([])

    init(tree: ScratchTree, files: any HostControl, view: HostView, answers: RecordedAnswers) {
        self.tree = tree
        self.files = files
        self.view = view
        self.answers = answers
    }

    var performed: [(change: Change, effect: Effect?)] { log.withLock { $0 } }

    func perform(_ change: Change) async throws(ChangeError) -> Effect {
        do throws(ChangeError) {
            let effect = try await carryOut(change)
            log.withLock { $0.append((change, effect)) }
            return effect
        } catch {
            log.withLock { $0.append((change, nil)) }
            throw error
        }
    }

    private func carryOut(_ change: Change) async throws(ChangeError) -> Effect {
        switch change {
        case .editFstab, .writeFile, .maskUnit, .reloadSystemd, .writeBlock, .disableAptSource,
            .editContainerdConfig, .moveAside:
            let effect = try await files.perform(change)
            if let path = change.edit?.path, effect == .applied { answers.update { $0.tick(path) } }
            return effect
        case .writeSysctl, .setHostname, .startUnit, .enableUnit, .restartUnit, .holdPackages, .updatePackageLists,
            .installPackages, .configurePackages, .fetchKey, .tryPodSandbox, .removeLink, .deleteChains:
            return try failing { try ScratchActs(tree: tree, answers: answers).carryOut(change) }
        case .disableSwap(let area): return try failing { try end(area) }
        case .loadModule(let name):
            let presence: ModulePresence
            do throws(ObservationError) {
                presence = try await view.modules.presence(of: name)
            } catch {
                throw .failed(error.description)
            }
            guard presence == .absent else { return .alreadyTrue }
            return try failing { try load(name) }
        }
    }

    /// Takes the row of an area out of `/proc/swaps`.
    private func end(_ area: SwapArea) throws -> Effect {
        let rows = (try tree.text("/proc/swaps") ?? "").split(separator: "\n")
        let left = rows.filter { row in row.prefix { $0 != " " && $0 != "\t" } != Self.escaped(area.path) }
        guard left.count < rows.count else { return .alreadyTrue }
        try tree.write(left.map { $0 + "\n" }.joined(), to: "/proc/swaps")
        return .applied
    }

    /// The path as the kernel prints it: blanks and backslashes in octal.
    private static func escaped(_ path: FilePath) -> String {
        path.string.map { [" ": "\\040", "\t": "\\011", "\n": "\\012", "\\": "\\134"][$0] ?? String($0) }.joined()
    }

    /// Makes what the kernel shows of a module that is live.
    private func load(_ name: String) throws -> Effect {
        let folder = FilePath("/sys/module").appending(String(name.map { $0 == "-" ? "_" : $0 }))
        try tree.write("live\n", to: folder.appending("initstate"))
        switch name {
        case "br_netfilter": try tree.write("1\n", to: "/proc/sys/net/bridge/bridge-nf-call-iptables")
        case "overlay":
            let former = try tree.text("/proc/filesystems") ?? ""
            try tree.write(former + "nodev\toverlay\n", to: "/proc/filesystems")
        default: break
        }
        return .applied
    }

    private func failing(_ body: () throws -> Effect) throws(ChangeError) -> Effect {
        do {
            return try body()
        } catch {
            throw .failed("the scratch host: \(error)")
        }
    }
}
