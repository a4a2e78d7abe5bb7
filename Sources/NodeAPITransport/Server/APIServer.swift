internal import CommandProcess
internal import NIOCore
internal import NIOPosix
package import NodeAPI
internal import SystemPackage

/// The API over HTTP/1.1 on a Unix socket.
///
/// It frames, limits and passes on; what a route means is the handler's. One thread carries all connections, each
/// handler runs in a task of its own, and nothing that a caller does ends the server.
package struct APIServer: Sendable {
    private let sockets: [ListeningSocket]
    private let handler: any APIHandling
    private let limits: ServerLimits
    private let identify: @Sendable (Int32) throws -> Caller

    /// A server for callers of `sockets`, which it owns from `run` on: a queue each, and one set of limits for all.
    package init(on sockets: [ListeningSocket], handler: any APIHandling, limits: ServerLimits = ServerLimits()) {
        self.init(on: sockets, handler: handler, limits: limits) { try PeerCredentials.caller(on: $0) }
    }

    /// A server that takes callers for who `identify` says they are.
    init(
        on sockets: [ListeningSocket], handler: any APIHandling, limits: ServerLimits,
        identify: @escaping @Sendable (Int32) throws -> Caller
    ) {
        self.sockets = sockets
        self.handler = handler
        self.limits = limits
        self.identify = identify
    }

    /// Serves until the task is cancelled, which is the normal end and returns.
    ///
    /// Then waiting callers are told that the daemon stops, their handlers are cancelled, and all connections are closed
    /// within `stopDeadline`; a handler that does not heed its cancellation holds the return up. A socket that was made
    /// here is removed from the file system.
    ///
    /// - Throws: when the socket cannot be listened on any more.
    package func run() async throws {
        let loop = EventLoops.shared.next()
        let (requests, feed) = AsyncStream.makeStream(of: PendingRequest.self)
        let floor = try await loop.submit { [limits, handler] in
            NIOLoopBound(ServerFloor(limits: limits, handler: handler, requests: feed), eventLoop: loop)
        }.get()
        var listeners: [any Channel] = []
        for socket in sockets {
            do {
                let listener = bootstrap(on: loop, floor: floor).withBoundSocket(socket.descriptor.rawValue)
                listeners.append(try await listener.get())
            } catch {
                for socket in sockets { socket.remove() }
                for listener in listeners { try? await listener.close().get() }
                throw ListenError(what: socket.name, cause: "\(error)")
            }
        }
        for listener in listeners { listener.closeFuture.whenComplete { _ in feed.finish() } }
        await withDiscardingTaskGroup { group in
            for await request in requests {
                group.addTask { await request.perform(with: handler) }
            }
            // The end of the stream: cancelled, or the listener is gone. What fails here changes nothing of what is to be
            // done. The name goes first: once the socket is closed, another server may have made its own there.
            for socket in sockets { socket.remove() }
            for listener in listeners { try? await listener.close().get() }
            try? await loop.flatSubmit { floor.value.stop(on: loop) }.get()
            group.cancelAll()
        }
        guard Task.isCancelled else {
            throw ListenError(what: sockets.map(\.name).joined(separator: " and "), cause: "a socket was closed")
        }
    }

    private func bootstrap(on loop: any EventLoop, floor: NIOLoopBound<ServerFloor>) -> ServerBootstrap {
        ServerBootstrap(group: loop)
            // Who does not fit waits in connect(2), first come, first served; more of them would make everybody wait longer.
            .serverChannelOption(.backlog, value: CInt(limits.connections))
            // One at a time, so that a flood at one socket does not come before what is under way and the other socket.
            .serverChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { [identify] channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let caller = try pipeline.withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self, identify)
                    guard let caller else { throw Errno.notSocket }
                    try pipeline.addHandler(ServerConnection(caller: caller, floor: floor.value))
                }
            }
    }
}
