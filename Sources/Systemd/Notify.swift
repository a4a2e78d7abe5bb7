internal import CSystemd
internal import Glibc
package import SystemPackage
internal import TextForms

/// A socket that systemd opened and handed to this program.
package struct InheritedSocket: Equatable, Sendable {
    /// The unit's `FileDescriptorName=`.
    package let name: String
    package let descriptor: FileDescriptor
}

/// What a service and systemd tell each other besides signals.
///
/// Without `NOTIFY_SOCKET` in the environment the sending calls do nothing and answer `false`. None of them waits, but
/// ``barrier(within:)``.
///
/// - Source: sd_notify(3), sd_listen_fds_with_names(3), sd_watchdog_enabled(3).
package enum Notify {
    /// Tells systemd that the service is up, or up again after ``reloading()``.
    @discardableResult
    package static func ready(status: String? = nil) throws(Errno) -> Bool {
        try send(["READY=1"] + statusLines(status))
    }

    /// Sets the line that `systemctl status` shows; control characters become blanks.
    @discardableResult
    package static func status(_ text: String) throws(Errno) -> Bool { try send(statusLines(text)) }

    /// Tells systemd that the configuration is being read again; ``ready(status:)`` ends it.
    @discardableResult
    package static func reloading() throws(Errno) -> Bool {
        try send(["RELOADING=1", "MONOTONIC_USEC=\(monotonicMicroseconds())"])
    }

    /// Tells systemd that the service is about to end.
    @discardableResult
    package static func stopping() throws(Errno) -> Bool { try send(["STOPPING=1"]) }

    /// Tells systemd's watchdog that all is well.
    @discardableResult
    package static func watchdog() throws(Errno) -> Bool { try send(["WATCHDOG=1"]) }

    /// Asks for more time to start, stop or reload, counted from now.
    @discardableResult
    package static func extendTimeout(by duration: Duration) throws(Errno) -> Bool {
        try send(["EXTEND_TIMEOUT_USEC=\(duration.timeout)"])
    }

    /// Waits until systemd has read all that was sent before.
    ///
    /// - Throws: `ETIMEDOUT` when it has not within `duration`.
    /// - Returns: `false` when there is no one to wait for.
    @discardableResult
    package static func barrier(within duration: Duration) throws(Errno) -> Bool {
        let result = sd_notify_barrier(0, duration.timeout)
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result > 0
    }

    /// How often at least ``watchdog()`` has to be called; `nil` when systemd does not watch this process.
    package static func watchdogInterval() throws(Errno) -> Duration? {
        var microseconds: UInt64 = 0
        let result = unsafe sd_watchdog_enabled(0, &microseconds)
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result > 0 ? .microseconds(Int64(clamping: microseconds)) : nil
    }

    /// The sockets this process was started with, in the unit's order; empty when there are none.
    ///
    /// To be called once, before there are threads: it takes the variables out of the environment, so that no child
    /// believes them its own.
    package static func inheritedSockets() throws(Errno) -> [InheritedSocket] {
        var names: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?
        let count = unsafe sd_listen_fds_with_names(1, &names)
        guard count >= 0 else { throw Errno(rawValue: -count) }
        guard let names = unsafe names else { return [] }
        var sockets: [InheritedSocket] = []
        for index in 0..<Int(count) {
            guard let name = unsafe names[index] else { break }
            // SD_LISTEN_FDS_START, a macro with a cast: descriptors begin after the standard three.
            let descriptor = FileDescriptor(rawValue: 3 + Int32(index))
            sockets.append(InheritedSocket(name: unsafe String(cString: name), descriptor: descriptor))
            unsafe free(name)
        }
        unsafe free(names)
        return sockets
    }

    /// Whether a descriptor is a Unix stream socket that listens, at `path` if that is given.
    package static func isListeningStream(
        _ descriptor: FileDescriptor, at path: FilePath? = nil
    ) throws(Errno) -> Bool {
        let stream = Int32(SOCK_STREAM.rawValue)
        let result =
            if let path {
                unsafe sd_is_socket_unix(descriptor.rawValue, stream, 1, path.string, 0)
            } else {
                sd_is_socket_unix(descriptor.rawValue, stream, 1, nil, 0)
            }
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result > 0
    }

    // A line end in a status would begin an assignment of its own.
    private static func statusLines(_ text: String?) -> [String] {
        guard let text else { return [] }
        return ["STATUS=\(StrangeText.line(text))"]
    }

    private static func send(_ assignments: [String]) throws(Errno) -> Bool {
        let result = unsafe sd_notify(0, assignments.joined(separator: "\n"))
        guard result >= 0 else { throw Errno(rawValue: -result) }
        return result > 0
    }

    private static func monotonicMicroseconds() -> UInt64 {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        return UInt64(now.tv_sec) * 1_000_000 + UInt64(now.tv_nsec) / 1000
    }
}
