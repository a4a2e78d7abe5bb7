import NodeEngine
import NodeState
import Testing

@Suite("Flap breaker")
struct FlapBreakerTests {
    private let second = 1_000_000

    @Test("four repairs in a minute are free, the fifth is contested")
    func fifth() {
        let breaker = Breaker()
        for instant in 0..<4 {
            #expect(!breaker.note(step(), now: instant * 10 * second))
            #expect(breaker.retryAt(step(), now: instant * 10 * second) == nil)
        }
        #expect(breaker.note(step(), now: 40 * second))
        #expect(breaker.contested == ["alpha"])
        #expect(breaker.retryAt(step(), now: 40 * second) == 41 * second)
        #expect(breaker.retryAt(step(), now: 41 * second) == nil)
    }

    @Test("repairs further apart are never contested")
    func slow() {
        let breaker = Breaker()
        for instant in 0..<50 { #expect(!breaker.note(step(), now: instant * 15 * second)) }
        #expect(breaker.contested == [])
    }

    @Test("each further repair waits twice as long, up to five minutes")
    func delays() throws {
        let breaker = Breaker()
        var now = 0
        for _ in 0..<5 { _ = breaker.note(step(), now: now) }
        var delays: [Int] = []
        for _ in 0..<12 {
            let next = try #require(breaker.retryAt(step(), now: now))
            delays.append((next - now) / second)
            now = next
            #expect(!breaker.note(step(), now: now), "it is told once")
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300])
    }

    @Test("ten minutes without a repair end it, and not a moment earlier")
    func calm() {
        let breaker = Breaker()
        for _ in 0..<5 { _ = breaker.note(step(), now: 0) }
        #expect(breaker.calm(now: 600 * second - 1) == [])
        #expect(breaker.contested == ["alpha"])
        #expect(breaker.calm(now: 600 * second) == ["alpha"])
        #expect(breaker.contested == [])
        #expect(breaker.state(of: "alpha") == nil)
        #expect(!breaker.note(step(), now: 601 * second))
    }

    @Test("objects and requirements are counted apart")
    func keys() {
        let breaker = Breaker()
        for instant in 0..<4 {
            _ = breaker.note(step("alpha", .loadModule("overlay")), now: instant)
            _ = breaker.note(step("alpha", .loadModule("br_netfilter")), now: instant)
            _ = breaker.note(step("beta", .loadModule("overlay")), now: instant)
        }
        #expect(breaker.contested == [])
        #expect(breaker.note(step("beta", .loadModule("overlay")), now: 5))
        #expect(breaker.contested == ["beta"])
        #expect(breaker.retryAt(step("alpha", .loadModule("overlay")), now: 5) == nil)
    }

    @Test("an instant that goes backwards does not end in a crash")
    func backwards() {
        let breaker = Breaker()
        for _ in 0..<6 { _ = breaker.note(step(), now: 100 * second) }
        #expect(breaker.retryAt(step(), now: 0) != nil)
        #expect(breaker.calm(now: 0) == [])
    }
}

/// A breaker that can be asked within an expectation.
private final class Breaker {
    private var value = FlapBreaker()
    var contested: Set<RequirementID> { value.contested }
    func note(_ step: Plan.Step, now: Int) -> Bool { value.note(step, now: now) }
    func calm(now: Int) -> Set<RequirementID> { value.calm(now: now) }
    func retryAt(_ step: Plan.Step, now: Int) -> Int? { value.retryAt(step, now: now) }
    func state(of id: RequirementID) -> (since: Int, retryAt: Int)? { value.state(of: id) }
}
