/// The service that keeps the names of the host, asked and ordered over one connection of its own.
///
/// Every call blocks; see ``SystemBus``. The bus starts the service when it is asked for.
///
/// - Source: org.freedesktop.hostname1(5).
package struct HostnameBus: ~Copyable {
    private static let service = "org.freedesktop.hostname1"
    private static let path = "/org/freedesktop/hostname1"

    private let bus: SystemBus

    /// Asks over `bus`.
    package init(_ bus: consuming SystemBus) {
        self.bus = bus
    }

    /// The name in `/etc/hostname`; empty when there is none.
    package borrowing func staticName() throws(BusError) -> String { try property("StaticHostname") }

    /// The name that the kernel has, or would have.
    package borrowing func name() throws(BusError) -> String { try property("Hostname") }

    /// Writes `/etc/hostname` and gives the kernel that name.
    ///
    /// Nobody is asked for a password. That the kernel has the name is for the caller to look at: where a transient name
    /// was set by other means, the service leaves it to them.
    package borrowing func setStaticName(
        _ name: String, deadline: Duration = SystemBus.longestCall
    ) throws(BusError) {
        let message = try bus.message(
            to: Self.service, path: Self.path, interface: Self.service, member: "SetStaticHostname")
        try message.append(name)
        try message.append(false)
        _ = try bus.call(message, deadline: deadline)
    }

    private borrowing func property(_ name: String) throws(BusError) -> String {
        let message = try bus.message(
            to: Self.service, path: Self.path, interface: "org.freedesktop.DBus.Properties", member: "Get")
        try message.append(Self.service)
        try message.append(name)
        return try bus.call(message).readVariant(of: "s") { (value) throws(BusError) in try value.readString() }
    }
}
