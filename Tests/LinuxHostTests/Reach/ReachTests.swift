import Glibc
import NodeState
import NodeTesting
import Synchronization
import SystemPackage
import Testing

@testable import LinuxHost

@Suite("Reach of other nodes")
struct ReachTests {
    /// A TCP port of this machine that is taken, and listened at or not.
    private final class Port {
        let number: Int
        private let socket: FileDescriptor

        init(isListening: Bool) throws {
            socket = FileDescriptor(rawValue: Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let raw = socket.rawValue
            let result = unsafe withUnsafeMutableBytes(of: &address) { space in
                unsafe space.withMemoryRebound(to: sockaddr.self) { pointer in
                    unsafe bind(raw, pointer.baseAddress, length) == 0
                        && getsockname(raw, pointer.baseAddress, &length) == 0
                }
            }
            guard result, !isListening || listen(raw, 8) == 0 else { throw Errno(rawValue: errno) }
            number = Int(UInt16(bigEndian: address.sin_port))
        }

        deinit { try? socket.close() }
    }

    private func answer(
        _ targets: [ReachRequest.Target], timeout: Int = 5000
    ) throws -> [ReachReply.Result] {
        let reply = Reach.answer(ReachRequest(targets: targets, timeoutMilliseconds: timeout))
        guard case .results(let results) = reply else {
            Issue.record("\(reply)")
            return []
        }
        return results
    }

    @Test("a port at which somebody listens is open, and one at which nobody does is refused", .timeLimit(.minutes(1)))
    func tcp() throws {
        let (open, closed) = (try Port(isListening: true), try Port(isListening: false))
        let results = try answer(
            [open, closed].map { .init(address: "127.0.0.1", port: $0.number, wantsEcho: false) })
        #expect(results.map(\.tcp) == [.open, .refused])
        #expect(results.allSatisfy { $0.echo == nil && $0.lost == nil && ($0.microseconds ?? -1) >= 0 })
    }

    @Test("three echoes come back from this machine", .enabled(if: geteuid() == 0), .timeLimit(.minutes(1)))
    func echo() throws {
        let closed = try Port(isListening: false)
        let result = try answer([.init(address: "127.0.0.1", port: closed.number, wantsEcho: true)]).first
        #expect(result?.tcp == .refused)
        #expect(result?.echo == .open)
        #expect(result?.lost == 0)
        #expect(result?.takesLargest == true)
    }

    @Test(
        "an address that is none, and a name, are not asked", arguments: ["", "localhost", "1.2.3.4.5", "::1%x", "a b"])
    func noAddress(_ text: String) {
        let request = ReachRequest(
            targets: [.init(address: text, port: 22, wantsEcho: false)], timeoutMilliseconds: 100)
        #expect(Reach.answer(request) == .failed("\(text) is no address"))
    }

    @Test("the checksum makes the packet's own sum nothing")
    func checksum() {
        var packet: [UInt8] = [8, 0, 0, 0, 0x12, 0x34, 0, 1, 0xAB, 0xCD, 0xEF]
        let sum = EchoAttempt.checksum(packet)
        (packet[2], packet[3]) = (UInt8(sum >> 8), UInt8(sum & 0xFF))
        #expect(EchoAttempt.checksum(packet) == 0)
        #expect(EchoAttempt.checksum([0, 1, 0xF2, 3, 0xF4, 0xF5, 0xF6, 0xF7]) == 0x220D)
    }

    private func served(_ line: String) throws -> (isGood: Bool, text: String) {
        let (input, output) = (try FileDescriptor.pipe(), try FileDescriptor.pipe())
        _ = try input.writeEnd.writeAll(line.utf8)
        try input.writeEnd.close()
        let isGood = Reach.serve(input: input.readEnd, output: output.writeEnd)
        try output.writeEnd.close()
        let bytes = try Descriptor(output.readEnd).readAll(limit: 1 << 20) ?? []
        try input.readEnd.close()
        return (isGood, String(decoding: bytes, as: UTF8.self))
    }

    @Test("the helper answers one line with one line", .timeLimit(.minutes(1)))
    func serving() throws {
        let open = try Port(isListening: true)
        let request = ReachRequest(
            targets: [.init(address: "127.0.0.1", port: open.number, wantsEcho: false)], timeoutMilliseconds: 5000)
        let (isGood, text) = try served(request.line + "\n{\"more\"\n")
        #expect(isGood)
        #expect(text.hasSuffix("\n"))
        #expect(text.contains("\"tcp\":\"open\""))
        for bad in ["\n", "", "{}\n", String(repeating: "x", count: 20_000) + "\n"] {
            #expect(try served(bad) == (false, "{\"error\":\"the line is no request\"}\n"))
        }
    }
}

@Suite("Other nodes, asked through the helper")
struct ReachPeersTests {
    /// Listens on a Unix socket, and answers each line with what a test says; on a thread of its own.
    private actor FalseHelper {
        private let thread = DedicatedThread(label: "test.reach")
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }
        nonisolated let path: FilePath
        private let listener: FileDescriptor

