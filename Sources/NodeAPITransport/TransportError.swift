package import NodeAPI
package import SystemPackage

/// Why no answer came.
package enum TransportError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is nothing at the path.
    case noSocket(FilePath)
    /// There is a socket at the path, and nobody listens on it.
    case connectionRefused(FilePath)
    /// The caller may not connect to the socket.
    case permission(FilePath)
    /// So many wait at the socket that there was no room in time.
    case busy(FilePath)
    /// The socket cannot be connected to for another reason.
    case connecting(FilePath, Errno)
    /// Before the banner there was too much else: how many bytes, and the first line as it came.
    case noBanner(noiseBytes: Int, firstLine: [UInt8])
    /// The other side speaks another version of the banner: what it says of itself, as it came.
    case otherVersion([UInt8])
    /// What came is no answer; with what is wrong.
    case notHTTP(String)
    /// What came passes a limit; with which.
    case tooLarge(String)
    /// The connection ended before the answer did, after so many bytes of it.
    case closedEarly(receivedBytes: Int)
    /// The answer had not ended after this time.
    case timedOut(Duration)
    /// The target cannot be put into a request.
    case badTarget
    /// The task was cancelled.
    case cancelled
    /// The connection failed.
    case failed(String)

    package var description: String {
        switch self {
        case .noSocket(let path): "cannot connect to \(path): the socket does not exist; is nucprepd.socket started?"
        case .connectionRefused(let path): "cannot connect to \(path): no process listens on it; is nucprepd running?"
        case .permission(let path): "cannot connect to \(path): permission denied"
        case .busy(let path): "cannot connect to \(path): too many connections wait there, retry later"
        case .connecting(let path, let error): "cannot connect to \(path): \(error)"
        case .noBanner(let noiseBytes, let firstLine):
            "cannot find nucprep at the other end: \(noiseBytes) bytes of something else came"
                + (firstLine.isEmpty ? "" : ", first \(Text.printable(String(decoding: firstLine, as: UTF8.self)))")
        case .otherVersion(let line):
            "cannot speak with the other end: it says \(Text.printable(String(decoding: line, as: UTF8.self)))"
        case .notHTTP(let cause), .tooLarge(let cause): "cannot read the answer: \(cause)"
        case .closedEarly(let count): "cannot read the answer: the connection ended after \(count) bytes of it"
        case .timedOut(let duration): "cannot wait for the answer: it did not come within \(duration)"
        case .badTarget: "cannot ask: the target is no path of printable ASCII"
        case .cancelled: "cannot wait for the answer: cancelled"
        case .failed(let cause): "cannot speak with the other end: \(cause)"
        }
    }

    /// What a command that meets it ends with.
    package var exitStatus: ExitStatus {
        switch self {
        case .permission: .notAllowed
        case .noSocket, .connectionRefused, .connecting, .closedEarly, .timedOut, .failed: .noAnswer
        case .noBanner, .otherVersion, .notHTTP, .tooLarge: .internalError
        case .badTarget: .usage
        case .busy: .tryAgain
        case .cancelled: .interrupted
        }
    }

    /// The error for a failed connect(2) to `path`.
    init(connectingTo path: FilePath, _ error: Errno) {
        switch error {
        case .noSuchFileOrDirectory, .notDirectory: self = .noSocket(path)
        case .connectionRefused: self = .connectionRefused(path)
        case .permissionDenied, .notPermitted: self = .permission(path)
        case .resourceTemporarilyUnavailable: self = .busy(path)
        default: self = .connecting(path, error)
        }
    }

    init(_ fault: HeadFault) {
        switch fault {
        case .malformed(let cause): self = .notHTTP(cause)
        case .targetTooLong(let limit): self = .tooLarge("a target is longer than \(limit) bytes")
        case .headerTooLarge(let cause): self = .tooLarge(cause)
        }
    }
}
