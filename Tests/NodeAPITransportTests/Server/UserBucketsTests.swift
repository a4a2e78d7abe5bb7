internal import Testing

@testable internal import NodeAPITransport

@Suite("Buckets of users")
struct UserBucketsTests {
    private let start = ContinuousClock.now

    private func taken(_ buckets: inout UserBuckets, _ uid: UInt32, _ count: Int, after: Duration = .zero) -> Int {
        var taken = 0
        for _ in 0..<count where buckets.take(uid, at: start + after) { taken += 1 }
        return taken
    }

    @Test("limit each user alone, and root not at all")
    func each() {
        var buckets = UserBuckets(Rate(burst: 5, perSecond: 1))
        let first = taken(&buckets, 1000, 100)
        let second = taken(&buckets, 1001, 100)
        let root = taken(&buckets, 0, 1000)
        let later = taken(&buckets, 1000, 100, after: .seconds(3))
        #expect([first, second, root, later] == [5, 5, 1000, 3])
    }

    @Test("keep a bounded number of users, who share one bucket beyond it")
    func many() {
        var buckets = UserBuckets(Rate(burst: 2, perSecond: 0.001))
        var taken = 0
        for uid: UInt32 in 1...65536 where buckets.take(uid, at: start) { taken += 1 }
        #expect(buckets.count == 256)
        #expect(taken == 258)
        // Who had a bucket of his own keeps it.
        #expect(self.taken(&buckets, 1, 9) == 1)
    }

    @Test("forget a user whose bucket is full again")
    func forgets() {
        var buckets = UserBuckets(Rate(burst: 2, perSecond: 1))
        for uid: UInt32 in 1...256 { _ = buckets.take(uid, at: start) }
        #expect(taken(&buckets, 1000, 9, after: .seconds(60)) == 2)
        #expect(buckets.count == 1)
    }
}
