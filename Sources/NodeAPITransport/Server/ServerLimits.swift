/// What a stranger may ask of the server: sizes, counts and times.
///
/// The defaults are those of the API; tests take smaller ones.
package struct ServerLimits: Equatable, Sendable {
    /// The limits of a request without its body.
    package var head = HeadLimits()
    /// The largest body, in bytes.
    package var bodyBytes = 64 * 1024
    /// How much of what is refused is read and dropped before the connection is closed, in bytes.
    package var dropBytes = 256 * 1024
    /// The most connections.
    package var connections = 64
    /// How many of the connections are kept free for uid 0.
    package var connectionsForRoot = 8
    /// The most connections of one uid.
    package var connectionsPerUser = 16
    /// The most requests that wait for a change or a look, of all callers together.
    package var waiters = 24
    /// How many of the waiting requests are kept free for uid 0.
    package var waitersForRoot = 8
    /// The most requests that wait for a change or a look, of one uid; uid 0 has the limit of all.
    package var waitersPerUser = 4
    /// How many requests a connection may send.
    package var requestRate = Rate(burst: 100, perSecond: 50)
    /// How many connections a uid may make; uid 0 is not limited.
    package var userConnectionRate = Rate(burst: 200, perSecond: 50)
    /// How many requests a uid may send over all its connections; uid 0 is not limited.
    package var userRequestRate = Rate(burst: 400, perSecond: 100)
    /// How many requests that wait a uid may send over all its connections; uid 0 is not limited.
    package var userWaitRate = Rate(burst: 20, perSecond: 5)
    /// How many steps a connection may take before the others have their turn.
    package var stepsPerTurn = 64
    /// From the first byte of a head to its end.
    package var headDeadline = Duration.seconds(5)
    /// From the end of a head to the end of its body.
    package var bodyDeadline = Duration.seconds(5)
    /// How long a connection may stay open with no request.
    package var idleDeadline = Duration.seconds(30)
    /// How long the peer may take nothing of an answer.
    package var writeDeadline = Duration.seconds(10)
    /// How long a connection that is over waits for the peer to close it.
    package var closeDeadline = Duration.seconds(1)
    /// How long answers may take to leave when the server ends.
    package var stopDeadline = Duration.milliseconds(200)

    /// The limits of the API.
    package init() {}
}

/// What the head of a request may be.
package struct HeadLimits: Equatable, Sendable {
    /// The longest target, in bytes.
    package var targetBytes = 2 * 1024
    /// The longest header field with its name, in bytes.
    package var fieldBytes = 4 * 1024
    /// All header fields together with their line ends, in bytes.
    package var fieldsBytes = 8 * 1024
    /// The most header fields.
    package var fields = 32

    /// The limits of the API.
    package init() {}
}
