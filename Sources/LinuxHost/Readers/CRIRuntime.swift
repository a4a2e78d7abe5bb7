internal import ContainerRuntime
package import NodeState

/// The container runtime of the running machine, asked over its socket.
package struct CRIRuntime: RuntimeReading {
    /// No look waits longer for containerd, which may hang.
    private static let deadline = Duration.seconds(5)

    private let socket: String

    /// Asks at `socket`.
    package init(socket: String = "/run/containerd/containerd.sock") { self.socket = socket }

    package func version() async throws(ObservationError) -> RuntimeAnswer {
        switch await CRIClient.version(socket: socket, deadline: Self.deadline) {
        case .serving(let name, let version): return .serving(name: name, version: version)
        case .withoutCRI: return .withoutCRI
        case .noSocket(let cause): return .noSocket("\(socket): \(cause)")
        case .failed(let cause): throw ObservationError(reading: socket, cause: cause)
        }
    }

    package func hasImage(_ name: String) async throws(ObservationError) -> Bool {
        do throws(CRIError) {
            return try await CRIClient.hasImage(name, socket: socket, deadline: Self.deadline)
        } catch {
            throw ObservationError(reading: socket, cause: error.description)
        }
    }

    package func cgroupDriver() async throws(ObservationError) -> CgroupDriver? {
        do throws(CRIError) {
            switch try await CRIClient.cgroupDriver(socket: socket, deadline: Self.deadline) {
            case .systemd: return .systemd
            case .cgroupfs: return .cgroupfs
            case nil: return nil
            }
        } catch {
            throw ObservationError(reading: socket, cause: error.description)
        }
    }

    package func images() async throws(ObservationError) -> Set<String> {
        do throws(CRIError) {
            return try await CRIClient.images(socket: socket, deadline: Self.deadline)
        } catch {
            throw ObservationError(reading: socket, cause: error.description)
        }
    }
}
