internal import Glibc

/// The time of day as the system has it: for stamps that people read, never for measuring.
package enum WallClock {
    /// Microseconds since 1970, UTC.
    ///
    /// - Source: clock_gettime(2), `CLOCK_REALTIME`.
    package static var microseconds: Int {
        var now = timespec()
        // It fails for a clock that does not exist, and this one does.
        _ = unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
    }
}
