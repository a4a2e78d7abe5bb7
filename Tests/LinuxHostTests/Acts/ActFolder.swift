import NodeState
import NodeTesting
import SystemPackage

@testable import LinuxHost

/// A tree to act on, with the folders of the daemon's own beside it.
struct ActFolder {
    let tree: ScratchTree
    let state: ScratchTree
    let run: ScratchTree

    init() throws {
        tree = try ScratchTree()
        state = try ScratchTree()
        run = try ScratchTree()
    }

    var files: RootedOpen { get throws { try RootedOpen(root: tree.path) } }

    var acts: FileActs {
        get throws {
            let (_, feed) = AsyncStream.makeStream(of: ReplacedFile.self)
            return FileActs(
                root: try files, owner: nil, backups: BackupStore(folder: state.path.appending("backup")),
                aside: AsideFolder(at: state.path.appending("aside")), replaced: feed)
        }
    }

    func unitRun(_ units: FalseOrders) -> UnitRun { UnitRun(units: units, folder: StateFolder(run.path)) }

    static func edit(_ path: FilePath, _ before: String?, _ after: String) -> FileEdit {
        FileEdit(path: path, before: before.map { Array($0.utf8) }, after: Array(after.utf8))
    }
}
