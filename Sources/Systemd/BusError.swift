package import SystemPackage

/// Why a call over D-Bus got no good answer.
///
/// Either the other side answered with an error (`name` is there), or the connection did not carry the call (`name` is
/// `nil`): then `errno` is the whole cause.
package struct BusError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What was tried, beginning with a verb.
    package let operation: String

    /// The D-Bus name of the error, such as `org.freedesktop.systemd1.NoSuchUnit`.
    package let name: String?

    /// What the other side said of it.
    package let message: String?

    package let errno: Errno

    /// An error of `operation`, which reads on after "cannot".
    package init(_ operation: String, name: String? = nil, message: String? = nil, errno: Errno) {
        self.operation = operation
        self.name = name
        self.message = message
        self.errno = errno
    }

    /// Whether systemd does not know the unit.
    package var isNoSuchUnit: Bool { name == "org.freedesktop.systemd1.NoSuchUnit" }

    /// Whether nobody is there to be asked: the service is not installed, or cannot be started.
    package var isNoSuchService: Bool {
        let names = [
            "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
            "org.freedesktop.systemd1.NoSuchUnit", "org.freedesktop.systemd1.UnitMasked",
        ]
        return name.map(names.contains) ?? false
    }

    /// Whether the connection is of no more use and a new one has to be opened.
    package var isDisconnection: Bool {
        // The library names its own errors, too.
        (name == nil || name?.hasPrefix("System.Error.") == true)
            && [.socketNotConnected, .connectionReset, .brokenPipe, .socketShutdown].contains(errno)
    }

    package var description: String {
        guard let cause = message ?? name else { return "cannot \(operation): \(errno)" }
        return "cannot \(operation): \(cause)"
    }
}
