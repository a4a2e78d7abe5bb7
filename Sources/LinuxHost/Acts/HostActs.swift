package import NodeEngine
package import SystemPackage

/// What acts on a machine, and what its acts leave to be settled.
package struct HostActs: Sendable {
    package let control: any HostControl
    /// The files that were replaced; each is to be settled when its time is over.
    package let replaced: AsyncStream<ReplacedFile>

    private let acts: FileActs
    private let memory: StateFolder

    /// The acts on the machine beneath `root`; beneath another root than `/`, files alone are changed.
    ///
    /// - Parameters:
    ///   - root: where the host's files begin.
    ///   - state: where backups of what is replaced are kept, outside of the root's view.
    ///   - thread: where the acts block; one of their own unless it is given.
    /// - Throws: when the root is no directory.
    package init(
        root: FilePath, state: FilePath, thread: any SerialExecutor = DedicatedThread(label: "nucprep.control")
    ) throws {
        let (replaced, feed) = AsyncStream.makeStream(of: ReplacedFile.self)
        let files = try RootedOpen(root: root)
        let isLive = root == "/"
        let acts = FileActs(
            root: files, owner: isLive ? .root : nil, backups: BackupStore(folder: state.appending("backup")),
            aside: AsideFolder(at: state.appending("aside")), replaced: feed)
        control =
            isLive
            ? LinuxControl(files: files, acts: acts, memory: StateFolder(state), thread: thread)
            : RootedControl(acts: acts)
        self.replaced = replaced
        memory = StateFolder(state)
        self.acts = acts
    }

    /// Removes what a crash of an earlier run left; to be called once, before the first change.
    ///
    /// - Returns: the files that were there; each has a backup.
    package func sweep() async -> [StrayFile] {
        await (control as? LinuxControl)?.settle()
        memory.sweep()
        return acts.sweep()
    }
}
