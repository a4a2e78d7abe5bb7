internal import NodeState
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("Retry of what is contested")
struct RetryTests {
    private static let now = 1_795_342_500_412_906

    private func history(observedAt: Int, retryAt: Int?) -> History {
        History(
            since: Self.now, observedAt: observedAt, detectedBy: .event, latency: nil, drifts: 5,
            contested: retryAt.map { (Self.now, $0) })
    }

    @Test("is due at the earliest moment that lies after the last look")
    func due() {
        let histories: [RequirementID: History] = [
            "a": history(observedAt: Self.now, retryAt: Self.now + 9), "b": history(observedAt: Self.now, retryAt: nil),
            "c": history(observedAt: Self.now, retryAt: Self.now + 5),
            "d": history(observedAt: Self.now, retryAt: Self.now),
        ]
        #expect(Samples.snapshot(histories: histories).nextTry == Self.now + 5)
        var waiting = Samples.snapshot(histories: histories)
        waiting.retryAt = Self.now + 3
        #expect(waiting.nextTry == Self.now + 3, "what waits or failed is due, too")
        #expect(Samples.snapshot(histories: ["d": history(observedAt: Self.now, retryAt: Self.now - 1)]).nextTry == nil)
        #expect(Samples.snapshot().nextTry == nil)
    }

    @Test("asks for a look once it is due, and not again for the same moment")
    func asks() async {
        let cache = SnapshotCache { SnapshotCache.Published(snapshot: $0, status: [], cursor: "c.\($0.generation)") }
        let board = WakeBoard()
        let clock = StandingClock().engine
        await withTaskGroup { group in
            group.addTask { await Retry(board: board, cache: cache, clock: clock).run() }
            let due = history(observedAt: Self.now - 10, retryAt: Self.now)
            cache.publish(Samples.snapshot(1, histories: ["a": due]))
            var rings = board.bell.makeAsyncIterator()
            #expect(await rings.next() != nil)
            #expect(board.take().pass == .request)
            // The look that it led to was at the moment or after it.
            cache.publish(Samples.snapshot(2, histories: ["a": history(observedAt: Self.now, retryAt: Self.now)]))
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
        let cache = SnapshotCache { SnapshotCache.Published(snapshot: $0, status: [], cursor: "c.\($0.generation)") }
        let board = WakeBoard()
        let clock = StandingClock().engine
        await withTaskGroup { group in
            group.addTask { await Retry(board: board, cache: cache, clock: clock).run() }
            cache.publish(Samples.snapshot(1, hasTransientError: true))
            var rings = board.bell.makeAsyncIterator()
            #expect(await rings.next() != nil)
            #expect(board.take().pass == .request)
            cache.publish(Samples.snapshot(2))
            let again = await within(.milliseconds(50)) { for await _ in board.bell { return } }
            #expect(!again)
            group.cancelAll()
        }
    }
}
