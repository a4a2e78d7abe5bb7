internal import NodeState
internal import Synchronization
internal import SystemPackage
internal import Systemd

/// systemd's news of the units among the inputs, over a connection that is made anew when it ends.
final class UnitNews: Sendable {
    private let units: [String]
    private let thread: EventThread
    private let open: @Sendable () throws(BusError) -> SystemBus
    private let signals = Mutex<UnitSignals?>(nil)
    private let source = Mutex<Source?>(nil)

    private struct Source: Sendable {
        let watch: EventThread.Watch
        let events: AsyncStream<EventThread.Readiness>
    }

    /// News of the units among `inputs`; `nil` when there are none.
    init?(
        inputs: Set<Input>, thread: EventThread,
        open: @escaping @Sendable () throws(BusError) -> SystemBus = { () throws(BusError) in
            try SystemBus.open(deadline: .seconds(5))
        }
    ) {
        units = inputs.compactMap { if case .unit(let name) = $0 { name } else { nil } }.sorted()
        guard !units.isEmpty else { return nil }
        self.thread = thread
        self.open = open
    }

    /// Connects, and has systemd tell from now on.
    ///
    /// - Throws: why not, in words.
    func arm() throws(BusError) {
        let (open, units) = (open, units)
        let file = try signals.withLock { (state) throws(BusError) in
            let new = try UnitSignals(try open(), units: units)
            // A copy: the connection may end before the watch does.
            let file = SharedDescriptor(Descriptor(try new.copyDescriptor()))
            state = consume new
            return file
        }
        do throws(Errno) {
            let (watch, events) = try thread.watch(file, for: .readable)
            source.withLock { $0 = Source(watch: watch, events: events) }
        } catch {
            signals.withLock { $0 = nil }
            throw BusError("wait for the bus", errno: error)
        }
    }

    /// Tells `hear` of news until the task is cancelled.
    func run(_ hear: HostEvents.Hearer) async {
        var pause = Duration.seconds(1)
        while !Task.isCancelled {
            if let source = source.withLock({ $0 }) {
                pause = .seconds(1)
                await listen(to: source, hear)
                disarm(source)
            }
            guard (try? await Task.sleep(for: pause, tolerance: .seconds(1))) != nil else { return }
            pause = min(pause * 2, .seconds(300))
            // Whatever happened meanwhile was not told.
            if (try? arm()) != nil { hear([.overflow], .now) }
        }
    }

    /// Hears until the connection ends, or the task is cancelled.
    private func listen(to source: Source, _ hear: HostEvents.Hearer) async {
        // What came with the first answers makes no event.
        guard let first = drain() else { return }
        if !first.isEmpty { hear(first, .now) }
        for await event in source.events {
            guard let heard = drain() else { return }
            if !heard.isEmpty { hear(heard, event.at) }
        }
    }

    private func disarm(_ source: Source) {
        thread.unwatch(source.watch)
        self.source.withLock { $0 = nil }
        signals.withLock { $0 = nil }
    }

    /// What has come; `nil` when the connection has ended.
    private func drain() -> Set<Input>? {
        let news: UnitSignals.News? = signals.withLock { state in try? state?.drain() }
        guard let news else { return nil }
        return Set((news.isAboutAll ? units : Array(news.units)).map { .unit($0) })
    }
}
