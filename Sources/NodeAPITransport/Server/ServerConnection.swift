internal import NIOCore
internal import NodeAPI

/// One connection to the server: one request at a time, in order, within the limits.
///
/// Confined to the event loop. Every state but `answering` has a deadline; that one ends with the handler or the caller.
final class ServerConnection: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private enum State {
        /// Nothing of a request has come.
        case waiting
        /// A head is coming.
        case head(RequestParser)
        /// The body of `request` is coming.
        case body(ParsedRequest)
        /// The handler works.
        case answering(ParsedRequest, AsyncStream<Never>.Continuation)
        /// An answer is leaving.
        case writing(isLast: Bool)
        /// The answer was the last one: what still comes is dropped until the peer closes.
        case closing(dropped: Int)
        case closed
    }

    private let caller: Caller
    private let floor: ServerFloor
    private var state = State.waiting
    private var context: ChannelHandlerContext?
    private var inbound = ByteBuffer()
    private var bucket: TokenBucket
    private var deadline: Scheduled<Void>?
    private var hasPlace = false
    private var isAdvancing = false
    private var holdsRead = false
    private var inputEnded = false
    /// Counts the requests: an answer to another one than the present comes too late.
    private var serial = 0

    /// The connection of `caller`.
    init(caller: Caller, floor: ServerFloor) {
        self.caller = caller
        self.floor = floor
        bucket = TokenBucket(floor.limits.requestRate, at: .now)
    }

    // MARK: Events of the channel

    func channelActive(context: ChannelHandlerContext) {
        self.context = context
        let isInTime = floor.takesConnection(of: caller)
        hasPlace = floor.enter(self, caller, mayHavePlace: isInTime)
        if floor.isStopping {
            close()
        } else if hasPlace {
            arm(floor.limits.idleDeadline)
        } else if isInTime, floor.refusedMayLinger {
            write(floor.overloadedBytes, isLast: true)
        } else {
            // Who floods gets one call of the kernel, and no time to read: the word may be lost.
            let word = isInTime ? floor.overloadedBytes : floor.tooManyRequestsBytes
            context.writeAndFlush(wrapOutboundOut(word), promise: nil)
            close()
        }
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        inbound.writeBuffer(&data)
        advance()
    }

    /// Holds back while enough has come that cannot be taken yet.
    func read(context: ChannelHandlerContext) {
        holdsRead = inbound.readableBytes >= floor.limits.bodyBytes
        if !holdsRead { context.read() }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else {
            return context.fireUserInboundEventTriggered(event)
        }
        inputEnded = true
        switch state {
        case .waiting, .closing: close()
        case .head, .body: refuse(HeadFault.malformed("it ends too early").problem)
        case .answering, .writing, .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { close() }

    func channelInactive(context: ChannelHandlerContext) {
        endAnswering()
        state = .closed
        deadline?.cancel()
        floor.leave(self, caller, hadPlace: hasPlace)
        self.context = nil
        context.fireChannelInactive()
    }

    // MARK: The request

    /// Takes as many steps as the bytes that are here allow.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        var left = floor.limits.stepsPerTurn
        while step() {
            left -= 1
            guard left == 0 else { continue }
            // Requests that stand in a row must not keep those of others waiting.
            guard let context else { return }
            let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
            return context.eventLoop.execute { connection.value.advance() }
        }
        if holdsRead, inbound.readableBytes < floor.limits.bodyBytes { context.map(read(context:)) }
    }

    /// Takes one step; `false` when there is none to take.
    private func step() -> Bool {
        switch state {
        case .waiting:
            guard inbound.readableBytes > 0 else {
                if inputEnded { close() }
                return false
            }
            state = .head(RequestParser(limits: floor.limits.head))
            arm(floor.limits.headDeadline)
            return true
        case .head(var parser):
            while let byte = inbound.readInteger(as: UInt8.self) {
                do throws(HeadFault) {
                    guard let request = try parser.consume(byte) else { continue }
                    begin(request)
                } catch {
                    refuse(error.problem)
                }
                return true
            }
            state = .head(parser)
            if inputEnded { refuse(HeadFault.malformed("it ends too early").problem) }
            return false
        case .body(let request):
            let length = request.contentLength ?? 0
            guard inbound.readableBytes >= length, let body = inbound.readBytes(length: length) else {
                if inputEnded { refuse(HeadFault.malformed("it ends too early").problem) }
                return false
            }
            dispatch(request, body: body)
            return true
        case .closing(let dropped):
            let total = dropped + inbound.readableBytes
            inbound.clear()
            state = .closing(dropped: total)
            if total > floor.limits.dropBytes { close() }
            return false
        case .answering, .writing, .closed: return false
        }
    }

    /// Decides on the head alone whether the body may come.
    private func begin(_ request: ParsedRequest) {
        let isLast = request.isLast || request.hasBody
        guard bucket.take(at: .now), floor.takesRequest(of: caller, waits: request.head.waits) else {
            return write(floor.tooManyRequests, to: request.head.method, isLast: isLast)
        }
        if let refusal = floor.handler.refusal(of: request.head, from: caller) {
            return write(refusal, to: request.head.method, isLast: isLast)
        }
        if request.isEncoded {
            return refuse(
                ProblemBody(.lengthRequired, detail: "cannot read the body: only Content-Length can announce it"))
        }
        guard (request.contentLength ?? 0) <= floor.limits.bodyBytes else {
            var problem = ProblemBody(
                .bodyTooLarge, detail: "cannot read the body: it is larger than \(floor.limits.bodyBytes) bytes")
            problem.limitBytes = floor.limits.bodyBytes
            return refuse(problem)
        }
        state = .body(request)
        arm(floor.limits.bodyDeadline)
    }

    private func dispatch(_ request: ParsedRequest, body: [UInt8]) {
        deadline?.cancel()
        guard !floor.isStopping else { return write(floor.stopping, to: request.head.method, isLast: true) }
        guard let context else { return }
        let (uid, waits, floor) = (caller.uid, request.head.waits, floor)
        guard floor.places.begin(uid, waits: waits) else {
            return write(floor.overloaded, to: request.head.method, isLast: request.isLast)
        }
        serial += 1
        let serial = serial
        let (interest, end) = AsyncStream.makeStream(of: Never.self)
        state = .answering(request, end)
        let connection = NIOLoopBound(self, eventLoop: context.eventLoop)
        let loop = context.eventLoop
        floor.submit(
            PendingRequest(head: request.head, body: body, caller: caller, interest: interest) { response in
                loop.execute {
                    connection.value.floor.places.end(uid, waits: waits)
                    if let response { connection.value.answer(response, to: serial) }
                }
            })
    }

    // MARK: The answer

    private func answer(_ response: APIResponse, to serial: Int) {
        guard serial == self.serial, case .answering(let request, _) = state else { return }
        endAnswering()
        write(response, to: request.head.method, isLast: request.isLast || floor.isStopping)
        advance()
    }

    private func refuse(_ problem: ProblemBody) { write(problem.response(), to: "GET", isLast: true) }

    private func endAnswering() {
        if case .answering(_, let end) = state { end.finish() }
    }

    /// Sends the answer in pieces, so that a slow peer can be told from one that takes nothing.
    private func write(_ response: APIResponse, to method: String, isLast: Bool) {
        write(response.bytes(to: method, isLast: isLast), isLast: isLast)
    }

    private func write(_ answer: ByteBuffer, isLast: Bool) {
        guard let context else { return }
        state = .writing(isLast: isLast)
        arm(floor.limits.writeDeadline)
        var bytes = answer
        while let piece = bytes.readSlice(length: min(bytes.readableBytes, 16 * 1024)), piece.readableBytes > 0 {
            let isWhole = bytes.readableBytes == 0
            let written = context.eventLoop.makePromise(of: Void.self)
            written.futureResult.assumeIsolated().whenSuccess { [self] in
                if isWhole { finishWriting() } else { arm(floor.limits.writeDeadline) }
            }
            context.write(wrapOutboundOut(piece), promise: written)
        }
        context.flush()
    }

    private func finishWriting() {
        guard case .writing(let isLast) = state else { return }
        if isLast || floor.isStopping {
            beginClosing()
        } else {
            state = .waiting
            arm(floor.limits.idleDeadline)
        }
        advance()
    }

    // MARK: The end

    /// Ends our side and waits a little for the peer to end its own: closed at once, unread bytes would take the answer with them.
    private func beginClosing() {
        guard !inputEnded, hasPlace || floor.refusedMayLinger else { return close() }
        state = .closing(dropped: 0)
        arm(floor.limits.closeDeadline)
        context?.close(mode: .output, promise: nil)
    }

    /// Ends what has no answer under way; an answer under way is cut short.
    func stop() {
        switch state {
        case .waiting, .head, .body, .closing: close()
        case .answering(let request, _):
            endAnswering()
            write(floor.stopping, to: request.head.method, isLast: true)
        case .writing, .closed: break
        }
    }

    /// Closes now.
    func close() {
        guard let context else { return }
        context.close(promise: nil)
    }

    /// Starts the deadline of the present state, in place of the one before.
    private func arm(_ duration: Duration) {
        deadline?.cancel()
        guard let context else { return }
        deadline = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(duration)) { [self] in expire() }
    }

    private func expire() {
        switch state {
        case .head, .body: refuse(ProblemBody(.requestTimeout, detail: "cannot read the request: it comes too slowly"))
        case .waiting, .writing, .closing: close()
        case .answering, .closed: break
        }
    }
}
