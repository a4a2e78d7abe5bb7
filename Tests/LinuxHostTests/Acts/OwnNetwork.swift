import Glibc
import SystemPackage

/// A network of a test's own: while `body` runs, this thread and what it starts have links and a packet filter that
/// nobody else sees, and that end with it.
enum OwnNetwork {
    private typealias Unshare = @convention(c) (Int32) -> Int32
    private typealias Enter = @convention(c) (Int32, Int32) -> Int32
    /// - Source: unshare(2), `CLONE_NEWNET`.
    private static let network: Int32 = 0x4000_0000

    /// Runs `body`, which must not wait for anything that another thread does.
    static func run<Value>(_ body: () throws -> Value) throws -> Value {
        guard let unshare = unsafe dlsym(nil, "unshare"), let enter = unsafe dlsym(nil, "setns") else {
            throw Errno.noFunction
        }
        let before = try FileDescriptor.open(FilePath("/proc/thread-self/ns/net"), .readOnly)
        defer { try? before.close() }
        guard unsafe unsafeBitCast(unshare, to: Unshare.self)(network) == 0 else { throw Errno(rawValue: errno) }
        defer {
            if unsafe unsafeBitCast(enter, to: Enter.self)(before.rawValue, network) != 0 { abort() }
        }
        return try body()
    }

    /// Runs a command of the shell there, and answers what it printed and its exit status.
    static func shell(_ script: String) throws -> (text: String, status: Int32) {
        let (reading, writing) = try FileDescriptor.pipe()
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        for number: Int32 in [1, 2] { unsafe posix_spawn_file_actions_adddup2(&actions, writing.rawValue, number) }
        unsafe posix_spawn_file_actions_addclose(&actions, reading.rawValue)
        let texts = ["sh", "-c", script]
        var words: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
        defer { unsafe words.forEach { unsafe free($0) } }
        var pid: pid_t = 0
        let result = unsafe posix_spawnp(&pid, "sh", &actions, nil, &words, environ)
        try writing.close()
        defer { try? reading.close() }
        guard result == 0 else { throw Errno(rawValue: result) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = try unsafe buffer.withUnsafeMutableBytes({ try unsafe reading.read(into: $0) }),
            count > 0
        {
            bytes += buffer[..<count]
        }
        var status: Int32 = 0
        guard unsafe waitpid(pid, &status, 0) == pid else { throw Errno(rawValue: errno) }
        return (String(decoding: bytes, as: UTF8.self), status)
    }

    /// Whether a script ends well in a network of its own, here.
    static func allows(_ script: String) -> Bool {
        (try? run { try shell(script).status }) == 0
    }
}
