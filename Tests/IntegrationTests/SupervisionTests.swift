internal import Glibc
internal import NodeAPI
internal import NodeTesting
internal import SystemPackage
internal import Testing

@testable internal import NodeAPITransport

@Suite("The daemon and its supervisor")
struct SupervisionTests {
    @Test("serves on the socket that it is handed")
    func activation() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            let launch = Launch(isActivated: true)
            let status = try await withDaemon(on: tree, in: folder, launch) { try await $0.status() }
            #expect(status.readiness.verdict == "go")
            // The socket is systemd's: it stays when the daemon ends.
            #expect(unsafe access(folder.appending("node.sock").string, F_OK) == 0)
        }
    }

    @Test("takes its own socket away when it ends")
    func ownSocket() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            let answer = try await withDaemon(on: tree, in: folder) { try await $0.get("/v1/version") }
            #expect(answer.status == 200)
            #expect(unsafe access(folder.appending("node.sock").string, F_OK) != 0)
        }
    }

    @Test("ends with a word when another daemon has the socket")
    func twice() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let words = [
                    try Programs.nucprepd.string, "--root", tree.path.string, "--socket", daemon.socket.string,
                ]
                let second = try await run(words, in: folder)
                #expect(second.status == 1)
                #expect(second.story.contains("cannot listen on \(daemon.socket)"))
                #expect(try await daemon.get("/v1/version").status == 200)
            }
        }
    }

    @Test("tells systemd that it is ready, reads again, and stops, each at its time")
    func notifications() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "/swap.img none swap sw 0 0\n")
            var socket: Datagrams?
            try await withDaemon(on: tree, in: folder, Launch(waitsForReady: false)) { daemon in
                let before = try await daemon.notifications.until("READY=1")
                #expect(!before.joined().contains { $0.hasPrefix("STOPPING") || $0.hasPrefix("RELOADING") })
                // What the first pass leads to is done by now.
                #expect(try tree.text(of: "etc/fstab").hasPrefix("#"))
                let line = try #require(before.joined().last { $0.hasPrefix("STATUS=") })
                // Beside them may stand what this tree has no bus for.
                #expect(line.contains(" met, 1 unmet, ") && line.contains(" GO, generation "))
                daemon.program.signal(SIGHUP)
                let reload = try await daemon.notifications.until("RELOADING=1")
                let clock = try #require(reload.last?.first { $0.hasPrefix("MONOTONIC_USEC=") })
                #expect(Int(clock.dropFirst("MONOTONIC_USEC=".count)) ?? 0 > 0)
                try await daemon.notifications.until("READY=1")
                socket = daemon.notifications
            }
            try await socket?.until("STOPPING=1")
        }
    }

    @Test("feeds the watchdog, and no more often than it has to")
    func watchdog() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder, Launch(environment: ["WATCHDOG_USEC": "300000"])) { daemon in
                for _ in 0..<3 { try await daemon.notifications.until("WATCHDOG=1") }
            }
        }
    }

    @Test("ends well under waiting and idle connections", arguments: [SIGTERM, SIGINT])
    func stop(signal: Int32) async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            try await withDaemon(on: tree, in: folder) { daemon in
                let cursor = try await daemon.status().cursor
                let idle = try (0..<6).map { _ in try Peer(to: daemon.socket) }
                for peer in idle.dropLast(3) {
                    try await peer.send("GET /v1/version HTTP/1.1\r\n\r\n")
                    #expect(try await peer.receive().starts(with: Array("HTTP/1.1 200".utf8)))
                }
                let waiting = try (0..<8).map { _ in try Peer(to: daemon.socket) }
                for peer in waiting {
                    try await peer.send("GET /v1/status?wait=60&after=\(cursor) HTTP/1.1\r\n\r\n")
                }
                // An answer on a later connection shows that the earlier ones were read.
                #expect(try await daemon.get("/v1/version").status == 200)
                let begun = ContinuousClock.now
                daemon.program.signal(signal)
                #expect(try await daemon.program.end(within: .seconds(10)) == 0)
                print("end under 14 connections: \(ContinuousClock.now - begun)")
                for peer in idle + waiting { _ = try await peer.receiveAll() }
            }
        }
    }

    @Test("ends well in the middle of its first pass")
    func earlyStop() async throws {
        try await withFolder { folder in
            let tree = try Tree(at: folder.appending("node"), fstab: "")
            let launch = Launch(waitsForReady: false)
            _ = try await withDaemon(on: tree, in: folder, launch) { try await $0.notifications.until("STATUS=") }
        }
    }
}
