internal import CSystemd
internal import Glibc
package import SystemPackage
internal import TextForms

/// One connection to a D-Bus daemon; closed when it goes out of scope.
///
/// Every call blocks its thread, up to a deadline, so it belongs to an actor with a thread of its own.
///
/// - Source: sd-bus(3).
@safe package struct SystemBus: ~Copyable {
    /// No call waits longer: the time that D-Bus itself gives a call, as sd_bus_set_method_call_timeout(3) has it.
    package static let longestCall: Duration = .seconds(25)

    private let raw: OpaquePointer

    /// Takes over the one reference to `raw`.
    private init(adopting raw: OpaquePointer) {
        unsafe self.raw = raw
    }

    /// Connects to the system's bus and says hello.
    ///
    /// - Throws: when there is no bus, or it has not answered within `deadline`.
    package static func open(deadline: Duration = longestCall) throws(BusError) -> SystemBus {
        let operation = "connect to the system bus"
        var bus: OpaquePointer?
        let result = unsafe sd_bus_open_system(&bus)
        guard result >= 0, let bus = unsafe bus else { throw BusError(operation, errno: Errno(rawValue: -result)) }
        let connection = unsafe SystemBus(adopting: bus)
        try connection.waitUntilReady(operation, deadline)
        return connection
    }

    /// Connects to the bus at `address`, such as `unix:path=/run/dbus/system_bus_socket`, and says hello.
    ///
    /// - Throws: as the other.
    package static func open(at address: String, deadline: Duration = longestCall) throws(BusError) -> SystemBus {
        let operation = "connect to the bus at \(address)"
        var bus: OpaquePointer?
        var result = unsafe sd_bus_new(&bus)
        guard result >= 0, let bus = unsafe bus else { throw BusError(operation, errno: Errno(rawValue: -result)) }
        let connection = unsafe SystemBus(adopting: bus)
        result = unsafe sd_bus_set_address(bus, address)
        if result >= 0 { result = unsafe sd_bus_set_bus_client(bus, 1) }
        if result >= 0 { result = unsafe sd_bus_start(bus) }
        guard result >= 0 else { throw BusError(operation, errno: Errno(rawValue: -result)) }
        try connection.waitUntilReady(operation, deadline)
        return connection
    }

    // Without a flush: that would wait for a peer that does not read.
    deinit { _ = unsafe sd_bus_close_unref(raw) }

    /// A call of `member` to be filled and sent.
    package borrowing func message(
        to destination: String, path: String, interface: String, member: String
    ) throws(BusError) -> BusMessage {
        var message: OpaquePointer?
        let result = unsafe sd_bus_message_new_method_call(raw, &message, destination, path, interface, member)
        guard result >= 0, let message = unsafe message else {
            throw BusError("call \(member)", errno: Errno(rawValue: -result))
        }
        return unsafe BusMessage(adopting: message, operation: "call \(member)")
    }

    /// Sends a call and waits for its answer.
    ///
    /// - Throws: the other side's error, `ETIMEDOUT` after `deadline`, or the connection's error. A call that timed out
    ///   may still have been carried out.
    package borrowing func call(
        _ message: consuming BusMessage, deadline: Duration = longestCall
    ) throws(BusError) -> BusMessage {
        var error = unsafe sd_bus_error()
        defer { unsafe sd_bus_error_free(&error) }
        var reply: OpaquePointer?
        let result = unsafe sd_bus_call(raw, message.raw, deadline.timeout, &error, &reply)
        guard result >= 0, let reply = unsafe reply else {
            throw BusError(
                message.operation, name: unsafe error.name.map { unsafe String(cString: $0) },
                message: unsafe error.message.map { unsafe String(cString: $0) }, errno: Errno(rawValue: -result))
        }
        return unsafe BusMessage(adopting: reply, operation: message.operation)
    }

    /// Takes the next incoming message, or does one step of the connection's own work.
    ///
    /// Never waits.
    ///
    /// - Returns: whether anything was done: once not, all that has arrived is read. What came with it is given to
    ///   `body`.
    /// - Throws: `ENOTCONN` once the connection has ended.
    package borrowing func advance(
        _ body: (borrowing BusMessage) throws(BusError) -> Void
    ) throws(BusError) -> Bool {
        var incoming: OpaquePointer?
        let result = unsafe sd_bus_process(raw, &incoming)
        guard result >= 0 else { throw BusError("read from the bus", errno: Errno(rawValue: -result)) }
        guard let incoming = unsafe incoming else { return result > 0 }
        let message = unsafe BusMessage(adopting: incoming, operation: "read from the bus")
        // The library's own last message: nothing comes after it.
        guard !message.isSignal("org.freedesktop.DBus.Local", "Disconnected") else {
            throw BusError("read from the bus", errno: .socketNotConnected)
        }
        try body(message)
        return true
    }

    /// Waits until there may be something to read, `limit` at most.
    package borrowing func wait(_ limit: Duration) throws(BusError) {
        let result = unsafe sd_bus_wait(raw, limit.timeout)
        guard result >= 0 || result == -EINTR else {
            throw BusError("wait for the bus", errno: Errno(rawValue: -result))
        }
    }

    /// A copy of the connection's descriptor, to wait on; the caller closes it.
    package borrowing func copyDescriptor() throws(BusError) -> FileDescriptor {
        let result = unsafe sd_bus_get_fd(raw)
        guard result >= 0 else { throw BusError("wait for the bus", errno: Errno(rawValue: -result)) }
        let copy = fcntl(result, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { throw BusError("wait for the bus", errno: Errno(rawValue: errno)) }
        return FileDescriptor(rawValue: copy)
    }

    /// The connection's own name on the bus, such as `:1.7`.
    borrowing func uniqueName() throws(BusError) -> String {
        var name: UnsafePointer<CChar>?
        let result = unsafe sd_bus_get_unique_name(raw, &name)
        guard result >= 0, let name = unsafe name else {
            throw BusError("ask for the connection's name", errno: Errno(rawValue: -result))
        }
        return unsafe String(cString: name)
    }

    /// What to wait for on the descriptor, as bits of poll(2); they change with each step.
    package borrowing func events() throws(BusError) -> Int16 {
        let result = unsafe sd_bus_get_events(raw)
        guard result >= 0 else { throw BusError("wait for the bus", errno: Errno(rawValue: -result)) }
        return Int16(truncatingIfNeeded: result)
    }

    /// When to go on although nothing has arrived: microseconds of `CLOCK_MONOTONIC`, 0 for at once, `nil` for never.
    package borrowing func timeout() throws(BusError) -> UInt64? {
        var microseconds: UInt64 = 0
        let result = unsafe sd_bus_get_timeout(raw, &microseconds)
        guard result >= 0 else { throw BusError("wait for the bus", errno: Errno(rawValue: -result)) }
        return microseconds == .max ? nil : microseconds
    }

    // A call would wait for the handshake by the library's own, longer limits.
    private borrowing func waitUntilReady(_ operation: String, _ deadline: Duration) throws(BusError) {
        let end = ContinuousClock.now + deadline
        while true {
            let ready = unsafe sd_bus_is_ready(raw)
            if ready > 0 { return }
            guard ready == 0 else { throw BusError(operation, errno: Errno(rawValue: -ready)) }
            let result = unsafe sd_bus_process(raw, nil)
            guard result >= 0 else { throw BusError(operation, errno: Errno(rawValue: -result)) }
            guard result == 0 else { continue }
            let left = end - ContinuousClock.now
            guard left > .zero else { throw BusError(operation, errno: .timedOut) }
            try wait(left)
        }
    }
}

extension Duration {
    /// Whole microseconds, at least one: the C library takes 0 for its own default.
    var timeout: UInt64 { UInt64(max(1, microseconds)) }
}
