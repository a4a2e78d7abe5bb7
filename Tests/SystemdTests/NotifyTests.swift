import Glibc
import SystemPackage
import Testing

@testable import Systemd

/// One after the other: the environment belongs to the whole process.
@Suite("Notify", .serialized)
final class NotifyTests {
    private let socket: ScratchSocket

    init() throws {
        socket = try ScratchSocket.datagrams()
        unsafe setenv("NOTIFY_SOCKET", socket.path, 1)
    }

    deinit { unsafe unsetenv("NOTIFY_SOCKET") }

    @Test("ready carries the status in one message")
    func ready() throws {
        #expect(try Notify.ready(status: "80 met, NO-GO"))
        #expect(try socket.receive() == "READY=1\nSTATUS=80 met, NO-GO")
        #expect(try Notify.ready())
        #expect(try socket.receive() == "READY=1")
    }

    @Test("a line end in a status does not begin an assignment")
    func injection() throws {
        #expect(try Notify.status("one\nMAINPID=1\r\u{7}two\u{7F}"))
        #expect(try socket.receive() == "STATUS=one MAINPID=1  two ")
    }

    @Test("reloading carries the monotonic clock")
    func reloading() throws {
        #expect(try Notify.reloading())
        let lines = try socket.receive().split(separator: "\n")
        #expect(lines.first == "RELOADING=1")
        let stamp = try #require(lines.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(lines.last?.hasPrefix("MONOTONIC_USEC=") == true)
        #expect(stamp > 0)
    }

    @Test("watchdog, stopping and more time have their words")
    func words() throws {
        #expect(try Notify.watchdog())
        #expect(try socket.receive() == "WATCHDOG=1")
        #expect(try Notify.stopping())
        #expect(try socket.receive() == "STOPPING=1")
        #expect(try Notify.extendTimeout(by: .seconds(30)))
        #expect(try socket.receive() == "EXTEND_TIMEOUT_USEC=30000000")
    }

    @Test("a barrier that nobody reads ends with its deadline")
    func barrier() throws {
        #expect(throws: Errno.timedOut) { try Notify.barrier(within: .milliseconds(1)) }
    }

    @Test("without systemd nothing is sent and nobody watches")
    func alone() throws {
        unsafe unsetenv("NOTIFY_SOCKET")
        #expect(try !Notify.ready())
        #expect(try Notify.watchdogInterval() == nil)
        #expect(try Notify.inheritedSockets().isEmpty)
    }

    @Test("a socket that is gone is an error")
    func gone() throws {
        unsafe setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1)
        #expect(throws: Errno.noSuchFileOrDirectory) { try Notify.ready() }
    }

    @Test("the watchdog's interval is in the environment, for this process only")
    func watchdogInterval() throws {
        defer { for name in ["WATCHDOG_USEC", "WATCHDOG_PID"] { unsafe unsetenv(name) } }
        unsafe setenv("WATCHDOG_USEC", "30000000", 1)
        unsafe setenv("WATCHDOG_PID", "\(getpid())", 1)
        #expect(try Notify.watchdogInterval() == .seconds(30))
        unsafe setenv("WATCHDOG_PID", "1", 1)
        #expect(try Notify.watchdogInterval() == nil)
        unsafe setenv("WATCHDOG_PID", "\(getpid())", 1)
        unsafe setenv("WATCHDOG_USEC", "soon", 1)
        #expect(throws: Errno.self) { try Notify.watchdogInterval() }
    }

    @Test("a listening stream socket is told from others, and its path is compared")
    func kinds() throws {
        let listener = try ScratchSocket.listen()
        let datagrams = try ScratchSocket.datagrams()
        #expect(try Notify.isListeningStream(listener.descriptor))
        #expect(try Notify.isListeningStream(listener.descriptor, at: FilePath(listener.path)))
        #expect(try !Notify.isListeningStream(listener.descriptor, at: "/run/nucprep/nucprepd.sock"))
        #expect(try !Notify.isListeningStream(datagrams.descriptor))
    }
}
