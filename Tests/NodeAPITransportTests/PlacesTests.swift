internal import Testing

@testable internal import NodeAPITransport

/// Places behind a reference: an expectation cannot change a value.
private final class Table {
    private var places = Places(limits: ServerLimits())
    var taken: Int { places.taken }

    func enter(_ uid: UInt32) -> Bool { places.enter(uid) }
    func leave(_ uid: UInt32) { places.leave(uid) }
    func beginWait(_ uid: UInt32) -> Bool { places.beginWait(uid) }
    func endWait(_ uid: UInt32) { places.endWait(uid) }
}

@Suite("Places")
struct PlacesTests {
    @Test("are 64, of which 16 for each user and 8 for root alone")
    func connections() {
        let places = Table()
        var entered: [UInt32: Int] = [:]
        for uid: UInt32 in [1000, 1001, 1002, 1003, 0] {
            for _ in 1...20 where places.enter(uid) { entered[uid, default: 0] += 1 }
        }
        #expect(entered == [1000: 16, 1001: 16, 1002: 16, 1003: 8, 0: 8])
        #expect(places.taken == 64)
        places.leave(1000)
        #expect(!places.enter(1001))
        #expect(places.enter(1003))
        #expect(!places.enter(0))
    }

    @Test("of root do not count against those of the others")
    func rootFirst() {
        let places = Table()
        for _ in 1...16 { #expect(places.enter(0)) }
        #expect(!places.enter(0))
        var others = 0
        for uid: UInt32 in 1...60 where places.enter(uid) { others += 1 }
        #expect(others == 48)
    }

    @Test("for waiting are 24, of which 4 for each user but root")
    func waiters() {
        let places = Table()
        for _ in 1...4 { #expect(places.beginWait(1000)) }
        #expect(!places.beginWait(1000))
        for _ in 1...20 { #expect(places.beginWait(0)) }
        #expect(!places.beginWait(0))
        places.endWait(1000)
        #expect(places.beginWait(0))
        places.endWait(7)
        #expect(!places.beginWait(7))
    }

    @Test("of a bucket come back with time, up to its size")
    func bucket() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(capacity: 2, perSecond: 50, at: start)
        let moments: [Duration] = [
            .zero, .zero, .zero, .milliseconds(10), .milliseconds(25), .milliseconds(25), .seconds(3600),
            .seconds(3600),
            .seconds(3600),
        ]
        let taken = moments.map { bucket.take(at: start + $0) }
        #expect(taken == [true, true, false, false, true, false, true, true, false])
    }
}
