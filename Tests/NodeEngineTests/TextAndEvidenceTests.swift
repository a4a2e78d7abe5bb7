import NodeEngine
import NodeState
import NodeTesting
import SystemPackage
import Testing

@Suite("Evidence")
struct EvidenceTraceTests {
    private func digest(_ files: [FilePath: FakeHost.File], _ paths: [FilePath] = ["/etc/a", "/proc/swaps"])
        async throws -> String
    {
        let trace = EvidenceTrace(FakeHost(files))
        for path in paths { _ = try await trace.bytes(at: path) }
        return trace.digest
    }

    @Test("what the disk says decides, and what a boot deals anew does not")
    func content() async throws {
        let one = try await digest(["/etc/a": .text("1"), "/proc/swaps": .text("1")])
        #expect(try await digest(["/etc/a": .text("1"), "/proc/swaps": .text("2")]) == one)
        #expect(try await digest(["/etc/a": .text("2"), "/proc/swaps": .text("1")]) != one)
        #expect(try await digest(["/etc/a": .absent, "/proc/swaps": .text("1")]) != one)
        #expect(
            try await digest(["/etc/a": .text(""), "/proc/swaps": .text("1")])
                != (try await digest(["/etc/a": .absent, "/proc/swaps": .text("1")])))
    }

    @Test("the kernel's command line counts")
    func commandLine() async throws {
        let one = try await digest(["/proc/cmdline": .text("quiet")], ["/proc/cmdline"])
        #expect(try await digest(["/proc/cmdline": .text("quiet fstab=no")], ["/proc/cmdline"]) != one)
    }

    @Test("names and kinds count")
    func namesAndKinds() async throws {
        var digests: Set<String> = []
        for file in [FakeHost.File.folder(["a"]), .folder(["a", "b"]), .folder([]), .absent] {
            let trace = EvidenceTrace(FakeHost(["/etc": file]))
            _ = try await trace.names(in: "/etc")
            digests.insert(trace.digest)
        }
        #expect(digests.count == 3, "an absent folder has no names, as an empty one")
        for file in [FakeHost.File.text(""), .link("/a"), .link("/b"), .absent] {
            let trace = EvidenceTrace(FakeHost(["/etc": file]))
            _ = try await trace.kind(of: "/etc")
            digests.insert(trace.digest)
        }
        #expect(digests.count == 7)
    }

    @Test("the order of the questions does not count, and one that fails leaves nothing")
    func order() async throws {
        let files: [FilePath: FakeHost.File] = ["/a": .text("1"), "/b": .text("2"), "/c": .unreadable("no")]
        let one = try await digest(files, ["/a", "/b"])
        #expect(try await digest(files, ["/b", "/a", "/b"]) == one)
        let trace = EvidenceTrace(FakeHost(files))
        await #expect(throws: ObservationError.self) { _ = try await trace.bytes(at: "/c") }
        #expect(trace.digest == EvidenceTrace(FakeHost()).digest)
    }
}
