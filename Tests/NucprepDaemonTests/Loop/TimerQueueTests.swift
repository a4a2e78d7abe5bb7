internal import Testing

@testable internal import NucprepDaemon

@Suite("Timer queue")
struct TimerQueueTests {
    /// Longer than any test lasts.
    private static let long = Duration.seconds(3600)

    @Test("keeps nothing of a sleep that was cancelled")
    func cancelled() async {
        let timers = TimerQueue()
        for _ in 1...100 {
            let hasPassed = await withTaskGroup(of: Bool.self) { group in
                group.addTask { await timers.sleep(for: Self.long) }
                while timers.count == 0 { await Task.yield() }
                group.cancelAll()
                return await group.next() ?? true
            }
            #expect(!hasPassed)
            #expect(timers.count == 0)
        }
    }

    @Test("ends at once a sleep of a task that is cancelled already")
    func cancelledBefore() async {
        let timers = TimerQueue()
        let hasPassed = await withTaskGroup(of: Bool.self) { group in
            group.cancelAll()
            group.addTask { await timers.sleep(for: Self.long) }
            return await group.next() ?? true
        }
        #expect(!hasPassed)
        #expect(timers.count == 0)
    }

    @Test("wakes each at its time, the earliest first, whatever the order in which they came")
    func order() async {
        let timers = TimerQueue()
        let woken = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                _ = await timers.sleep(for: Self.long); return 0
            }
            for milliseconds in [300, 5, 150] {
                group.addTask {
                    #expect(await timers.sleep(for: .milliseconds(milliseconds)))
                    return milliseconds
                }
            }
            var woken: [Int] = []
            while woken.count < 3, let next = await group.next() { woken.append(next) }
            group.cancelAll()
            return woken
        }
        #expect(woken == [5, 150, 300])
        #expect(timers.count == 0)
    }

    @Test("wakes an earlier sleep that comes after the timer was set to one that is gone")
    func goneBefore() async {
        let timers = TimerQueue()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await timers.sleep(for: .milliseconds(50)) }
            while timers.count == 0 { await Task.yield() }
            group.cancelAll()
        }
        // The timer still fires for the one that is gone, and must then be set to this one.
        #expect(await timers.sleep(for: .milliseconds(100)))
    }

    @Test("has what was waited for within a time leave nothing behind, however it ends")
    func deadlines() async {
        let timers = TimerQueue()
        #expect(await within(Self.long, timers: timers) {})
        #expect(timers.count == 0)
        let isDone = await within(.milliseconds(1), timers: timers) { await timers.sleep(for: Self.long) }
        #expect(!isDone)
        #expect(timers.count == 0)
    }
}
