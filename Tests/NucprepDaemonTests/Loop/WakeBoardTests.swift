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
        #expect(board.take().pass == .request)
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
        #expect(wish.pass == .request)
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
