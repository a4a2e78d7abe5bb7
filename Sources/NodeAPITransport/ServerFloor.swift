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
    let overloaded = ProblemBody(.overloaded, detail: "cannot answer: there is no place left").response()
    let tooManyRequests = ProblemBody(.tooManyRequests, detail: "cannot answer: the requests come too fast").response()
    let stopping = ProblemBody(.stopping, detail: "cannot answer: the daemon is shutting down").response()

    private let requests: AsyncStream<PendingRequest>.Continuation
    private var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var refused = 0
    private var emptied: EventLoopPromise<Void>?

    /// The floor of a server that answers with `handler`, by way of `requests`.
    init(limits: ServerLimits, handler: any APIHandling, requests: AsyncStream<PendingRequest>.Continuation) {
        self.limits = limits
        self.handler = handler
        self.requests = requests
        places = Places(limits: limits)
    }

    /// Whether one more connection without a place may wait for its end.
    var refusedMayLinger: Bool { refused <= Self.lingering }

    /// Notes the connection, and answers whether it has a place.
    func enter(_ connection: ServerConnection, _ caller: Caller) -> Bool {
        connections[ObjectIdentifier(connection)] = connection
        let hasPlace = places.enter(caller.uid)
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
