internal import NodeEngine
internal import SystemPackage
internal import Systemd

/// Starts and enables the few units that a node needs.
struct UnitActs: Sendable {
    let units: any UnitOrdering

    /// The units that may be started and enabled; which of the two of ssh there is depends on the distribution.
    static let known: Set<String> = [
        "containerd.service", "ssh.service", "ssh.socket", "sshd.service", "systemd-timesyncd.service",
    ]
    /// The unit that is enabled and never started: kubeadm does that when it has written what it needs.
    static let enabledOnly = "kubelet.service"
    private static let deadline = Duration.seconds(100)

    func start(_ unit: String) throws(ChangeError) -> Effect {
        let details = try checked(unit, "start")
        guard details.activeState != "active" else { return .alreadyTrue }
        do throws(BusError) {
            if case .ended(let word) = try units.start(unit, deadline: Self.deadline) {
                throw BusError("start", name: "job", message: "its job ended with \(word)", errno: .ioError)
            }
        } catch {
            throw .failed("cannot start \(unit): \(error.message ?? error.description)")
        }
        return .applied
    }

    func enable(_ unit: String) throws(ChangeError) -> Effect {
        let details = try checked(unit, "enable")
        guard details.fileState != "enabled" else { return .alreadyTrue }
        do throws(BusError) {
            return try units.enable(unit) ? .applied : .alreadyTrue
        } catch {
            throw .failed("cannot enable \(unit): \(error.message ?? error.description)")
        }
    }

    /// Masked is somebody's decision, which is not for us to undo.
    private func checked(_ unit: String, _ verb: String) throws(ChangeError) -> UnitDetails {
        guard Self.known.contains(unit) || verb == "enable" && unit == Self.enabledOnly else {
            throw .refused("cannot \(verb) \(unit): it is not one of the units that nucprep starts")
        }
        let details: UnitDetails
        do throws(BusError) {
            details = try units.details(of: unit)
        } catch {
            throw .failed("cannot \(verb) \(unit): \(error)")
        }
        guard details.loadState == "loaded" else {
            throw .refused("cannot \(verb) \(unit): systemd has it as \(details.loadState)")
        }
        return details
    }
}
