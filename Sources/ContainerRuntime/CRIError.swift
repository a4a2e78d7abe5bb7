/// Why a runtime gave no answer.
package enum CRIError: Error, Equatable, Sendable, CustomStringConvertible {
    /// There is no socket, or nobody listens at it.
    case noSocket(String)
    /// The runtime does not know the service or the call: gRPC's `UNIMPLEMENTED`.
    case unimplemented(String)
    /// It refused, did not answer in time, or does not speak gRPC.
    case failed(String)

    package var description: String {
        switch self {
        case .noSocket(let cause), .unimplemented(let cause), .failed(let cause): cause
        }
    }
}

/// What a socket says to the question for the runtime's version.
package enum CRIVersion: Equatable, Sendable {
    /// The CRI is served.
    case serving(name: String, version: String)
    /// Something speaks gRPC there and has no CRI of version 1.
    case withoutCRI
    /// There is no socket, or nobody listens at it.
    case noSocket(cause: String)
    /// It refused, did not answer in time, or does not speak gRPC.
    case failed(cause: String)
}

/// Who a runtime has make its cgroups.
package enum CRIDriver: Equatable, Sendable {
    case systemd, cgroupfs
}
