import Glibc
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Event thread")
struct EventThreadTests {
    private struct Pipe: ~Copyable {
        let reader: SharedDescriptor
        let writer: Descriptor

        init() throws {
            let pipe = try FileDescriptor.pipe()
            reader = SharedDescriptor(Descriptor(pipe.readEnd))
            writer = Descriptor(pipe.writeEnd)
        }

        func send() throws { try writer.write([1]) }

        func receive() throws { _ = try reader.with { (file) throws(Errno) in try file.read(upTo: 1) } }
    }

    @Test("each event of a descriptor is heard, and a swap table nobody changes never wakes the thread")
    func wakeups() async throws {
        let thread = try EventThread(name: "nucprep.test")
        let swaps = SharedDescriptor(Descriptor(try FileDescriptor.open(FilePath("/proc/swaps"), .readOnly)))
        let pipe = try Pipe()
        _ = try thread.watch(swaps, for: .changed)
        let (_, events) = try thread.watch(pipe.reader, for: .readable)
        var iterator = events.makeAsyncIterator()
        for _ in 0..<100 {
            try pipe.send()
            let event = try #require(await iterator.next())
            #expect(!event.isHangUp)
            try pipe.receive()
        }
        #expect(thread.wakeups == 100)
    }

    @Test("of events that nobody hears one is kept")
    func coalescing() async throws {
        let thread = try EventThread(name: "nucprep.test")
        let pipe = try Pipe()
        let marker = try Pipe()
        let (watch, events) = try thread.watch(pipe.reader, for: .readable)
        let (_, markers) = try thread.watch(marker.reader, for: .readable)
        for _ in 0..<50 { try pipe.send() }
        // Events of one thread come in order: once the marker is heard, all of the others have been told.
        try marker.send()
        var marks = markers.makeAsyncIterator()
        _ = try #require(await marks.next())
        thread.unwatch(watch)
        var count = 0
        for await _ in events { count += 1 }
        #expect(count == 1)
    }

    @Test("later events carry later times")
    func times() async throws {
        let thread = try EventThread(name: "nucprep.test")
        let pipe = try Pipe()
        let (_, events) = try thread.watch(pipe.reader, for: .readable)
        var iterator = events.makeAsyncIterator()
        let before = SuspendingClock.now
        try pipe.send()
        let first = try #require(await iterator.next())
        try pipe.send()
        let second = try #require(await iterator.next())
        #expect(before <= first.at)
        #expect(first.at <= second.at)
    }

    @Test("the end of the other side is told")
    func hangUp() async throws {
        let thread = try EventThread(name: "nucprep.test")
        let pipe = try FileDescriptor.pipe()
        let reader = SharedDescriptor(Descriptor(pipe.readEnd))
        let (_, events) = try thread.watch(reader, for: .readable)
        try pipe.writeEnd.close()
        var iterator = events.makeAsyncIterator()
        #expect(await iterator.next()?.isHangUp == true)
    }

    @Test("an ended watch hears nothing more, and its descriptor can be watched anew")
    func unwatch() async throws {
        let thread = try EventThread(name: "nucprep.test")
        let pipe = try Pipe()
        let (watch, events) = try thread.watch(pipe.reader, for: .readable)
        thread.unwatch(watch)
        thread.unwatch(watch)
        try pipe.send()
        for await _ in events { Issue.record("an ended watch was told something") }
        let (_, again) = try thread.watch(pipe.reader, for: .readable)
        var iterator = again.makeAsyncIterator()
        #expect(await iterator.next() != nil)
    }

    @Test("a descriptor is watched once, and one that has no events not at all")
    func refused() throws {
        let thread = try EventThread(name: "nucprep.test")
        let pipe = try Pipe()
        _ = try thread.watch(pipe.reader, for: .readable)
        #expect(throws: Errno.fileExists) { try thread.watch(pipe.reader, for: .readable) }
        let file = SharedDescriptor(Descriptor(try FileDescriptor.open(FilePath("/etc/passwd"), .readOnly)))
        #expect(throws: Errno.notPermitted) { try thread.watch(file, for: .readable) }
    }

    @Test("stopping ends every watch, and none begins after it")
    func stop() async throws {
        let thread = try EventThread(name: "nucprep.test")
        let pipe = try Pipe()
        let (_, events) = try thread.watch(pipe.reader, for: .readable)
        thread.stop()
        thread.stop()
        for await _ in events {}
        #expect(throws: Errno.canceled) { try thread.watch(pipe.reader, for: .readable) }
    }

    @Test("the thread ends with the last reference", .timeLimit(.minutes(1)))
    func release() throws {
        let name = "nucprep.\(UInt16.random(in: 0 ... .max))"
        do {
            let thread = try EventThread(name: name)
            #expect(try threads().contains(name))
            #expect(thread.wakeups == 0)
        }
        // A thread that was joined stays in /proc until the kernel has taken it apart.
        while try threads().contains(name), !Task.isCancelled { sched_yield() }
    }

    private func threads() throws -> [String] {
        let root = try RootedOpen(root: "/")
        return try root.names(in: "/proc/self/task").compactMap { number in
            try root.bytes(at: FilePath("/proc/self/task/\(number)/comm"), limit: 64).map {
                String(decoding: $0.dropLast(), as: UTF8.self)
            }
        }
    }
}
