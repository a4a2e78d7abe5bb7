internal import Glibc
package import NodeEngine

/// The clocks of the running machine.
package enum HostClock {
    /// Both clocks of the engine.
    ///
    /// - Source: clock_gettime(2).
    package static let engine = EngineClock(
        realtime: { read(CLOCK_REALTIME) }, boottime: { read(CLOCK_BOOTTIME) })

    private static func read(_ clock: clockid_t) -> Int {
        var time = timespec()
        guard unsafe clock_gettime(clock, &time) == 0 else { return 0 }
        return time.tv_sec * 1_000_000 + time.tv_nsec / 1000
    }
}
