internal import NodeState
internal import Synchronization
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("Retry of what is contested")
struct RetryTests {
    private static let now = 1_795_342_500_412_906

    /// A clock of the machine that stands still; what the wall says is another time with each question.
    private func clock(at boottime: Int) -> EngineClock {
        let realtime = Mutex(Self.now)
        return EngineClock(
            realtime: {
                realtime.withLock { time in
                    time = -time
                    return time
                }
            }, boottime: { boottime })
    }

    @Test("asks for a look once it is due, whatever the wall clock says, and not again for the same moment")
    func asks() async {
        let cache = SnapshotCache { Samples.published($0) }
        let board = WakeBoard()
        let clock = clock(at: 7_000_000)
        await withTaskGroup { group in
            group.addTask { await Retry(board: board, cache: cache, clock: clock).run() }
            cache.publish(Samples.snapshot(1, dueAtBoottime: 7_000_000))
            var rings = board.bell.makeAsyncIterator()
            #expect(await rings.next() != nil)
            #expect(board.take().pass == .retry)
            // The look that it led to was at the moment or after it.
            cache.publish(Samples.snapshot(2))
            let again = await within(.milliseconds(50)) { for await _ in board.bell { return } }
            #expect(!again)
            group.cancelAll()
        }
    }

    @Test("after an error that need not last comes a look soon, then later and later, and none once it is over")
    func transient() {
        var again = Retry.Again()
        var waits: [Int] = []
        for number in 0..<11 {
            again.note(true, now: Self.now + number)
            // A later snapshot does not put it off.
            again.note(true, now: Self.now + number + 500_000)
            waits.append(((again.due ?? 0) - Self.now - number) / 1_000_000)
            again.tried()
            #expect(again.due == nil)
        }
        #expect(waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300])
        again.note(false, now: Self.now)
        #expect(again.due == nil)
        again.note(true, now: Self.now)
        #expect(again.due == Self.now + 1_000_000)
    }

    @Test("an error that need not last has the loop look again, although nothing happens")
    func asksAgain() async {
        let cache = SnapshotCache { Samples.published($0) }
        let board = WakeBoard()
        let clock = clock(at: 7_000_000)
        await withTaskGroup { group in
            group.addTask { await Retry(board: board, cache: cache, clock: clock).run() }
            cache.publish(Samples.snapshot(1, hasTransientError: true))
            var rings = board.bell.makeAsyncIterator()
            #expect(await rings.next() != nil)
            #expect(board.take().pass == .retry)
            cache.publish(Samples.snapshot(2))
            let again = await within(.milliseconds(50)) { for await _ in board.bell { return } }
            #expect(!again)
            group.cancelAll()
        }
    }
}
