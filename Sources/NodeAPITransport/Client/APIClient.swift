internal import CommandProcess
internal import NIOCore
internal import NIOPosix
package import NodeAPI
package import SystemPackage
internal import TextForms

/// One connection to a daemon, for requests in turn.
package struct APIClient: Sendable {
    /// What the other end is reached through.
    package enum Endpoint: Sendable {
        /// The Unix socket at a path.
        case socket(FilePath)
        /// The output and the input of a `dial-stdio`, which begins with a banner. The client closes both in any case.
        case pipes(reading: SystemPackage.FileDescriptor, writing: SystemPackage.FileDescriptor)
    }

    private let connection: NIOLoopBound<ClientConnection>
    private let channel: any Channel

    /// Connects, gives `body` the connection, and closes it.
    ///
    /// A socket at which too many others wait is tried until there is room, for `limits.connectPatience` at the most.
    /// - Throws: `TransportError` when there is no connection, and whatever `body` throws.
    package static func withConnection<Value>(
        to endpoint: Endpoint, limits: ClientLimits = ClientLimits(), _ body: (APIClient) async throws -> Value
    ) async throws -> Value {
        let client = try await connect(to: endpoint, limits: limits)
        do {
            let value = try await body(client)
            await client.close()
            return value
        } catch {
            await client.close()
            throw error
        }
    }

    /// Waits for the banner of a `dial-stdio`, past what a login shell says before it; for pipes, and before the first request.
    package func banner(within deadline: Duration) async throws(TransportError) -> Banner {
        try await result { connection in connection.banner(within: deadline) }
    }

    /// Asks with `GET` and waits for the whole answer, one request at a time.
    ///
    /// After any error the connection is of no use any more.
    package func get(_ target: String, within deadline: Duration) async throws(TransportError) -> APIResponse {
        try await send("GET", target, within: deadline)
    }

    /// Has the daemon do something, with `POST` and no body, and waits for the whole answer.
    package func post(_ target: String, within deadline: Duration) async throws(TransportError) -> APIResponse {
        try await send("POST", target, within: deadline)
    }

    private func send(
        _ method: String, _ target: String, within deadline: Duration
    ) async throws(TransportError) -> APIResponse {
        guard target.hasPrefix("/"), target.utf8.count <= HeadLimits().targetBytes,
            target.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { throw .badTarget }
        return try await result { connection in connection.send(method, target, within: deadline) }
    }

    private func result<Value: Sendable>(
        _ ask: @escaping @Sendable (ClientConnection) -> EventLoopFuture<Value>
    ) async throws(TransportError) -> Value {
        let answer = channel.eventLoop.flatSubmit { [connection] in ask(connection.value) }
        do {
            return try await withTaskCancellationHandler {
                try await answer.get()
            } onCancel: { [channel, connection] in
                channel.eventLoop.execute { connection.value.fail(.cancelled) }
            }
        } catch let error as TransportError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
    }

    private func close() async {
        // Closed already is as good.
        try? await channel.close().get()
    }

    private static func connect(
        to endpoint: Endpoint, limits: ClientLimits
    ) async throws(TransportError) -> APIClient {
        let loop = EventLoops.shared.next()
        do {
            let connection = try await loop.submit {
                NIOLoopBound(ClientConnection(limits: limits, loop: loop), eventLoop: loop)
            }.get()
            let install = { @Sendable (channel: any Channel) in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(connection.value)
                }
            }
            let channel: any Channel
            switch endpoint {
            case .socket(let path):
                let socket = try await UnixSocket.connection(to: path, within: limits.connectPatience)
                channel = try await ClientBootstrap(group: loop).channelInitializer(install)
                    .withConnectedSocket(socket.rawValue).get()
            case .pipes(let reading, let writing):
                do {
                    channel = try await NIOPipeBootstrap(group: loop).channelInitializer(install)
                        .takingOwnershipOfDescriptors(input: reading.rawValue, output: writing.rawValue).get()
                } catch {
                    try? reading.close()
                    try? writing.close()
                    throw error
                }
            }
            return APIClient(connection: connection, channel: channel)
        } catch let error as TransportError {
            throw error
        } catch {
            throw .failed("\(error)")
        }
    }
}

extension UnixSocket {
    /// How long a thread blocks before it looks whether the task was cancelled.
    private static let slice = Duration.milliseconds(250)

    /// A socket that is connected to the one at `path`, whose queue is waited for on a thread of its own.
    fileprivate static func connection(
        to path: FilePath, within patience: Duration
    ) async throws(TransportError) -> SystemPackage.FileDescriptor {
        if let descriptor = connectToRootQueue(insteadOf: path) { return descriptor }
        let end = ContinuousClock.now + patience
        var result = Result { () throws(Errno) in try connect(to: path, isBlocking: false) }
        while case .failure(.resourceTemporarilyUnavailable) = result, case let left = end - .now, left > .zero {
            guard !Task.isCancelled else { throw .cancelled }
            result = await connecting(to: path, within: min(left, slice))
        }
        switch result {
        case .success(let descriptor): return descriptor
        case .failure(let error): throw TransportError(connectingTo: path, error)
        }
    }

    private static func connecting(
        to path: FilePath, within patience: Duration
    ) async -> Result<SystemPackage.FileDescriptor, Errno> {
        do {
            return try await NIOThreadPool.singleton.runIfActive {
                Result { () throws(Errno) in try connect(to: path, within: patience) }
            }
        } catch {
            // The pool of the process never ends, so nobody asked.
            return .failure(.canceled)
        }
    }
}

/// What the other end of a client may send.
package struct ClientLimits: Equatable, Sendable {
    /// The largest head of an answer, in bytes.
    package var headBytes = 8 * 1024
    /// The largest body of an answer, in bytes.
    package var bodyBytes = 1 << 20
    /// How long to wait for room at a socket where too many others wait.
    package var connectPatience = Duration.seconds(10)

    /// The limits of the fleet.
    package init() {}
}
