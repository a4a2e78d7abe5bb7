internal import LinuxHost
internal import NodeEngine
internal import SystemPackage

/// Settles what was replaced, some seconds after: a file that somebody writes all the same is put back, or kept.
struct Aftermath: Sendable {
    let replaced: AsyncStream<ReplacedFile>
    let journal: JournalWriter

    /// How often an error of the disk is met before the file is left where it is.
    private static let tries = 5

    /// Runs until the task is cancelled; what is left then is settled at once.
    func run() async {
        await withDiscardingTaskGroup { group in
            for await file in replaced { group.addTask { await settle(file) } }
        }
    }

    private func settle(_ file: ReplacedFile) async {
        var pause = file.grace
        for number in 1...Self.tries {
            await TimerQueue.shared.sleep(for: pause)
            pause = pause * 2
            do throws(CommitError) {
                return tell(try file.settle(), file.path)
            } catch {
                guard number == Self.tries || Task.isCancelled else { continue }
                return journal.write(.lateWrite(error.description, object: file.path.string, backup: nil))
            }
        }
    }

    private func tell(_ settlement: ReplacedFile.Settlement, _ path: FilePath) {
        switch settlement {
        case .removed: break
        case .putBack:
            journal.write(
                .lateWrite(
                    "another process was still writing \(path) when it was changed; its version is the file again, and "
                        + "the change is made when that process has closed it",
                    object: path.string, backup: nil))
        case .kept(let digest):
            journal.write(
                .lateWrite(
                    "\(path) was written through a file that was open before it was changed, and by another process "
                        + "since; what the former wrote is a backup",
                    object: path.string, backup: digest))
        }
    }
}
