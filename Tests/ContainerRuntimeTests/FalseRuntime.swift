import NIOCore
import NIOHPACK
import NIOHTTP2
import NIOPosix

/// Answers each call on a Unix socket of its own as a test says, over real HTTP/2 or with bytes that are none.
final class FalseRuntime: Sendable {
    /// What is sent, in order; after the last nothing more comes.
    enum Part: Sendable {
        case headers([(String, String)], isLast: Bool)
        case data([UInt8], isLast: Bool)
        /// That many zero bytes, in frames of 16 KiB.
        case flood(Int)
        case reset
        case close
    }

    static let head: Part = .headers([(":status", "200"), ("content-type", "application/grpc")], isLast: false)

    /// The end of an answer that went well, or did not.
    static func trailers(_ status: Int = 0, _ message: String? = nil) -> Part {
        .headers(
            [("grpc-status", "\(status)")] + (message.map { [("grpc-message", $0)] } ?? []), isLast: true)
    }

    /// A message in its frame.
    static func framed(_ message: [UInt8]) -> Part {
        let count = UInt32(message.count)
        let length = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: count >> $0) }
        return .data([0] + length + message, isLast: false)
    }

    static func answer(_ message: [UInt8]) -> [Part] { [head, framed(message), trailers()] }

    let path = "/tmp/nucprep-runtime-\(UInt64.random(in: 0 ... .max))"
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let listener: any Channel

    /// Speaks HTTP/2, and answers each call by its path.
    init(_ parts: @escaping @Sendable (String) -> [Part]) async throws {
        listener = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                    mode: .server, connectionConfiguration: .init(), streamConfiguration: .init()
                ) { stream in
                    stream.eventLoop.makeCompletedFuture {
                        try stream.pipeline.syncOperations.addHandler(FalseStream(parts, connection: channel))
                    }
                }
            }
        }.bind(unixDomainSocketPath: path).get()
    }

    /// Sends `bytes` to each that connects, and then nothing, or the end.
    init(bytes: [UInt8], isClosing: Bool) async throws {
        listener = try await ServerBootstrap(group: group).childChannelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                try channel.pipeline.syncOperations.addHandler(RawBytes(bytes, isClosing: isClosing))
            }
        }.bind(unixDomainSocketPath: path).get()
    }

    /// Ends the listener; its socket's file goes with it.
    func stop() async throws {
        try await listener.close()
        try await group.shutdownGracefully()
    }
}

private final class RawBytes: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let bytes: [UInt8]
    private let isClosing: Bool

    init(_ bytes: [UInt8], isClosing: Bool) {
        self.bytes = bytes
        self.isClosing = isClosing
    }

    func channelActive(context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        if isClosing { context.close(promise: nil) }
    }
}

private final class FalseStream: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let parts: @Sendable (String) -> [FalseRuntime.Part]
    private let connection: any Channel

    init(_ parts: @escaping @Sendable (String) -> [FalseRuntime.Part], connection: any Channel) {
        self.parts = parts
        self.connection = connection
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .headers(let block) = unwrapInboundIn(data) else { return }
        for part in parts(block.headers.first(name: ":path") ?? "") { send(part, context) }
    }

    private func send(_ part: FalseRuntime.Part, _ context: ChannelHandlerContext) {
        switch part {
        case .headers(let fields, let isLast):
            write(.headers(.init(headers: HPACKHeaders(fields), endStream: isLast)), context)
        case .data(let bytes, let isLast):
            write(.data(.init(data: .byteBuffer(ByteBuffer(bytes: bytes)), endStream: isLast)), context)
        case .flood(let count):
            let chunk = ByteBuffer(repeating: 0, count: 16_384)
            for _ in 0..<(count / 16_384) { write(.data(.init(data: .byteBuffer(chunk))), context) }
        case .reset: write(.rstStream(.refusedStream), context)
        case .close: connection.close(promise: nil)
        }
    }

    private func write(_ payload: HTTP2Frame.FramePayload, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(payload), promise: nil)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
