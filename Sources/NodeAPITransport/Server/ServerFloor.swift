internal import NIOCore
internal import NodeAPI

/// What all connections of one server share; confined to its event loop.
final class ServerFloor {
    /// How many connections without a place may wait for their peer to read why.
    private static let lingering = 16

    let limits: ServerLimits
    let handler: any APIHandling
    var places: Places
    private(set) var isStopping = false

    // Made once: who floods the server must not make it work.
    let overloaded = ProblemBody(
        .overloaded, detail: "cannot answer: too many connections or requests at a time", remedy: "retry later"
    ).response()
    let tooManyRequests = ProblemBody(
        .tooManyRequests, detail: "cannot answer: this user's requests come too fast", remedy: "retry later"
    ).response()
    let stopping = ProblemBody(.stopping, detail: "cannot answer: the daemon is shutting down").response()

    /// What a connection is told that has no place, or comes too fast.
    private(set) lazy var overloadedBytes = overloaded.bytes(to: "GET", isLast: true)
    private(set) lazy var tooManyRequestsBytes = tooManyRequests.bytes(to: "GET", isLast: true)

    private let requests: AsyncStream<PendingRequest>.Continuation
    private var connectionRates: UserBuckets
    private var requestRates: UserBuckets
    private var waitRates: UserBuckets
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var refused = 0
    private var emptied: EventLoopPromise<Void>?

    /// The floor of a server that answers with `handler`, by way of `requests`.
    init(limits: ServerLimits, handler: any APIHandling, requests: AsyncStream<PendingRequest>.Continuation) {
        self.limits = limits
        self.handler = handler
        self.requests = requests
        places = Places(limits: limits)
        connectionRates = UserBuckets(limits.userConnectionRate)
        requestRates = UserBuckets(limits.userRequestRate)
        waitRates = UserBuckets(limits.userWaitRate)
    }

    /// Whether `caller` may make one more connection now.
    func takesConnection(of caller: Caller) -> Bool { connectionRates.take(caller.uid, at: .now) }

    /// Whether `caller` may send one more request now.
    func takesRequest(of caller: Caller, waits: Bool) -> Bool {
        // A wait that is refused is a request all the same.
        let now = ContinuousClock.now
        return requestRates.take(caller.uid, at: now) && (!waits || waitRates.take(caller.uid, at: now))
    }

    /// Whether one more connection without a place may wait for its end.
    var refusedMayLinger: Bool { refused <= Self.lingering }

    /// Notes the connection, and answers whether it has a place, which it gets only if it may.
    func enter(_ connection: ServerConnection, _ caller: Caller, mayHavePlace: Bool) -> Bool {
        connections[ObjectIdentifier(connection)] = connection
        let hasPlace = mayHavePlace && places.enter(caller.uid)
        if !hasPlace { refused += 1 }
        return hasPlace
    }

    /// Forgets the connection.
    func leave(_ connection: ServerConnection, _ caller: Caller, hadPlace: Bool) {
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        if hadPlace { places.leave(caller.uid) } else { refused -= 1 }
        if connections.isEmpty { emptied?.succeed() }
    }

    /// Hands a request to the handler's side.
    func submit(_ request: PendingRequest) { requests.yield(request) }

    /// Ends all connections; what is leaving has `stopDeadline` to go.
    func stop(on loop: any EventLoop) -> EventLoopFuture<Void> {
        isStopping = true
        let emptied = loop.makePromise(of: Void.self)
        guard !connections.isEmpty else {
            emptied.succeed()
            return emptied.futureResult
        }
        self.emptied = emptied
        // Closing takes a connection out of the table, so the walk is over a copy.
        for connection in Array(connections.values) { connection.stop() }
        let force = loop.assumeIsolated().scheduleTask(in: TimeAmount(limits.stopDeadline)) { [self] in
            for connection in Array(connections.values) { connection.close() }
        }
        emptied.futureResult.whenComplete { _ in force.cancel() }
        return emptied.futureResult
    }
}
