internal import CommandProcess
package import NodeAPI
package import SystemPackage

/// `dial-stdio`: the daemon's socket on standard input and output, for a client at the other end of ssh.
///
/// It is a program of its own with one thread, and blocks. It says the banner, then copies bytes both ways without
/// understanding them, until the daemon ends the connection or nobody reads any more.
package struct StdioBridge: Sendable {
    /// Why it ended.
    package enum End: Equatable, Sendable {
        /// The daemon or the client is done.
        case done
        /// There is no daemon, or no way to it.
        case noDaemon(TransportError)
        /// The client asked for what may not pass, and was told.
        case notAllowed

        /// What the program ends with.
        package var exitStatus: ExitStatus {
            switch self {
            case .done: .go
            case .noDaemon(let error): error.exitStatus
            case .notAllowed: .notAllowed
            }
        }
    }

    private let socket: FilePath
    private let isReadOnly: Bool
    private let input: SystemPackage.FileDescriptor
    private let output: SystemPackage.FileDescriptor

    /// A bridge to the daemon at `socket`; `isReadOnly` lets `GET` and `HEAD` pass and refuses the rest.
    package init(
        to socket: FilePath, isReadOnly: Bool, input: SystemPackage.FileDescriptor = .standardInput,
        output: SystemPackage.FileDescriptor = .standardOutput
    ) {
        self.socket = socket
        self.isReadOnly = isReadOnly
        self.input = input
        self.output = output
    }

    /// Runs to the end.
    ///
    /// Nothing is said when there is no daemon: the exit status tells it, and the client does not take it for an answer.
    package func run() -> End {
        StandardStreams.ignoreBrokenPipes()
        let daemon: SystemPackage.FileDescriptor
        do throws(Errno) {
            if let own = UnixSocket.connectToRootQueue(insteadOf: socket) {
                daemon = own
            } else {
                daemon = try UnixSocket.connect(to: socket, within: ClientLimits().connectPatience)
            }
        } catch {
            return .noDaemon(TransportError(connectingTo: socket, error))
        }
        var copy = BridgeCopy(daemon: daemon, input: input, output: output, filter: isReadOnly ? ReadOnlyFilter() : nil)
        let end = copy.run()
        try? daemon.close()
        return end
    }
}
