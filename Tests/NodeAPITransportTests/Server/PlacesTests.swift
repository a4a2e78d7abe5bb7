internal import Testing

@testable internal import NodeAPITransport

/// Places behind a reference: an expectation cannot change a value.
private final class Table {
    private var places = Places(limits: ServerLimits())
    var taken: Int { places.taken }

    func enter(_ uid: UInt32) -> Bool { places.enter(uid) }
    func leave(_ uid: UInt32) { places.leave(uid) }
    func begin(_ uid: UInt32, waits: Bool = false) -> Bool { places.begin(uid, waits: waits) }
    func end(_ uid: UInt32, waits: Bool = false) { places.end(uid, waits: waits) }
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
        for _ in 1...4 { #expect(places.begin(1000, waits: true)) }
        #expect(!places.begin(1000, waits: true))
        #expect(places.begin(1000))
        places.end(1000)
        places.end(1000, waits: true)
        #expect(places.begin(1000, waits: true))
        places.end(7, waits: true)
        for _ in 1...4 { #expect(places.begin(7, waits: true)) }
        #expect(!places.begin(7, waits: true))
    }

    @Test("for waiting are kept for root, however many users wait")
    func waitersOfRoot() {
        let places = Table()
        var others = 0
        for uid: UInt32 in 1...20 {
            for _ in 1...4 where places.begin(uid, waits: true) { others += 1 }
        }
        #expect(others == 16)
        for _ in 1...8 { #expect(places.begin(0, waits: true)) }
        #expect(!places.begin(0, waits: true))
    }

    @Test("for requests are 64, of which 16 for each user and 8 for root alone, whatever connections they came by")
    func requests() {
        let places = Table()
        var begun: [UInt32: Int] = [:]
        for uid: UInt32 in [1000, 1001, 1002, 1003, 0] {
            for _ in 1...20 where places.begin(uid) { begun[uid, default: 0] += 1 }
        }
        #expect(begun == [1000: 16, 1001: 16, 1002: 16, 1003: 8, 0: 8])
        places.end(1001)
        #expect(places.begin(1003))
    }

    @Test("of a bucket come back with time, up to its size")
    func bucket() {
        let start = ContinuousClock.now
        var bucket = TokenBucket(Rate(burst: 2, perSecond: 50), at: start)
        let moments: [Duration] = [
            .zero, .zero, .zero, .milliseconds(10), .milliseconds(25), .milliseconds(25), .seconds(3600),
            .seconds(3600),
            .seconds(3600),
        ]
        let taken = moments.map { bucket.take(at: start + $0) }
        #expect(taken == [true, true, false, false, true, false, true, true, false])
    }
}
