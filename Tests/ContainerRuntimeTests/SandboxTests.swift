import Testing

@testable import ContainerRuntime

@Suite("CRI sandboxes")
struct SandboxTests {
    private static let deadline = Duration.seconds(20)

    private static func string(_ number: UInt8, _ text: String) -> [UInt8] {
        [number << 3 | 2, UInt8(text.utf8.count)] + text.utf8
    }

    private static func message(_ number: UInt8, _ bytes: [UInt8]) -> [UInt8] {
        [number << 3 | 2, UInt8(bytes.count)] + bytes
    }

    private func asking<Value: Sendable>(
        _ method: String, _ parts: [FalseRuntime.Part], _ body: (String) async throws -> Value
    ) async throws -> Value {
        let runtime = try await FalseRuntime { $0.hasSuffix("/" + method) ? parts : [] }
        do {
            let value = try await body(runtime.path)
            try await runtime.stop()
            return value
        } catch {
            try await runtime.stop()
            throw error
        }
    }

    private static let configuration = CRISandboxConfiguration(
        name: "n", namespace: "s", uid: "u", labels: ["k": "v"], cgroupParent: "/kubepods.slice", isOnHostNetwork: true)

    @Test("a message is written as protobuf has it")
    func writing() throws {
        #expect(
            Self.configuration.message.bytes
                == Self.message(1, Self.string(1, "n") + Self.string(2, "u") + Self.string(3, "s"))
                + Self.message(6, Self.string(1, "k") + Self.string(2, "v"))
                + Self.message(8, Self.string(1, "/kubepods.slice") + Self.message(2, Self.message(1, [0x08, 2]))))
        var own = Self.configuration
        own.isOnHostNetwork = false
        let bytes = own.message.bytes
        #expect(bytes.suffix(4) == [0x12, 2, 0x0A, 0], "the network of a pod is the default, 0")
        var long = WireMessage()
        long.add(1, String(repeating: "a", count: 300))
        long.add(2, 0)
        #expect(long.bytes.prefix(3) == [0x0A, 0xAC, 0x02])
        #expect(long.bytes.count == 303)
    }

    @Test("a sandbox is known by its id, which can be part of a path", .timeLimit(.minutes(1)))
    func running() async throws {
        let id = try await asking("RunPodSandbox", FalseRuntime.answer(Self.string(1, "5f2c"))) {
            try await CRIClient.runSandbox(Self.configuration, socket: $0, deadline: Self.deadline)
        }
        #expect(id == "5f2c")
        for bad in ["../x", "a b", ""] {
            await #expect(throws: CRIError.self) {
                _ = try await asking("RunPodSandbox", FalseRuntime.answer(Self.string(1, bad))) {
                    try await CRIClient.runSandbox(Self.configuration, socket: $0, deadline: Self.deadline)
                }
            }
        }
        await #expect(throws: CRIError.failed("no \"bridge\"")) {
            _ = try await asking("RunPodSandbox", [FalseRuntime.head, FalseRuntime.trailers(2, "no \"bridge\"")]) {
                try await CRIClient.runSandbox(Self.configuration, socket: $0, deadline: Self.deadline)
            }
        }
    }

    @Test("its state and its address are told", .timeLimit(.minutes(1)))
    func status() async throws {
        let network = Self.message(5, Self.string(1, "10.244.0.2"))
        let cases: [([UInt8], CRISandboxStatus)] = [
            (Self.message(1, Self.string(1, "5f2c") + network), .init(isReady: true, address: "10.244.0.2")),
            (Self.message(1, [0x18, 1]), .init(isReady: false, address: "")),
            ([], .init(isReady: false, address: "")),
        ]
        for (answer, expected) in cases {
            let found = try await asking("PodSandboxStatus", FalseRuntime.answer(answer)) {
                try await CRIClient.sandboxStatus("5f2c", socket: $0, deadline: Self.deadline)
            }
            #expect(found == expected)
        }
    }

    @Test("those with a label are found among others", .timeLimit(.minutes(1)))
    func labelled() async throws {
        let label = { (key: String, value: String) in
            Self.message(5, Self.string(1, key) + Self.string(2, value))
        }
        let list =
            Self.message(1, Self.string(1, "a1") + label("app", "x") + label("nucprep", "trial"))
            + Self.message(1, Self.string(1, "b2") + label("nucprep", "other"))
            + Self.message(1, Self.string(1, "c3") + label("trial", "nucprep"))
            + Self.message(1, Self.string(1, "d4"))
        let found = try await asking("ListPodSandbox", FalseRuntime.answer(list)) {
            try await CRIClient.sandboxes(labelled: "nucprep", "trial", socket: $0, deadline: Self.deadline)
        }
        #expect(found == ["a1"])
    }

    @Test("an image is there or it is not", .timeLimit(.minutes(1)))
    func image() async throws {
        for (answer, expected) in [(Self.message(1, Self.string(1, "sha256")), true), ([], false)] {
            let found = try await asking("ImageStatus", FalseRuntime.answer(answer)) {
                try await CRIClient.hasImage("a:b", socket: $0, deadline: Self.deadline)
            }
            #expect(found == expected)
        }
    }
}
