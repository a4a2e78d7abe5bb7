internal import Glibc
internal import NodeAPI
internal import SystemPackage
internal import Testing

@Suite("Hostile clients of the daemon")
struct HostileClientTests {
    @Test("do not keep another client from its answer, nor make the daemon grow")
    func all() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let before = try Self.resident(daemon.program)
                let half = try Peer(to: daemon.socket)
                try await half.send("GET /v1/status HT")
                let slow = try Peer(to: daemon.socket)
                try await slow.send("GET /v1/sta")
                try await expectService(daemon)
                try await sendsTooMuch(daemon)
                try await expectService(daemon)
                for garbage in Self.garbage {
                    let peer = try Peer(to: daemon.socket)
                    try await peer.send(garbage)
                    let answer = String(decoding: try await peer.receiveAll(), as: UTF8.self)
                    #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"), "\(answer)")
                }
                try await expectService(daemon)
                // The slow one is served when it comes to an end at last.
                try await slow.send("tus HTTP/1.1\r\n\r\n")
                #expect(try await slow.receive().starts(with: Array("HTTP/1.1 ".utf8)))
                let after = try Self.resident(daemon.program)
                print("resident before \(before) KiB, after \(after) KiB")
                #expect(after < before + 32 << 10)
                withExtendedLifetime(half) {}
            }
        }
    }

    @Test("get a refusal from the sixty-fifth connection on, and places are free again afterwards")
    func crowd() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                var crowd: [Peer] = []
                for _ in 0..<100 { crowd.append(try Peer(to: daemon.socket)) }
                let last = try #require(crowd.last)
                try await last.send("GET /v1/version HTTP/1.1\r\n\r\n")
                let refusal = String(decoding: try await last.receiveAll(), as: UTF8.self)
                #expect(refusal.hasPrefix("HTTP/1.1 503"))
                #expect(refusal.contains("urn:nucprep:problem:overloaded"))
                let first = try #require(crowd.first)
                try await first.send("GET /v1/version HTTP/1.1\r\n\r\n")
                #expect(try await first.receive().starts(with: Array("HTTP/1.1 200".utf8)))
                crowd = []
                // The daemon learns of each end by itself; the long poll of a good client shows when a place is free.
                try await expectService(daemon)
            }
        }
    }

    @Test("leave nothing behind of long polls that they close at once")
    func abandonedPolls() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let poll = Array("GET /v1/status?wait=60&after=x HTTP/1.1\r\n\r\n".utf8)
                let abandon = { (count: Int) in
                    for _ in 0..<count { try await Peer(to: daemon.socket).send(poll) }
                    // A question that is answered after the others shows that they were taken.
                    try await expectService(daemon)
                }
                // What the runtime takes once is not counted.
                try await abandon(2000)
                let before = try Self.resident(daemon.program)
                try await abandon(10_000)
                let after = try Self.resident(daemon.program)
                print("resident before \(before) KiB, after \(after) KiB")
                #expect(after < before + 3 << 10)
            }
        }
    }

    private static let garbage: [[UInt8]] = [
        Array("\r\n\r\n\r\n\r\nhello\r\n\r\n".utf8), [UInt8](repeating: 0, count: 4096),
        Array("SSH-2.0-x\r\n\r\n".utf8),
        Array("POST /v1/status HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n".utf8),
        Array("GET /v1/status HTTP/1.1\r\norigin: http://evil\r\nconnection: close\r\n\r\n".utf8),
        Array("GET /../../etc/shadow HTTP/1.1\r\nconnection: close\r\n\r\n".utf8),
    ]

    /// Ten mebibytes of one request; the daemon may hang up on it.
    private func sendsTooMuch(_ daemon: Daemon) async throws {
        let peer = try Peer(to: daemon.socket)
        try await peer.send("POST /v1/status HTTP/1.1\r\ncontent-length: 10485760\r\n\r\n")
        _ = try await peer.send([UInt8](repeating: 0x61, count: 10 << 20))
        let answer = String(decoding: try await peer.receiveAll(), as: UTF8.self)
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 4"))
    }

    private func expectService(_ daemon: Daemon) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < deadline {
            // Refused while the places of those that left are being freed.
            if try await daemon.get("/v1/status").status == 200 { return }
        }
        Issue.record("a good client is not served")
    }

    /// The resident memory of a process in KiB.
    private static func resident(_ program: Program) throws -> Int {
        let text = String(decoding: try Tree.bytes(at: FilePath("/proc/\(program.pid)/status")) ?? [], as: UTF8.self)
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
        return try #require(Int(line.split(separator: " ", omittingEmptySubsequences: true)[1]))
    }
}
