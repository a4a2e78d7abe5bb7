internal import NIOCore
internal import NodeAPI

/// The client's end of one connection; confined to the event loop.
final class ClientConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum Work {
        case none
        case banner(BannerReader, EventLoopPromise<Banner>)
        case head(ResponseParser, EventLoopPromise<APIResponse>)
        case body(ParsedResponse, EventLoopPromise<APIResponse>)
    }

    /// How much may come unasked: the server's word that it has no place.
    private static let unaskedBytes = 16 * 1024

    private let limits: ClientLimits
    private let loop: any EventLoop
    private var work = Work.none
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    private var deadline: Scheduled<Void>?
    private var failure: TransportError?
    private var holdsRead = false
    private var hasEnded = false
    /// How many bytes the present work has taken out of `inbound`.
    private var received = 0

    /// A connection that has nothing to do yet.
    init(limits: ClientLimits, loop: any EventLoop) {
        self.limits = limits
        self.loop = loop
    }

    // MARK: Work

    /// Reads the banner.
    func banner(within duration: Duration) -> EventLoopFuture<Banner> {
        let promise = loop.makePromise(of: Banner.self)
        guard begin(within: duration) else { return refused(promise) }
        work = .banner(BannerReader(), promise)
        advance()
        return promise.futureResult
    }

    /// Sends a request and reads its answer.
    func send(_ method: String, _ target: String, within duration: Duration) -> EventLoopFuture<APIResponse> {
        let promise = loop.makePromise(of: APIResponse.self)
        guard begin(within: duration) else { return refused(promise) }
        work = .head(ResponseParser(limit: limits.headBytes), promise)
        let head =
            "\(method) \(target) HTTP/1.1\r\nHost: nucprep\r\nUser-Agent: nucprep/\(NucprepVersion.current)\r\n\r\n"
        if let context { context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: head)), promise: nil) }
        advance()
        return promise.futureResult
    }

    private func begin(within duration: Duration) -> Bool {
        if case .none = work {} else { preconditionFailure("a client takes one request at a time") }
        guard failure == nil else { return false }
        received = 0
        deadline = loop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { [self] in fail(.timedOut(duration)) }
        return true
    }

    private func refused<Value>(_ promise: EventLoopPromise<Value>) -> EventLoopFuture<Value> {
        promise.fail(failure ?? .cancelled)
        return promise.futureResult
    }

    /// Ends the present work, and the connection with it: an answer that still came would be taken for another's.
    func fail(_ error: TransportError) {
        guard failure == nil else { return }
        failure = error
        deadline?.cancel()
        let work = work
        self.work = .none
        context?.close(promise: nil)
        switch work {
        case .none: break
        case .banner(_, let promise): promise.fail(error)
        case .head(_, let promise), .body(_, let promise): promise.fail(error)
        }
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        inbound.writeBuffer(&data)
        advance()
    }

    /// Holds back while nobody has asked for what comes.
    func read(context: ChannelHandlerContext) {
        if case .none = work { holdsRead = inbound.readableBytes >= Self.unaskedBytes } else { holdsRead = false }
        if !holdsRead { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // The end of the connection tells what became of the answer; some of it may still be here.
        context.close(promise: nil)
    }

    func channelInactive(context: ChannelHandlerContext) {
        hasEnded = true
        self.context = nil
        advance()
    }

    // MARK: Reading

    private func advance() {
        if holdsRead, let context { read(context: context) }
        do throws(TransportError) {
            while try step() {}
        } catch {
            fail(error)
        }
    }

    /// Takes one step; `false` when there is none to take.
    private func step() throws(TransportError) -> Bool {
        switch work {
        case .none: return false
        case .banner(var reader, let promise):
            while let byte = next() {
                guard let banner = try reader.consume(byte) else { continue }
                finish()
                promise.succeed(banner)
                return false
            }
            work = .banner(reader, promise)
        case .head(var parser, let promise):
            while let byte = next() {
                guard let head = try parse(byte, with: &parser) else { continue }
                if case .counted(let length) = head.framing, length > limits.bodyBytes { throw bodyTooLarge }
                work = .body(head, promise)
                return true
            }
            work = .head(parser, promise)
        case .body(let head, let promise):
            guard inbound.readableBytes <= limits.bodyBytes || head.framing != .untilEnd else { throw bodyTooLarge }
            let length = head.framing == .untilEnd ? (hasEnded ? inbound.readableBytes : nil) : head.length
            if let length, let body = inbound.readBytes(length: length) {
                finish()
                promise.succeed(APIResponse(status: head.status, fields: head.fields, body: body))
                return false
            }
        }
        if hasEnded { throw .closedEarly(receivedBytes: received + inbound.readableBytes) }
        return false
    }

    private func next() -> UInt8? {
        guard let byte = inbound.readInteger(as: UInt8.self) else { return nil }
        received += 1
        return byte
    }

    private func parse(_ byte: UInt8, with parser: inout ResponseParser) throws(TransportError) -> ParsedResponse? {
        do throws(HeadFault) {
            return try parser.consume(byte)
        } catch {
            throw TransportError(error)
        }
    }

    private var bodyTooLarge: TransportError { .tooLarge("its body is larger than \(limits.bodyBytes) bytes") }

    private func finish() {
        deadline?.cancel()
        work = .none
    }
}

extension ParsedResponse {
    fileprivate var length: Int? { if case .counted(let length) = framing { length } else { nil } }
}
