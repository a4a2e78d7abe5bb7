import Glibc
import SystemPackage

/// A bus daemon of a test's own, on a Unix socket; it ends with this value.
final class PrivateBus {
    static let program = "/usr/bin/dbus-daemon"
    static var isInstalled: Bool { unsafe access(program, X_OK) == 0 }

    let address: String
    private let socket: String
    /// Of our own, so that no service of this machine is started.
    private let configuration: FilePath
    /// Its process; nil once it has ended, since the number may be another's then.
    private var pid: pid_t?

    /// Starts the daemon and waits until it listens, which it says on a pipe.
    init() throws {
        socket = "/tmp/nucprep-bus-\(UInt64.random(in: 0 ... .max))"
        address = "unix:path=\(socket)"
        configuration = FilePath("\(socket).conf")
        let text =
            "<busconfig><listen>\(address)</listen><auth>EXTERNAL</auth><policy context='default'><allow own='*'/>"
            + "<allow send_destination='*' eavesdrop='true'/><allow eavesdrop='true'/></policy></busconfig>"
        let file = try FileDescriptor.open(
            configuration, .writeOnly, options: [.create, .exclusiveCreate], permissions: [.ownerReadWrite])
        try file.closeAfter { _ = try file.writeAll(text.utf8) }
        let pipe = try FileDescriptor.pipe()
        defer { try? pipe.readEnd.close() }
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { _ = unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_adddup2(&actions, pipe.writeEnd.rawValue, 1)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        let arguments = [
            "dbus-daemon", "--config-file=\(configuration)", "--nofork", "--nopidfile", "--print-address=1",
        ]
        var list = unsafe arguments.map { unsafe strdup($0) } + [nil]
        defer { unsafe list.forEach { unsafe free($0) } }
        var child: pid_t = 0
        let result = unsafe posix_spawn(&child, Self.program, &actions, nil, &list, environ)
        try pipe.writeEnd.close()
        guard result == 0 else { throw Errno(rawValue: result) }
        pid = child
        // The first line, or the daemon's end.
        var byte: [UInt8] = [0]
        while byte[0] != UInt8(ascii: "\n") {
            let count = try unsafe byte.withUnsafeMutableBytes { try unsafe pipe.readEnd.read(into: $0) }
            guard count > 0 else { throw Errno.connectionRefused }
        }
    }

    /// Ends the daemon, and waits for its end.
    func stop() {
        guard let pid else { return }
        kill(pid, SIGKILL)
        _ = waitpid(pid, nil, 0)
        self.pid = nil
    }

    deinit {
        stop()
        _ = unsafe unlink(socket)
        _ = unsafe unlink(configuration.string)
    }
}
