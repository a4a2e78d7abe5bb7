package import NIOPosix

/// The one thread that carries the connections of this process.
///
/// It starts with the first connection and lasts as long as the process, so nobody has to end it in time.
package enum EventLoops {
    package static let shared = MultiThreadedEventLoopGroup(numberOfThreads: 1)
}
