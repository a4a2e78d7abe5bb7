/// The clocks of a host, as readings in microseconds; a test supplies its own.
package struct EngineClock: Sendable {
    /// Since 1970 in UTC, `CLOCK_REALTIME`: for people and records, never for measuring.
    package var realtime: @Sendable () -> Int
    /// Since the boot, sleep included, `CLOCK_BOOTTIME`: for ages.
    package var boottime: @Sendable () -> Int

    /// The clocks that these read.
    package init(realtime: @escaping @Sendable () -> Int, boottime: @escaping @Sendable () -> Int) {
        self.realtime = realtime
        self.boottime = boottime
    }
}
