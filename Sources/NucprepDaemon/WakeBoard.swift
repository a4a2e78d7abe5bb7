package import NodeEngine
package import NodeState
internal import Synchronization

/// What the one loop has to do next; whoever wants something writes it here and rings.
package final class WakeBoard: Sendable {
    /// What was asked for since the loop last looked.
    package struct Wish: Sendable {
        /// Inputs that something happened to.
        package var inputs: Set<Input> = []
        /// When the first of their events was ready.
        package var eventAt: SuspendingClock.Instant?
        /// Why a full look is wanted; `nil` when none is.
        package var pass: Cause?
        /// Rules to take into force first.
        package var rules: Convergence.Rules?

        /// Nothing.
        package init() {}
    }

    private let wish = Mutex(Wish())
    /// Rings once for any number of wishes.
    package let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    /// An empty board.
    package init() { (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Something happened to `inputs`.
    package func note(_ inputs: Set<Input>, at instant: SuspendingClock.Instant) {
        guard !inputs.isEmpty else { return }
        wish.withLock { wish in
            if inputs.contains(.overflow) {
                wish.pass = wish.pass ?? .request
            } else {
                wish.inputs.formUnion(inputs)
                wish.eventAt = wish.eventAt ?? instant
            }
        }
        ring.yield()
    }

    /// A full look is wanted.
    package func requestPass(_ cause: Cause) {
        wish.withLock { $0.pass = $0.pass ?? cause }
        ring.yield()
    }

    /// Other rules are to be in force, and a full look is to be made by them.
    package func adopt(_ rules: Convergence.Rules) {
        wish.withLock { wish in
            wish.rules = rules
            wish.pass = wish.pass ?? .request
        }
        ring.yield()
    }

    /// Takes what was asked for off the board.
    package func take() -> Wish {
        wish.withLock { wish in
            defer { wish = Wish() }
            return wish
        }
    }
}
