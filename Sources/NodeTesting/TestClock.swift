package import NodeEngine
internal import Synchronization

/// Clocks in the test's hand, in microseconds; they stand still until they are moved.
package final class TestClock: Sendable {
    private let now: Mutex<(realtime: Int, boottime: Int)>

    /// The clocks at 2026-07-29 12:00 UTC, one minute after the boot.
    package init(realtime: Int = 1_785_326_400_000_000, boottime: Int = 60_000_000) {
        now = Mutex((realtime, boottime))
    }

    /// Moves both clocks on.
    package func advance(seconds: Int) {
        now.withLock { now in
            now.realtime += seconds * 1_000_000
            now.boottime += seconds * 1_000_000
        }
    }

    /// The clocks as the engine reads them.
    package var engine: EngineClock {
        EngineClock(realtime: { self.now.withLock(\.realtime) }, boottime: { self.now.withLock(\.boottime) })
    }
}

/// Keeps the record of the boots in memory.
package final class MemoryRecord: BootRecordKeeping, Sendable {
    private let kept: Mutex<(record: BootRecord, saves: Int)>

    /// The memory of a machine that kept `record`.
    package init(_ record: BootRecord = BootRecord()) { kept = Mutex((record, 0)) }

    /// The record as it is kept now.
    package var record: BootRecord { kept.withLock(\.record) }

    /// How often something was kept.
    package var saves: Int { kept.withLock(\.saves) }

    package func load() async -> BootRecord { record }

    package func save(_ record: BootRecord) async { kept.withLock { $0 = (record, $0.saves + 1) } }
}

/// Keeps what it is told, in order.
package final class Recorder<Value: Sendable>: Sendable {
    private let kept = Mutex<[Value]>([])

    /// A recorder that has heard nothing.
    package init() {}

    /// Keeps a value.
    package func note(_ value: Value) { kept.withLock { $0.append(value) } }

    /// What was kept so far.
    package var values: [Value] { kept.withLock { $0 } }
}
