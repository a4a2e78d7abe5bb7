/// The service that keeps the time of the host, asked over one connection of its own.
///
/// Every call blocks; see ``SystemBus``. The bus starts the service when it is asked for.
///
/// - Source: org.freedesktop.timedate1(5).
package struct TimedateBus: ~Copyable {
    private static let service = "org.freedesktop.timedate1"

    private let bus: SystemBus

    /// Asks over `bus`.
    package init(_ bus: consuming SystemBus) {
        self.bus = bus
    }

    /// Whether the kernel's clock is within 16 s of its source, by the error that the kernel itself estimates.
    ///
    /// - Source: systemd `src/timedate/timedated.c` (`property_get_ntp_sync_status`), `src/basic/time-util.c`
    ///   (`ntp_synced`): adjtimex(2), which the daemon's own sandbox does not allow.
    package borrowing func isSynchronised(deadline: Duration = SystemBus.longestCall) throws(BusError) -> Bool {
        let message = try bus.message(
            to: Self.service, path: "/org/freedesktop/timedate1", interface: "org.freedesktop.DBus.Properties",
            member: "Get")
        try message.append(Self.service)
        try message.append("NTPSynchronized")
        return try bus.call(message, deadline: deadline).readVariant(of: "b") { (value) throws(BusError) in
            try value.readBool()
        }
    }
}
