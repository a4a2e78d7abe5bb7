internal import NodeEngine
internal import Testing

@testable internal import NucprepDaemon

@Suite("Snapshot cache")
struct SnapshotCacheTests {
    private func cache() -> SnapshotCache {
        SnapshotCache { Samples.published($0) }
    }

    @Test("gives what is current at once to whoever knows another cursor")
    func atOnce() async {
        let cache = cache()
        cache.publish(Samples.snapshot(3))
        #expect(await cache.next(after: "")?.cursor == "c.3")
        #expect(await cache.next(after: "other.3")?.cursor == "c.3")
    }

    @Test("serves the same bytes as long as the cursor is the same, and plans from the newest snapshot")
    func sameBytes() {
        let cache = SnapshotCache { snapshot in
            let bytes = Array("\(snapshot.observedAtBoottime)".utf8)
            return Samples.published(snapshot, status: bytes)
        }
        cache.publish(Samples.snapshot(1, observedAtBoottime: 1))
        cache.publish(Samples.snapshot(1, observedAtBoottime: 2))
        #expect(cache.latest?.status == Array("1".utf8))
        #expect(cache.latest?.snapshot.observedAtBoottime == 2)
        cache.publish(Samples.snapshot(2, observedAtBoottime: 3))
        #expect(cache.latest?.status == Array("3".utf8))
    }

    @Test("wakes everybody who waits, those who came before the first snapshot too")
    func wakes() async {
        let cache = cache()
        let cursors = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<50 { group.addTask { await cache.next(after: "")?.cursor } }
            // Some wait by now and some do not; none may be missed.
            await Task.yield()
            cache.publish(Samples.snapshot(1))
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(cursors == Array(repeating: "c.1", count: 50))
    }

    @Test("loses no generation to a race between looking and waiting")
    func race() async {
        let cache = cache()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var cursor = ""
                    while cursor != "c.500" { cursor = await cache.next(after: cursor)?.cursor ?? "" }
                }
            }
            group.addTask {
                for generation in 1...500 {
                    cache.publish(Samples.snapshot(generation))
                    await Task.yield()
                }
            }
        }
        #expect(cache.latest?.cursor == "c.500")
    }

    @Test("lets a cancelled waiter go, with what is current")
    func cancelled() async {
        let cache = cache()
        cache.publish(Samples.snapshot(1))
        let ended = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<20 { group.addTask { await cache.next(after: "c.1")?.cursor } }
            await Task.yield()
            group.cancelAll()
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(ended == Array(repeating: "c.1", count: 20))
    }

    @Test("lets a waiter go that is cancelled before the first snapshot")
    func cancelledEarly() async {
        let cache = cache()
        let ended = await within(.milliseconds(1)) { _ = await cache.next(after: "") }
        #expect(!ended)
        #expect(cache.latest == nil)
    }
}