        init(_ path: FilePath) throws {
            self.path = path
            listener = FileDescriptor(rawValue: Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0))
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.string.utf8) }
            let raw = listener.rawValue
            let isBound = unsafe withUnsafeBytes(of: &address) { space in
                unsafe space.withMemoryRebound(to: sockaddr.self) { pointer in
                    unsafe bind(raw, pointer.baseAddress, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
                }
            }
            guard isBound, listen(raw, 4) == 0 else { throw Errno(rawValue: errno) }
        }

        /// Takes one line, and answers; what the line was.
        func answer(_ reply: String) throws -> ReachRequest? {
            let accepted = accept(listener.rawValue, nil, nil)
            guard accepted >= 0 else { throw Errno(rawValue: errno) }
            let connection = FileDescriptor(rawValue: accepted)
            return try connection.closeAfter {
                let line = Reach.line(from: connection) ?? []
                _ = try connection.writeAll(reply.utf8)
                return ReachRequest(parsing: line)
            }
        }
    }

    private let folder: ScratchTree
    private static let target = PeerTarget(address: "192.168.1.13", port: 22)

    init() throws { folder = try ScratchTree() }

    private var socket: FilePath { folder.path.appending("reach.sock") }

    private func probe(
        _ peers: ReachPeers, _ targets: [PeerTarget] = [target], reply: String
    ) async throws -> (answers: [PeerAnswer], request: ReachRequest?) {
        let helper = try FalseHelper(socket)
        async let request = helper.answer(reply)
        let answers = try await peers.probe(targets)
        return (answers, try await request)
    }

    @Test(
        "each answer is told by its target, and an answer is not asked for twice within a minute",
        .timeLimit(.minutes(1)))
    func answers() async throws {
        let peers = ReachPeers(socket: socket)
        let reply =
            #"{"results":[{"address":"192.168.1.13","port":22,"tcp":"open","echo":"open","lost":1,"rtt_us":412},"#
            + #"{"address":"10.9.9.9","port":22,"tcp":"open","echo":null,"lost":null,"rtt_us":1}]}"# + "\n"
        let (answers, request) = try await probe(peers, reply: reply)
        let expected = PeerAnswer(Self.target, tcp: .open, echo: .open, lost: 1, roundTrip: 412)
        #expect(answers == [expected])
        #expect(request?.targets == [.init(address: "192.168.1.13", port: 22, wantsEcho: true)])
        // Nobody listens any more, and nobody is asked.
        #expect(try await peers.probe([Self.target]) == [expected])
        #expect(try await peers.probe([]) == [])
    }

    @Test(
        "a helper that says it could not, or says nothing good, leaves the way unknown", .timeLimit(.minutes(1)),
        arguments: [
            "{\"error\":\"no socket\"}\n", "{}\n", "", "{\"results\":[]}\n", String(repeating: "x", count: 100_000),
        ])
    func failure(_ reply: String) async throws {
        await #expect(throws: ObservationError.self) { try await probe(ReachPeers(socket: socket), reply: reply) }
    }

    @Test("without the helper's socket the way is unknown")
    func noHelper() async {
        await #expect(throws: ObservationError.self) { try await ReachPeers(socket: socket).probe([Self.target]) }
    }

    @Test("while the asking goes on beside, nobody waits, and new answers are told of", .timeLimit(.minutes(1)))
    func beside() async throws {
        let peers = ReachPeers(socket: socket)
        let helper = try FalseHelper(socket)
        let (news, feed) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup { group in
            group.addTask { await peers.run { feed.yield() } }
            defer { group.cancelAll() }
            let reply =
                #"{"results":[{"address":"192.168.1.13","port":22,"tcp":"timeout","echo":"timeout","lost":3,"rtt_us":null}]}"#
            // Until it has begun, the asking waits for the helper itself.
            while !peers.isServed { await Task.yield() }
            await #expect(throws: ObservationError.self) { try await peers.probe([Self.target]) }
            _ = try await helper.answer(reply + "\n")
            for await _ in news { break }
            #expect(try await peers.probe([Self.target]).map(\.tcp) == [.timeout])
        }
    }
}
