internal import CSystemd
internal import Glibc
package import SystemPackage

/// What systemd announced; it says where to look, never what is there.
package enum UnitSignal: Hashable, Sendable {
    /// Something happened to this unit: it came, went, a job of it ended, or (swap units) a property changed.
    case unit(String)
    /// Anything may have changed: systemd reloaded, or started anew on the bus.
    case everything
}

/// systemd's announcements, on a connection that carries nothing else.
///
/// Call ``drain()`` once when it is made, since announcements may have been read with the answers by then; after that
/// wait until the descriptor is ready for `events()`, or `timeout()` has passed, and call it again.
///
/// - Source: org.freedesktop.systemd1(5), "Signals"; sd_bus_get_fd(3).
package struct UnitSignals: ~Copyable {
    private let bus: SystemBus

    /// Subscribes over `bus`; from here on nothing is missed.
    package init(_ bus: consuming SystemBus) throws(BusError) {
        for match in Self.matches { try bus.addMatch(match) }
        try bus.subscribe()
        self.bus = bus
    }

    /// The descriptor to wait on; it stays the connection's, and is closed with it.
    package borrowing func descriptor() throws(BusError) -> FileDescriptor { try bus.descriptor() }

    /// What to wait for on the descriptor, as bits of poll(2).
    package borrowing func events() throws(BusError) -> Int16 { try bus.events() }

    /// When to call ``drain()`` although nothing has arrived: microseconds of `CLOCK_MONOTONIC`; `nil` for never.
    package borrowing func timeout() throws(BusError) -> UInt64? { try bus.timeout() }

    /// Reads all that has arrived, without waiting.
    ///
    /// - Throws: once the connection has ended (``BusError/isDisconnection``): announcements may have been lost, and a
    ///   new connection is needed.
    package borrowing func drain() throws(BusError) -> Set<UnitSignal> {
        var signals: Set<UnitSignal> = []
        while try bus.advance({ (message) throws(BusError) in
            if let signal = try Self.signal(of: message) { signals.insert(signal) }
        }) {}
        return signals
    }

    // The interface as first argument keeps the units of every other type away.
    private static let matches =
        ["JobRemoved", "UnitNew", "UnitRemoved", "Reloading"].map { member in
            "type='signal',sender='org.freedesktop.systemd1',path='/org/freedesktop/systemd1',"
                + "interface='org.freedesktop.systemd1.Manager',member='\(member)'"
        } + [
            "type='signal',sender='org.freedesktop.systemd1',path_namespace='/org/freedesktop/systemd1/unit',"
                + "interface='org.freedesktop.DBus.Properties',member='PropertiesChanged',"
                + "arg0='org.freedesktop.systemd1.Swap'",
            "type='signal',sender='org.freedesktop.DBus',path='/org/freedesktop/DBus',"
                + "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='org.freedesktop.systemd1'",
        ]

    private static func signal(of message: borrowing BusMessage) throws(BusError) -> UnitSignal? {
        switch message.member {
        case "UnitNew", "UnitRemoved":
            return .unit(try message.readString())
        case "JobRemoved":
            _ = try message.readUInt32()
            _ = try message.readObjectPath()
            return .unit(try message.readString())
        case "PropertiesChanged":
            return unitName(ofObject: message.path).map(UnitSignal.unit) ?? .everything
        case "Reloading", "NameOwnerChanged":
            return .everything
        default:
            // NameAcquired and the like, which the bus sends unasked.
            return nil
        }
    }

    /// The unit behind an object path such as `/org/freedesktop/systemd1/unit/swap_2eimg_2eswap`.
    static func unitName(ofObject path: String) -> String? {
        var name: UnsafeMutablePointer<CChar>?
        guard unsafe sd_bus_path_decode(path, "/org/freedesktop/systemd1/unit", &name) > 0, let name = unsafe name
        else {
            return nil
        }
        defer { unsafe free(name) }
        return unsafe String(cString: name)
    }
}

extension SystemBus {
    /// Has the bus deliver the signals that `rule` matches.
    borrowing func addMatch(_ rule: String) throws(BusError) { try changeMatch("AddMatch", rule) }

    /// Ends what ``addMatch(_:)`` began.
    borrowing func removeMatch(_ rule: String) throws(BusError) { try changeMatch("RemoveMatch", rule) }

    /// Has systemd send signals; once is enough for a connection, and more does no harm.
    borrowing func subscribe() throws(BusError) {
        let message = try message(
            to: "org.freedesktop.systemd1", path: "/org/freedesktop/systemd1",
            interface: "org.freedesktop.systemd1.Manager", member: "Subscribe")
        do throws(BusError) {
            _ = try call(message)
        } catch  where error.name == "org.freedesktop.systemd1.AlreadySubscribed" {
            return
        }
    }

    private borrowing func changeMatch(_ member: String, _ rule: String) throws(BusError) {
        let message = try message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: member
        )
        try message.append(rule)
        _ = try call(message)
    }
}
