internal import Glibc

/// Tries whether something takes connections at an address; nothing is sent.
package enum TCPProbe {
    /// What became of the try.
    package enum Outcome: Equatable, Sendable {
        case open
        case refused
        /// Nothing came back in time.
        case timeout
        /// No way leads there, or the host is no address and has none; the cause in the words of the system.
        case unreachable(String)
    }

    /// Connects to `port` of `host`, a name or an address, and hangs up; waits `milliseconds` at the most for each address.
    ///
    /// It blocks: names are looked up as the system does it.
    /// - Source: getaddrinfo(3), connect(2) for EINPROGRESS, poll(2).
    package static func connect(to host: String, port: Int, milliseconds: Int32 = 5000) -> Outcome {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = unsafe getaddrinfo(host, "\(port)", &hints, &list)
        guard code == 0 else { return .unreachable(unsafe String(cString: gai_strerror(code))) }
        defer { unsafe freeaddrinfo(list) }
        var last = Outcome.unreachable("it has no address")
        var next = unsafe list
        while let entry = unsafe next {
            last = unsafe connect(to: entry.pointee, milliseconds)
            if last == .open { return last }
            unsafe next = entry.pointee.ai_next
        }
        return last
    }

    private static func connect(to address: addrinfo, _ milliseconds: Int32) -> Outcome {
        let file = unsafe socket(address.ai_family, address.ai_socktype | O_NONBLOCK | O_CLOEXEC, 0)
        guard file >= 0 else { return .unreachable(words(errno)) }
        defer { close(file) }
        if unsafe Glibc.connect(file, address.ai_addr, address.ai_addrlen) == 0 { return .open }
        guard errno == EINPROGRESS else { return outcome(errno) }
        var waiting = pollfd(fd: file, events: Int16(POLLOUT), revents: 0)
        var ready: Int32
        repeat { ready = unsafe poll(&waiting, 1, milliseconds) } while ready < 0 && errno == EINTR
        guard ready > 0 else { return ready == 0 ? .timeout : .unreachable(words(errno)) }
        var error: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        guard unsafe getsockopt(file, SOL_SOCKET, SO_ERROR, &error, &size) == 0 else {
            return .unreachable(words(errno))
        }
        return error == 0 ? .open : outcome(error)
    }

    private static func outcome(_ error: Int32) -> Outcome {
        switch error {
        case ECONNREFUSED: .refused
        case ETIMEDOUT: .timeout
        default: .unreachable(words(error))
        }
    }

    private static func words(_ error: Int32) -> String { unsafe String(cString: strerror(error)) }
}
