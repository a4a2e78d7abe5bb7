internal import Glibc
internal import NIOCore
internal import NodeAPI
internal import SystemPackage

/// The copying of one bridge.
struct BridgeCopy {
    private static let pieceBytes = 16 * 1024
    /// A pipe that is ready takes this much without blocking; its description may be shared, so it cannot be made to refuse.
    ///
    /// - Source: pipe(7), PIPE_BUF.
    private static let atomicBytes = 4096

    private let daemon: SystemPackage.FileDescriptor
    private let input: SystemPackage.FileDescriptor
    private let output: SystemPackage.FileDescriptor
    private var filter: ReadOnlyFilter?

    private var toDaemon: [UInt8] = []
    private var toClient: [UInt8]
    private var inputIsOpen = true
    private var daemonReads = true
    private var daemonSpeaks = true
    private var refusal: ProblemBody?

    /// A copy that begins with the banner; `filter` judges what the client says.
    init(
        daemon: SystemPackage.FileDescriptor, input: SystemPackage.FileDescriptor,
        output: SystemPackage.FileDescriptor, filter: ReadOnlyFilter?
    ) {
        self.daemon = daemon
        self.input = input
        self.output = output
        self.filter = filter
        toClient = Array(Banner.own.utf8)
    }

    /// Copies until the daemon has ended or nobody reads.
    mutating func run() -> StdioBridge.End {
        do throws(Errno) {
            while daemonSpeaks || !toClient.isEmpty { try turn() }
        } catch {
            // Nobody reads: there is nobody to tell. A daemon that resets the connection has ended it, too.
        }
        return refusal == nil ? .done : .notAllowed
    }

    /// Waits for one thing to be possible, and does it.
    private mutating func turn() throws(Errno) {
        // Each direction holds one piece at a time. A descriptor that is -1 is passed over.
        let mayRead = inputIsOpen && toDaemon.isEmpty
        var daemonEvents: Int32 = 0
        if daemonSpeaks, toClient.isEmpty { daemonEvents |= POLLIN }
        if !toDaemon.isEmpty { daemonEvents |= POLLOUT }
        var events = [
            pollfd(fd: mayRead ? input.rawValue : -1, events: Int16(POLLIN), revents: 0),
            pollfd(fd: daemonEvents == 0 ? -1 : daemon.rawValue, events: Int16(daemonEvents), revents: 0),
            pollfd(fd: output.rawValue, events: toClient.isEmpty ? 0 : Int16(POLLOUT), revents: 0),
        ]
        guard unsafe poll(&events, nfds_t(events.count), -1) >= 0 else {
            if errno == EINTR { return }
            throw Errno(rawValue: errno)
        }
        if events[2].has(POLLERR | POLLHUP | POLLNVAL) { throw .brokenPipe }
        if events[2].has(POLLOUT) { try writeToClient() }
        if events[1].has(POLLOUT | POLLERR | POLLHUP), !toDaemon.isEmpty { writeToDaemon() }
        if events[1].has(POLLIN | POLLERR | POLLHUP), toClient.isEmpty { try readFromDaemon() }
        if events[0].revents != 0 { readFromClient() }
        if !inputIsOpen, toDaemon.isEmpty, daemonReads {
            daemonReads = false
            _ = shutdown(daemon.rawValue, Int32(SHUT_WR))
        }
    }

    private mutating func readFromClient() {
        var piece: [UInt8] = []
        do throws(Errno) {
            piece = try Self.read(input)
        } catch .resourceTemporarilyUnavailable {
            // Another reader of the same description was faster.
            return
        } catch {
            // A client that cannot be read any more has ended its side.
        }
        inputIsOpen = !piece.isEmpty
        do throws(ProblemBody) {
            if filter == nil { toDaemon += piece } else { try filter?.consume(piece, passed: &toDaemon) }
        } catch {
            // The daemon answers what has passed, ends, and then comes the refusal: in the order of asking.
            refusal = error
            inputIsOpen = false
        }
    }

    private mutating func writeToDaemon() {
        let count = unsafe send(daemon.rawValue, toDaemon, toDaemon.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        if count >= 0 {
            toDaemon.removeFirst(count)
        } else if errno != EAGAIN && errno != EINTR {
            // It has ended its side of reading; what it said may still be on its way.
            toDaemon.removeAll()
            inputIsOpen = false
            daemonReads = false
        }
    }

    private mutating func readFromDaemon() throws(Errno) {
        var piece: [UInt8] = []
        do throws(Errno) {
            piece = try Self.read(daemon)
        } catch .connectionReset {
            // It has closed with a request unread: its end all the same.
        }
        toClient = piece
        guard piece.isEmpty else { return }
        daemonSpeaks = false
        if let refusal {
            let answer = refusal.response().bytes(to: "GET", isLast: true)
            toClient = Array(answer.readableBytesView)
        }
    }

    private mutating func writeToClient() throws(Errno) {
        let count = min(toClient.count, Self.atomicBytes)
        let written = unsafe Glibc.write(output.rawValue, toClient, count)
        if written >= 0 {
            toClient.removeFirst(written)
        } else if errno != EAGAIN && errno != EINTR {
            throw Errno(rawValue: errno)
        }
    }

    private static func read(_ descriptor: SystemPackage.FileDescriptor) throws(Errno) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = unsafe Glibc.read(descriptor.rawValue, &piece, piece.count)
            if count >= 0 { return Array(piece.prefix(count)) }
            if errno != EINTR { throw Errno(rawValue: errno) }
        }
    }
}

extension pollfd {
    fileprivate func has(_ mask: Int32) -> Bool { Int32(revents) & mask != 0 }
}
