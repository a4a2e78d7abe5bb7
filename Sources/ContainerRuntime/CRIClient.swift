internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import NIOPosix
internal import TextForms

/// Asks a container runtime over its Unix socket; each question has a connection of its own.
///
/// The other end is not trusted: an answer has a largest size, and every question a deadline. What is asked here changes
/// nothing; `CRIClient+Sandbox.swift` has the calls that do.
///
/// - Source: kubernetes/cri-api, pkg/apis/runtime/v1/api.proto.
package enum CRIClient {
    /// Whether the socket serves the CRI, and whose it is.
    ///
    /// A runtime that knows an older CRI alone is `withoutCRI`, as it is for a kubelet of 1.26 and newer.
    package static func version(socket: String, deadline: Duration) async -> CRIVersion {
        do throws(CRIError) {
            var fields = WireFields(try await call("Version", socket, deadline))
            var (name, version) = ("", "")
            while let field = try fields.next() {
                switch (field.number, field.value) {
                case (2, .bytes(let bytes)): name = try text(bytes)
                case (3, .bytes(let bytes)): version = try text(bytes)
                default: continue
                }
            }
            guard !name.isEmpty else { return .failed(cause: "it does not say which runtime it is") }
            return .serving(name: name, version: version)
        } catch {
            switch error {
            case .noSocket(let cause): return .noSocket(cause: cause)
            case .unimplemented: return .withoutCRI
            case .failed(let cause): return .failed(cause: cause)
            }
        }
    }

    /// Who makes the cgroups; `nil` when the runtime does not know the question, as containerd before 2.0.
    package static func cgroupDriver(socket: String, deadline: Duration) async throws(CRIError) -> CRIDriver? {
        let answer: ArraySlice<UInt8>
        do throws(CRIError) {
            answer = try await call("RuntimeConfig", socket, deadline)
        } catch .unimplemented {
            return nil
        }
        var fields = WireFields(answer)
        while let field = try fields.next() {
            guard field.number == 1, case .bytes(let linux) = field.value else { continue }
            return try driver(in: linux)
        }
        // Not about Linux: the field is a message, and would be there even when all in it has its default.
        return nil
    }

    /// Whether the runtime has any pod, running or not.
    package static func hasPods(socket: String, deadline: Duration) async throws(CRIError) -> Bool {
        var fields = WireFields(try await call("ListPodSandbox", socket, deadline))
        var hasPods = false
        while let field = try fields.next() { hasPods = hasPods || field.number == 1 }
        return hasPods
    }

    /// The names of all images that the runtime has, with their tags; one without a name is left out.
    package static func images(socket: String, deadline: Duration) async throws(CRIError) -> Set<String> {
        var answer = WireFields(try await call("ListImages", of: "ImageService", socket, deadline))
        var names: Set<String> = []
        while let field = try answer.next() {
            guard field.number == 1, case .bytes(let image) = field.value else { continue }
            var fields = WireFields(image)
            while let field = try fields.next() {
                // A name that is longer than one may be, or no text, is none that anybody would ask for.
                guard field.number == 2, case .bytes(let bytes) = field.value, bytes.count <= 512,
                    let name = String(validating: bytes, as: UTF8.self)
                else { continue }
                names.insert(name)
            }
        }
        return names
    }

    /// A field with its default is not sent, and the default is `SYSTEMD`.
    private static func driver(in message: ArraySlice<UInt8>) throws(CRIError) -> CRIDriver {
        var value: UInt64 = 0
        var fields = WireFields(message)
        while let field = try fields.next() {
            if field.number == 1, case .number(let number) = field.value { value = number }
        }
        switch value {
        case 0: return .systemd
        case 1: return .cgroupfs
        default: throw .failed("it names a cgroup driver that is not known: \(value)")
        }
    }

    static func text(_ bytes: ArraySlice<UInt8>) throws(CRIError) -> String {
        guard bytes.count <= 256, let text = String(validating: bytes, as: UTF8.self) else {
            throw WireFields.malformed
        }
        return StrangeText.line(text, limit: 500)
    }
}

extension CRIClient {
    /// One thread for all questions, made with the first and kept.
    private static let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    private struct Connection: Sendable {
        let channel: any Channel
        let streams: NIOHTTP2Handler.StreamMultiplexer
    }

    /// Carries out one call; without a `message` it has no fields.
    static func call(
        _ method: String, of service: String = "RuntimeService", _ socket: String, _ deadline: Duration,
        _ message: WireMessage = WireMessage()
    ) async throws(CRIError) -> ArraySlice<UInt8> {
        let loop = group.next()
        let outcome = loop.makePromise(of: [UInt8].self)
        let limit = TimeAmount.milliseconds(Int64(max(1, deadline.milliseconds)))
        let late = CRIError.failed("it has not answered within \(deadline)")
        // Set before anything else: it is what ends every wait below.
        let timer = loop.scheduleTask(in: limit) { outcome.fail(late) }
        defer { timer.cancel() }
        do {
            let connection = try await connect(to: socket, limit, outcome)
            let head = GRPC.head("/runtime.v1.\(service)/\(method)", deadline: deadline)
            connection.streams.createStreamChannel(promise: nil) { stream in
                stream.eventLoop.makeCompletedFuture {
                    try stream.pipeline.syncOperations.addHandler(
                        UnaryCall(head: head, message: message.bytes, outcome: outcome))
                }
            }
            let result = await awaited(outcome)
            // Without waiting: a peer that does not read must not hold us.
            connection.channel.close(mode: .all, promise: nil)
            return try GRPC.message(in: try result.get())
        } catch let error as CRIError {
            outcome.fail(error)
            throw error
        } catch {
            let cause = Self.cause(of: error, late)
            outcome.fail(cause)
            throw cause
        }
    }

    private static func awaited(_ outcome: EventLoopPromise<[UInt8]>) async -> Result<[UInt8], any Error> {
        do {
            return .success(try await outcome.futureResult.get())
        } catch {
            return .failure(error)
        }
    }

    private static func connect(
        to socket: String, _ limit: TimeAmount, _ outcome: EventLoopPromise<[UInt8]>
    ) async throws -> Connection {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            // Nothing may be pushed, and the heads of an answer are small.
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .maxHeaderListSize, value: 16_384),
        ]
        let configuration = connection
        return try await ClientBootstrap(group: group).connectTimeout(limit)
            .connect(unixDomainSocketPath: socket) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let streams = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                        mode: .client, connectionConfiguration: configuration, streamConfiguration: .init(),
                        inboundStreamInitializer: { stream in stream.close() })
                    try channel.pipeline.syncOperations.addHandler(ConnectionEnd(outcome: outcome))
                    return Connection(channel: channel, streams: streams)
                }
            }
    }

    private static func cause(of error: any Error, _ late: CRIError) -> CRIError {
        switch error {
        case let error as IOError where error.errnoCode == ENOENT_:
            .noSocket("there is no such socket")
        case let error as IOError where error.errnoCode == ECONNREFUSED_: .noSocket("no process listens on it")
        case let error as IOError: .failed("cannot connect: errno \(error.errnoCode)")
        case is ChannelError: late
        default: .failed(StrangeText.line("\(error)", limit: 500))
        }
    }

    // The numbers of Linux: this module does without the C library.
    private static let ENOENT_: CInt = 2
    private static let ECONNREFUSED_: CInt = 111
}
