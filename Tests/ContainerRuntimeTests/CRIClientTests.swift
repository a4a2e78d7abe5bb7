import Testing

@testable import ContainerRuntime

@Suite("CRI client")
struct CRIClientTests {
    /// Long enough that no test of an answer meets it.
    private static let deadline = Duration.seconds(20)

    /// Asks for the version of a runtime that answers so.
    private func version(_ parts: [FalseRuntime.Part], deadline: Duration = deadline) async throws -> CRIVersion {
        let runtime = try await FalseRuntime { _ in parts }
        let answer = await CRIClient.version(socket: runtime.path, deadline: deadline)
        try await runtime.stop()
        return answer
    }

    private func driver(_ parts: [FalseRuntime.Part]) async throws -> CRIDriver? {
        let runtime = try await FalseRuntime { path in
            path == "/runtime.v1.RuntimeService/RuntimeConfig" ? parts : []
        }
        do {
            let driver = try await CRIClient.cgroupDriver(socket: runtime.path, deadline: Self.deadline)
            try await runtime.stop()
            return driver
        } catch {
            try await runtime.stop()
            throw error
        }
    }

    private static func string(_ number: UInt8, _ text: String) -> [UInt8] {
        [number << 3 | 2, UInt8(text.utf8.count)] + text.utf8
    }

    private static let containerd =
        string(1, "0.1.0") + string(2, "containerd") + string(3, "1.6.20~ds1") + string(4, "v1")

    @Test("a runtime that serves the CRI tells its name and version", .timeLimit(.minutes(1)))
    func serving() async throws {
        let runtime = try await FalseRuntime { path in
            path == "/runtime.v1.RuntimeService/Version" ? FalseRuntime.answer(Self.containerd) : []
        }
        let answer = await CRIClient.version(socket: runtime.path, deadline: Self.deadline)
        #expect(answer == .serving(name: "containerd", version: "1.6.20~ds1"))
        try await runtime.stop()
    }

    @Test("a runtime without the service has no CRI", .timeLimit(.minutes(1)))
    func unimplemented() async throws {
        let words = "unknown service runtime.v1.RuntimeService"
        #expect(try await version([FalseRuntime.head, FalseRuntime.trailers(12, words)]) == .withoutCRI)
        // The whole answer in one block of headers.
        let only: FalseRuntime.Part = .headers(
            [(":status", "200"), ("content-type", "application/grpc"), ("grpc-status", "12")], isLast: true)
        #expect(try await version([only]) == .withoutCRI)
    }

    @Test("another status is a failure in the runtime's own words, made fit to print", .timeLimit(.minutes(1)))
    func refusal() async throws {
        let answer = try await version([FalseRuntime.head, FalseRuntime.trailers(14, "not %C3%BCp yet%0A%1B[31m")])
        #expect(answer == .failed(cause: "not üp yet  [31m"))
        let bare = try await version([FalseRuntime.head, FalseRuntime.trailers(2)])
        #expect(bare == .failed(cause: "it answers with the gRPC status 2"))
    }

    @Test("a path where nothing is, and a socket at which nobody listens, are no socket", .timeLimit(.minutes(1)))
    func noSocket() async throws {
        let none = await CRIClient.version(socket: "/nonexistent/containerd.sock", deadline: Self.deadline)
        #expect(none == .noSocket(cause: "there is no such socket"))
        let long = await CRIClient.version(socket: "/" + String(repeating: "a", count: 200), deadline: Self.deadline)
        guard case .failed = long else {
            Issue.record("\(long)")
            return
        }
    }

    @Test("a runtime that never answers ends with the deadline", .timeLimit(.minutes(1)))
    func silence() async throws {
        let late = CRIVersion.failed(cause: "it has not answered within 0.05 seconds")
        #expect(try await version([], deadline: .milliseconds(50)) == late)
        #expect(try await version([FalseRuntime.head], deadline: .milliseconds(50)) == late)
        let mute = try await FalseRuntime(bytes: [], isClosing: false)
        #expect(await CRIClient.version(socket: mute.path, deadline: .milliseconds(50)) == late)
        try await mute.stop()
    }

    @Test("an answer of more than 1 MiB is not read to its end", .timeLimit(.minutes(1)))
    func flood() async throws {
        let answer = try await version([FalseRuntime.head, .flood(64 << 20), FalseRuntime.trailers()])
        #expect(answer == .failed(cause: "its answer has more than 1048576 bytes"))
    }

