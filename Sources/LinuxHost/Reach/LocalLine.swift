internal import Glibc
internal import SystemPackage

/// One line to a Unix socket, and one back.
enum LocalLine {
    /// Sends `line` and reads up to the end of the other's line, or of the connection.
    ///
    /// Blocks up to `duration`.
    ///
    /// - Throws: `ETIMEDOUT`, `EMSGSIZE` when the answer has more than `limit` bytes, or the socket's own error.
    static func exchange(
        _ line: String, at path: FilePath, limit: Int, within duration: Duration
    ) throws(Errno) -> [UInt8] {
        let end = ContinuousClock.now + duration
        let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let number = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | flags, 0)
        let socket = try Descriptor(taking: number >= 0 ? number : -errno)
        try connect(socket, to: path)
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            try wait(for: socket, Int16(POLLOUT), until: end)
            let part = Array(rest)
            let sent = socket.withNumber { unsafe send($0, part, part.count, Int32(MSG_NOSIGNAL)) }
            guard sent > 0 || errno == EAGAIN else { throw Errno(rawValue: errno) }
            rest = rest.dropFirst(max(0, sent))
        }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while !answer.contains(UInt8(ascii: "\n")) {
            try wait(for: socket, Int16(POLLIN), until: end)
            let count = socket.withNumber { unsafe recv($0, &chunk, chunk.count, 0) }
            if count == 0 { break }
            guard count > 0 || errno == EAGAIN else { throw Errno(rawValue: errno) }
            answer += chunk[..<max(0, count)]
            guard answer.count <= limit else { throw .messageTooLong }
        }
        return Array(answer.prefix { $0 != UInt8(ascii: "\n") })
    }

    private static func connect(_ socket: borrowing Descriptor, to path: FilePath) throws(Errno) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.string.utf8)
        let room = MemoryLayout.size(ofValue: address.sun_path)
        guard bytes.count < room else { throw .fileNameTooLong }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let result = socket.withNumber { number in
            unsafe withUnsafeBytes(of: &address) { space in
                unsafe space.withMemoryRebound(to: sockaddr.self) { pointer in
                    unsafe Glibc.connect(number, pointer.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
        }
        // EAGAIN: the other's queue is full, and it will not be told when there is room.
        guard result == 0 else { throw Errno(rawValue: errno) }
    }

    private static func wait(
        for socket: borrowing Descriptor, _ events: Int16, until end: ContinuousClock.Instant
    ) throws(Errno) {
        while true {
            let left = end - .now
            guard left > .zero else { throw .timedOut }
            let milliseconds = Int32((left / .milliseconds(1)).rounded(.up))
            let count = socket.withNumber { number in
                var entry = pollfd(fd: number, events: events, revents: 0)
                return unsafe poll(&entry, 1, milliseconds)
            }
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw Errno(rawValue: errno) }
        }
    }
}
