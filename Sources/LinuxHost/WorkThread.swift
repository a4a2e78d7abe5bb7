internal import CLinux
internal import Synchronization
package import SystemPackage

/// One thread on which a task and the actors that it waits for run in turn, so that neither waits for another thread.
///
/// A queue of Dispatch has its work done by threads that come and go: from an event to a repair each change of the thread
/// costs more than the system calls in between. Whoever runs here may block: nobody else is held up by it. The thread lasts
/// as long as the process, asleep while there is nothing to do.
package final class WorkThread: Sendable {
    /// For the task: `addTask(executorPreference:)`; what it calls runs here too, but for actors with another executor.
    package let tasks: Tasks
    /// For the actors.
    package let actors: Actors

    /// Starts the thread; its name in `ps -T` is `name`, up to 15 bytes.
    package init(name: String) throws(Errno) {
        let loop = try Loop()
        tasks = Tasks(loop)
        actors = Actors(loop)
        // The thread keeps the loop alive.
        let retained = unsafe Unmanaged.passRetained(loop)
        var thread: UInt64 = 0
        let result = unsafe clinux_thread_start(
            name, { unsafe Unmanaged<Loop>.fromOpaque($0).takeRetainedValue().run() }, retained.toOpaque(), &thread)
        guard result == 0 else {
            unsafe retained.release()
            throw Errno(rawValue: -result)
        }
    }

    /// The executor of tasks on the thread.
    package final class Tasks: TaskExecutor {
        private let loop: Loop
        fileprivate init(_ loop: Loop) { self.loop = loop }

        /// Runs `job` after all that came before it.
        package func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            loop.add { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    /// The executor of actors on the thread.
    package final class Actors: SerialExecutor {
        private let loop: Loop
        fileprivate init(_ loop: Loop) { self.loop = loop }

        /// Runs `job` after all that came before it.
        package func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            loop.add { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
        }
    }

    /// What is to be done, and the thread that does it.
    fileprivate final class Loop: Sendable {
        private struct State {
            var work: [@Sendable () -> Void] = []
            /// Whether the thread has found nothing to do, and must be woken.
            var isAsleep = false
        }

        private let state = Mutex(State())
        private let epoll: Descriptor
        private let bell: Descriptor

        init() throws(Errno) {
            let epoll = try Descriptor(taking: clinux_epoll_create())
            let bell = try Descriptor(taking: clinux_eventfd())
            // An edge: each ring is heard once, and the counter need not be read.
            let result = epoll.withNumber { epoll in
                bell.withNumber { clinux_epoll_add(epoll, $0, CLINUX_READABLE | CLINUX_EDGE, 0) }
            }
            _ = try Errno.check(result)
            self.epoll = epoll
            self.bell = bell
        }

        func add(_ work: @escaping @Sendable () -> Void) {
            let mustRing = state.withLock { state in
                state.work.append(work)
                defer { state.isAsleep = false }
                return state.isAsleep
            }
            if mustRing { bell.withNumber { _ = clinux_eventfd_raise($0) } }
        }

        /// The thread's whole life.
        func run() {
            var token: [UInt64] = [0]
            var readiness: [UInt32] = [0]
            while true {
                let work = state.withLock { state in
                    defer { state.work = [] }
                    state.isAsleep = state.work.isEmpty
                    return state.work
                }
                for job in work { job() }
                // A ring that came since is an edge that the wait finds.
                if work.isEmpty { epoll.withNumber { _ = unsafe clinux_epoll_wait($0, &token, &readiness, 1, -1) } }
            }
        }
    }
}
