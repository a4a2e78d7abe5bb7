internal import LinuxHost
internal import NodeEngine
internal import SystemPackage

/// Removes what was replaced, two seconds after: a writer that still held the old file open lands there, and what it
/// wrote is kept.
struct Aftermath: Sendable {
    let displaced: AsyncStream<Displaced>
    let journal: JournalWriter

    private static let grace = Duration.seconds(2)

    /// Runs until the task is cancelled; what is left then is settled at once.
    func run() async {
        for await left in displaced {
            await TimerQueue.shared.sleep(for: Self.grace)
            settle(left)
        }
    }

    private func settle(_ left: Displaced) {
        do throws(CommitError) {
            guard let digest = try left.settle() else { return }
            journal.write(
                .lateWrite(
                    "\(left.path) was written through a file that was open before it was changed",
                    object: left.path.string, backup: digest))
        } catch {
            journal.write(.lateWrite(error.description, object: left.path.string, backup: nil))
        }
    }
}
