internal import Dispatch

/// A serial executor on a queue of its own, for an actor whose calls block: the bus, the loading of a module, a commit.
///
/// The actor keeps it in a constant and answers with it: `nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe
/// thread.asUnownedSerialExecutor() }`.
package final class DedicatedThread: SerialExecutor {
    private let queue: DispatchQueue

    /// Makes the queue; its thread is there while there is work.
    package init(label: String) {
        queue = DispatchQueue(label: label)
    }

    /// Runs `job` after all that came before it.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
