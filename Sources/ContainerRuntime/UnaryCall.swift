internal import NIOCore
internal import NIOHPACK
internal import NIOHTTP2
internal import TextForms

/// One call on a stream of its own: sends one message, and gathers the one that comes back.
///
/// Confined to the event loop. The promise may be failed by others too; the first outcome counts.
final class UnaryCall: ChannelInboundHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundOut = HTTP2Frame.FramePayload

    private let head: HPACKHeaders
    private let message: [UInt8]
    private let outcome: EventLoopPromise<[UInt8]>
    private var hasHead = false
    private var body: [UInt8] = []

    init(head: HPACKHeaders, message: [UInt8], outcome: EventLoopPromise<[UInt8]>) {
        self.head = head
        self.message = message
        self.outcome = outcome
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.headers(.init(headers: head))), promise: nil)
        let message = ByteBuffer(bytes: GRPC.framed(message))
        context.writeAndFlush(
            wrapOutboundOut(.data(.init(data: .byteBuffer(message), endStream: true))), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        do throws(CRIError) {
            switch unwrapInboundIn(data) {
            case .headers(let block): try take(block.headers, isLast: block.endStream)
            case .data(let block): try take(block.data, isLast: block.endStream)
            case .rstStream(let code): throw .failed("it ends the call: \(StrangeText.line("\(code)", limit: 500))")
            default: return
            }
        } catch {
            outcome.fail(error)
            context.close(promise: nil)
        }
    }

    private func take(_ headers: HPACKHeaders, isLast: Bool) throws(CRIError) {
        if !hasHead {
            try GRPC.check(headers)
            hasHead = true
        }
        guard isLast else { return }
        try GRPC.checkStatus(headers)
        outcome.succeed(body)
    }

    private func take(_ data: IOData, isLast: Bool) throws(CRIError) {
        guard hasHead, case .byteBuffer(let buffer) = data, !isLast else { throw WireFields.malformed }
        guard body.count + buffer.readableBytes <= GRPC.largestAnswer else {
            throw .failed("its answer has more than \(GRPC.largestAnswer) bytes")
        }
        body += buffer.readableBytesView
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.fail(CRIError.failed("it ends the connection before the answer"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.fail(CRIError.failed("it does not speak HTTP/2"))
        context.close(promise: nil)
    }
}

/// The end of the connection's own pipeline: what goes wrong with the connection goes wrong with the call.
final class ConnectionEnd: ChannelInboundHandler {
    typealias InboundIn = Any

    private let outcome: EventLoopPromise<[UInt8]>

    init(outcome: EventLoopPromise<[UInt8]>) { self.outcome = outcome }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        // Settings and their like, which the handler before this has heeded.
    }

    func channelInactive(context: ChannelHandlerContext) {
        outcome.fail(CRIError.failed("it ends the connection before the answer"))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        outcome.fail(CRIError.failed("it does not speak HTTP/2"))
        context.close(promise: nil)
    }
}
