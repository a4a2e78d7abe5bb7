import Glibc
import NodeTesting
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("End of a process")
struct ProcessEndTests {
    @Test("is waited for, and no sooner told", .timeLimit(.minutes(1)))
    func end() async throws {
        let tree = try ScratchTree()
        #expect(unsafe mkfifo(tree.real("/end").string, 0o600) == 0)
        let program = "echo $$; read line <'\(tree.real("/end"))'"
        guard let stream = unsafe popen("exec sh -c \"\(program.replacing("$", with: "\\$"))\"", "r") else {
            throw Errno(rawValue: errno)
        }
        var line = [CChar](repeating: 0, count: 32)
        _ = unsafe fgets(&line, 32, stream)
        let text = String(decoding: line.prefix { $0 > 0x20 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let pid = try #require(Int(text))
        async let ended: Void = ProcessEnd.wait(for: pid)
        // It ends when somebody has written.
        let fifo = try FileDescriptor.open(tree.real("/end"), .writeOnly)
        _ = try fifo.closeAfter { try fifo.writeAll("now\n".utf8) }
        await ended
        // Nobody has reaped it: what has ended is a zombie, and what goes on is none.
        let status = try RootedOpen(root: "/").bytes(at: FilePath("/proc/\(pid)/status"), limit: 1 << 16)
        #expect(String(decoding: status ?? [], as: UTF8.self).contains("State:\tZ"))
        #expect(unsafe pclose(stream) == 0)
        await ProcessEnd.wait(for: pid)
    }
}