    @Test(
        "an answer that breaks the rules is a failure", .timeLimit(.minutes(1)),
        arguments: [
            [FalseRuntime.head, .data([1, 0, 0, 0, 0], isLast: false), FalseRuntime.trailers()],
            [FalseRuntime.head, .data([0, 0, 0, 0, 9, 1], isLast: false), FalseRuntime.trailers()],
            [FalseRuntime.head, .data([0, 255, 255, 255, 255], isLast: false), FalseRuntime.trailers()],
            [FalseRuntime.head, FalseRuntime.framed([0x12, 0x7F, 65]), FalseRuntime.trailers()],
            [FalseRuntime.head, FalseRuntime.framed([0x12, 1, 0xFF]), FalseRuntime.trailers()],
            [FalseRuntime.head, FalseRuntime.framed([]), FalseRuntime.trailers()],
            [FalseRuntime.head, FalseRuntime.trailers()],
            [FalseRuntime.head, .data([0, 0, 0, 0, 0], isLast: true)],
            [.headers([(":status", "404")], isLast: true)],
            [.headers([(":status", "200"), ("content-type", "text/html")], isLast: true)],
            [FalseRuntime.head, .headers([("other", "0")], isLast: true)],
            [FalseRuntime.head, .headers([("grpc-status", "zero")], isLast: true)],
            [.reset], [FalseRuntime.head, .reset], [.close], [FalseRuntime.head, .close],
        ])
    func broken(_ parts: [FalseRuntime.Part]) async throws {
        let answer = try await version(parts)
        guard case .failed(let cause) = answer, !cause.isEmpty else {
            Issue.record("\(answer)")
            return
        }
    }

    @Test(
        "a socket at which something else listens is a failure", .timeLimit(.minutes(1)),
        arguments: [
            Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), [], [0xFF, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0],
            [UInt8](repeating: 0, count: 100_000),
        ])
    func stranger(_ bytes: [UInt8]) async throws {
        let runtime = try await FalseRuntime(bytes: bytes, isClosing: true)
        let answer = await CRIClient.version(socket: runtime.path, deadline: Self.deadline)
        guard case .failed = answer else {
            Issue.record("\(answer)")
            return
        }
        try await runtime.stop()
    }

    @Test("the cgroup driver is what the runtime says, its default systemd", .timeLimit(.minutes(1)))
    func cgroupDriver() async throws {
        #expect(try await driver(FalseRuntime.answer([0x0A, 2, 8, 1])) == .cgroupfs)
        #expect(try await driver(FalseRuntime.answer([0x0A, 2, 8, 0])) == .systemd)
        #expect(try await driver(FalseRuntime.answer([0x0A, 0])) == .systemd)
        #expect(try await driver(FalseRuntime.answer([])) == nil)
        #expect(try await driver([FalseRuntime.head, FalseRuntime.trailers(12)]) == nil)
        await #expect(throws: CRIError.self) { try await driver(FalseRuntime.answer([0x0A, 2, 8, 7])) }
        await #expect(throws: CRIError.failed("no")) {
            try await driver([FalseRuntime.head, FalseRuntime.trailers(13, "no")])
        }
    }

    @Test("images have the names that the runtime lists, each with its tag", .timeLimit(.minutes(1)))
    func images() async throws {
        let images = { (message: [UInt8]) async throws in
            let runtime = try await FalseRuntime { _ in FalseRuntime.answer(message) }
            let names = try await CRIClient.images(socket: runtime.path, deadline: Self.deadline)
            try await runtime.stop()
            return names
        }
        // Two images: an id and two tags; an id, a digest and no tag.
        let first: [UInt8] = [0x0A, 1, 0x69, 0x12, 3] + Array("a:1".utf8) + [0x12, 3] + Array("b:2".utf8)
        let second: [UInt8] = [0x0A, 1, 0x6A, 0x1A, 3] + Array("c@s".utf8)
        let message = [0x0A, UInt8(first.count)] + first + [0x0A, UInt8(second.count)] + second
        #expect(try await images(message) == ["a:1", "b:2"])
        #expect(try await images([]) == [])
        // A name that is no text is passed over; a message that is cut off is no answer.
        #expect(try await images([0x0A, 7, 0x12, 1, 0xFF, 0x12, 2] + Array("ok".utf8)) == ["ok"])
        await #expect(throws: CRIError.self) { try await images([0x0A, 9, 0x12, 1]) }
    }

    @Test("a pod is told from none", .timeLimit(.minutes(1)), arguments: [([], false), ([0x0A, 0], true)])
    func pods(_ message: [UInt8], _ hasPods: Bool) async throws {
        let runtime = try await FalseRuntime { _ in FalseRuntime.answer(message) }
        #expect(try await CRIClient.hasPods(socket: runtime.path, deadline: Self.deadline) == hasPods)
        try await runtime.stop()
    }
}
