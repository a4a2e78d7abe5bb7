internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import NodeAPI
internal import Synchronization
internal import SystemPackage

/// SIGINT as something to wait for, so that what was started can be ended before the process.
package enum Interruption {
    /// Where the signal's handler writes: it may do nothing else than that.
    private static let writing = Atomic<Int32>(-1)

    /// Runs `body`; at SIGINT it is cancelled and awaited instead of ending the process at once.
    ///
    /// For one call at a time. Programs that are started meanwhile have the signal as it was.
    /// - Throws: `ExitStatus.interrupted` when the signal came first; what `body` throws.
    /// - Source: signal-safety(7): write(2) is safe in a handler.
    package static func cancelling<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let pipe = try SystemPackage.FileDescriptor.pipe(options: [.closeOnExec, .nonBlocking])
        let loop = EventLoops.shared.next()
        let promise = loop.makePromise(of: Bool.self)
        let channel = try await NIOPipeBootstrap(group: loop)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(FirstRead(promise))
                }
            }
            .takingOwnershipOfDescriptor(input: pipe.readEnd.rawValue).get()
        writing.store(pipe.writeEnd.rawValue, ordering: .relaxed)
        let former = signal(SIGINT) { _ in
            var byte: UInt8 = 0
            // A full pipe has been heard already.
            _ = unsafe Glibc.write(Interruption.writing.load(ordering: .relaxed), &byte, 1)
        }
        defer {
            _ = signal(SIGINT, former)
            // A handler that runs late finds no descriptor; nothing was lost by closing.
            writing.store(-1, ordering: .relaxed)
            try? pipe.writeEnd.close()
        }
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                guard try await promise.futureResult.get() else { throw CancellationError() }
                return nil
            }
            defer {
                group.cancelAll()
                // Ends the wait for the signal, which no cancellation reaches.
                channel.close(promise: nil)
            }
            guard let value = try await group.next() ?? nil else { throw ExitStatus.interrupted }
            return value
        }
    }

    /// Tells whether anything came before the end.
    private final class FirstRead: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let promise: EventLoopPromise<Bool>

        init(_ promise: EventLoopPromise<Bool>) { self.promise = promise }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { promise.succeed(true) }

        func channelInactive(context: ChannelHandlerContext) { promise.succeed(false) }
    }
}
