internal import NodeEngine
internal import NodeState
internal import Synchronization

/// What the one loop has to do next; whoever wants something writes it here and rings.
final class WakeBoard: Sendable {
    /// What was asked for since the loop last looked.
    struct Wish: Sendable {
        /// Inputs that something happened to.
        var inputs: Set<Input> = []
        /// When the first of their events was ready.
        var eventAt: SuspendingClock.Instant?
        /// Why a full look is wanted; `nil` when none is.
        var pass: Cause?
        /// Rules to take into force first.
        var rules: Convergence.Rules?
        /// Whether pod sandboxes are to be tried in the full look, once and whatever the configuration agrees to.
        var isTrial = false

        /// Nothing.
        init() {}
    }

    private let wish = Mutex(Wish())
    /// Rings once for any number of wishes.
    let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// An empty board.
    init() { (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Something happened to `inputs`.
    func note(_ inputs: Set<Input>, at instant: SuspendingClock.Instant) {
        guard !inputs.isEmpty else { return }
        wish.withLock { wish in
            if inputs.contains(.overflow) { wish.pass = wish.pass ?? .event }
            wish.inputs.formUnion(inputs)
            wish.eventAt = wish.eventAt ?? instant
        }
        ring.yield()
    }

    /// A full look is wanted.
    ///
    /// - Parameters:
    ///   - cause: why.
    ///   - inputs: what an event that wants it is about.
    ///   - instant: when that event was ready.
    func requestPass(_ cause: Cause, about inputs: Set<Input> = [], at instant: SuspendingClock.Instant? = nil) {
        wish.withLock { wish in
            wish.pass = wish.pass ?? cause
            wish.inputs.formUnion(inputs)
            wish.eventAt = wish.eventAt ?? instant
        }
        ring.yield()
    }

    /// A full look is wanted in which pod sandboxes are tried.
    func requestTrial() {
        wish.withLock { wish in
            wish.isTrial = true
            wish.pass = wish.pass ?? .request
        }
        ring.yield()
    }

    /// Other rules are to be in force, and a full look is to be made by them.
    func adopt(_ rules: Convergence.Rules) {
        wish.withLock { wish in
            wish.rules = rules
            wish.pass = wish.pass ?? .reload
        }
        ring.yield()
    }

    /// Takes what was asked for off the board.
    func take() -> Wish {
        wish.withLock { wish in
            defer { wish = Wish() }
            return wish
        }
    }
}
