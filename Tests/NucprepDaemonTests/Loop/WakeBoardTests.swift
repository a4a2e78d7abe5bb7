internal import NodeState
internal import SystemPackage
internal import Testing

@testable internal import NodeEngine
@testable internal import NucprepDaemon

@Suite("Wake board")
struct WakeBoardTests {
    @Test("gathers events, and keeps the time of the first")
    func events() {
        let board = WakeBoard()
        let first = SuspendingClock.now
        board.note([.swaps], at: first)
        board.note([.path("/etc/fstab")], at: first + .seconds(1))
        let wish = board.take()
        #expect(wish.inputs == [.swaps, .path("/etc/fstab")])
        #expect(wish.eventAt == first)
        #expect(wish.pass == nil)
        #expect(board.take().inputs.isEmpty)
    }

    @Test("asks for everything when events were lost")
    func overflow() {
        let board = WakeBoard()
        board.note([.overflow, .swaps], at: .now)
        let wish = board.take()
        #expect(wish.pass == .event)
        #expect(wish.inputs.contains(.overflow) && wish.eventAt != nil, "what the event was about, and when")
    }

    @Test("keeps what an event was about that wants a full look, and when it was ready")
    func wholeEvents() {
        let board = WakeBoard()
        let first = SuspendingClock.now
        board.requestPass(.event, about: [.path("/etc/nucprep")], at: first)
        board.requestPass(.backstop)
        let wish = board.take()
        #expect(wish.pass == .event)
        #expect(wish.inputs == [.path("/etc/nucprep")])
        #expect(wish.eventAt == first)
    }

    @Test("keeps the first reason of a full look")
    func reasons() {
        let board = WakeBoard()
        board.requestPass(.backstop)
        board.requestPass(.request)
        #expect(board.take().pass == .backstop)
        #expect(board.take().pass == nil)
    }

    @Test("makes new rules a reason for a full look")
    func rules() {
        let board = WakeBoard()
        board.adopt(Rules.of(DaemonState().value))
        let wish = board.take()
        #expect(wish.rules != nil)
        #expect(wish.pass == .reload)
    }

    @Test("rings once for many wishes, and not for none")
    func bell() async {
        let board = WakeBoard()
        board.note([], at: .now)
        for _ in 0..<10 { board.requestPass(.request) }
        var rings = board.bell.makeAsyncIterator()
        #expect(await rings.next() != nil)
        #expect(board.take().pass == .request)
        let again = await within(.milliseconds(20)) { for await _ in board.bell { return } }
        #expect(!again)
    }
}
