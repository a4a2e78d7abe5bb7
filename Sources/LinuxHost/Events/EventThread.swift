internal import CLinux
internal import Synchronization
package import SystemPackage

/// One thread that waits for many descriptors at once, those included that neither NIO nor Dispatch can wait for.
///
/// It sleeps without a time limit: no event, no wakeup. It never reads what it waits for; that is for the one who hears.
///
/// - Source: epoll(7).
package final class EventThread: Sendable {
    /// What a descriptor is waited for.
    package enum Interest: Sendable {
        /// Something can be read, such as a socket's next message.
        case readable
        /// A file of `/proc` has changed since it was last asked, as `/proc/swaps` tells by `POLLPRI`.
        case changed
    }

    /// That a descriptor became ready; never what happened.
    package struct Readiness: Equatable, Sendable {
        /// When the thread woke, by the clock that stands still during sleep.
        package let at: SuspendingClock.Instant
        /// Whether the other end has gone.
        package let isHangUp: Bool
    }

    /// One descriptor being waited for.
    package struct Watch: Hashable, Sendable {
        fileprivate let token: UInt64
    }

    private let loop: Loop
    private let thread: UInt64

    /// Starts the thread; its name in `ps -T` is `name`, up to 15 bytes.
    package init(name: String) throws(Errno) {
        let loop = try Loop()
        self.loop = loop
        // The thread keeps the loop alive, and lets it go at its end.
        let retained = unsafe Unmanaged.passRetained(loop)
        var thread: UInt64 = 0
        let result = unsafe clinux_thread_start(
            name, { unsafe Unmanaged<Loop>.fromOpaque($0).takeRetainedValue().run() }, retained.toOpaque(), &thread)
        guard result == 0 else {
            unsafe retained.release()
            throw Errno(rawValue: -result)
        }
        self.thread = thread
    }

    deinit {
        loop.stop()
        _ = clinux_thread_join(thread)
    }

    /// Waits for `file` from now on.
    ///
    /// Events are edges: the hearer reads until nothing is left, and only then will there be another. Of events that were
    /// not heard yet the newest stays. The descriptor is kept open until the watch ends.
    ///
    /// - Returns: the watch, and its events; they end with the watch.
    /// - Throws: when the kernel cannot wait for such a file, or waits for it already.
    package func watch(
        _ file: SharedDescriptor, for interest: Interest
    ) throws(Errno) -> (watch: Watch, events: AsyncStream<Readiness>) {
        try loop.add(file, interest)
    }

    /// Has `handler` called for each event of a watch from now on, on the thread itself: it must not block.
    ///
    /// The stream of the watch ends. What came before is not handed over: the caller looks once by itself.
    package func hear(_ watch: Watch, with handler: @escaping @Sendable (Readiness) -> Void) {
        loop.hear(watch, with: handler)
    }

    /// Ends a watch; once more is no error.
    package func unwatch(_ watch: Watch) {
        loop.remove(watch)
    }

    /// Ends all watches, and the thread with the last reference to this.
    package func stop() {
        loop.stop()
    }

    /// How often the thread has been woken since it was started.
    package var wakeups: Int { loop.wakeups.load(ordering: .relaxed) }

    /// What the thread and the others share.
    private final class Loop: Sendable {
        private struct Source {
            let file: SharedDescriptor
            let events: AsyncStream<Readiness>.Continuation
            var handler: (@Sendable (Readiness) -> Void)?
        }

        private struct State {
            var sources: [UInt64: Source] = [:]
            var nextToken: UInt64 = 1
            var isStopped = false
        }

        /// The token of the counter that ends the thread.
        private static let stopToken: UInt64 = 0

        private let epoll: Descriptor
        private let counter: Descriptor
        private let state = Mutex(State())
        let wakeups = Atomic<Int>(0)

        init() throws(Errno) {
            let epoll = try Descriptor(taking: clinux_epoll_create())
            let counter = try Descriptor(taking: clinux_eventfd())
            let result = epoll.withNumber { epoll in
                counter.withNumber { clinux_epoll_add(epoll, $0, CLINUX_READABLE, Self.stopToken) }
            }
            _ = try Errno.check(result)
            self.epoll = epoll
            self.counter = counter
        }

        func add(
            _ file: SharedDescriptor, _ interest: Interest
        ) throws(Errno) -> (watch: Watch, events: AsyncStream<Readiness>) {
            let (events, continuation) = AsyncStream.makeStream(
                of: Readiness.self, bufferingPolicy: .bufferingNewest(1))
            let bits =
                switch interest {
                case .readable: CLINUX_READABLE | CLINUX_EDGE
                case .changed: CLINUX_PRIORITY | CLINUX_ERROR | CLINUX_EDGE
                }
            // In the table before the kernel knows it: the first event may come before this returns.
            let token: UInt64? = state.withLock { state in
                guard !state.isStopped else { return nil }
                let token = state.nextToken
                state.nextToken += 1
                state.sources[token] = Source(file: file, events: continuation)
                return token
            }
            guard let token else { throw .canceled }
            let result = epoll.withNumber { epoll in
                file.withNumber { clinux_epoll_add(epoll, $0, bits, token) }
            }
            guard result == 0 else {
                state.withLock { state in _ = state.sources.removeValue(forKey: token) }
                continuation.finish()
                throw Errno(rawValue: -result)
            }
            return (Watch(token: token), events)
        }

        func hear(_ watch: Watch, with handler: @escaping @Sendable (Readiness) -> Void) {
            let source = state.withLock { state in
                state.sources[watch.token]?.handler = handler
                return state.sources[watch.token]
            }
            source?.events.finish()
        }

        func remove(_ watch: Watch) {
            let source = state.withLock { state in
                let source = state.sources.removeValue(forKey: watch.token)
                if let source { forget(source) }
                return source
            }
            source?.events.finish()
        }

        private func forget(_ source: Source) {
            epoll.withNumber { epoll in source.file.withNumber { _ = clinux_epoll_remove(epoll, $0) } }
        }

        func stop() {
            let sources = state.withLock { state in
                defer { state.sources = [:] }
                state.isStopped = true
                for source in state.sources.values { forget(source) }
                return state.sources
            }
            for source in sources.values { source.events.finish() }
            _ = counter.withNumber { clinux_eventfd_raise($0) }
        }

        /// The thread's whole life.
        func run() {
            var tokens = [UInt64](repeating: 0, count: 64)
            var readiness = [UInt32](repeating: 0, count: 64)
            while true {
                let count = epoll.withNumber { unsafe clinux_epoll_wait($0, &tokens, &readiness, 64, -1) }
                // Only a closed or foreign descriptor could make it fail: going on would spin.
                guard count >= 0 else { return stop() }
                let now = SuspendingClock.now
                wakeups.add(1, ordering: .relaxed)
                for index in 0..<Int(count) {
                    guard tokens[index] != Self.stopToken else { return }
                    let source = state.withLock { state in state.sources[tokens[index]] }
                    let hangUp = readiness[index] & CLINUX_HANG_UP != 0
                    let event = Readiness(at: now, isHangUp: hangUp)
                    if let handler = source?.handler { handler(event) } else { source?.events.yield(event) }
                }
            }
        }
    }
}
