/// Which signals a connection hears.
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

    /// The connection that has `name` on the bus, as a unique name.
    borrowing func owner(of name: String) throws(BusError) -> String {
        let message = try message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus",
            member: "GetNameOwner")
        try message.append(name)
        return try call(message).readString()
    }

    private borrowing func changeMatch(_ member: String, _ rule: String) throws(BusError) {
        let message = try message(
            to: "org.freedesktop.DBus", path: "/org/freedesktop/DBus", interface: "org.freedesktop.DBus", member: member
        )
        try message.append(rule)
        _ = try call(message)
    }
}
