import Synchronization
import SystemPackage
import Systemd

@testable import LinuxHost

/// Takes orders for systemd and does what a test says; without that it refuses.
final class FalseOrders: UnitOrdering {
    private struct State {
        var calls: [String] = []
        var details: [String: UnitDetails] = [:]
    }

    private let state = Mutex(State())
    private let act: @Sendable (String) throws(BusError) -> JobResult

    static let refusal = BusError("ask systemd", errno: .connectionRefused)

    /// - Parameter act: what comes of an order such as `start a.service`.
    init(_ act: @escaping @Sendable (String) throws(BusError) -> JobResult = { _ throws(BusError) in throw refusal }) {
        self.act = act
    }

    var calls: [String] { state.withLock { $0.calls } }

    /// Has systemd know a unit.
    func setDetails(_ details: UnitDetails, of unit: String) { state.withLock { $0.details[unit] = details } }

    private func note(_ call: String) throws(BusError) -> JobResult {
        state.withLock { $0.calls.append(call) }
        return try act(call)
    }

    func start(_ unit: String, deadline: Duration) throws(BusError) -> JobResult { try note("start \(unit)") }
    func stop(_ unit: String, deadline: Duration) throws(BusError) -> JobResult { try note("stop \(unit)") }
    func restart(_ unit: String, deadline: Duration) throws(BusError) -> JobResult { try note("restart \(unit)") }
    func enable(_ unit: String) throws(BusError) -> Bool { try note("enable \(unit)") == .done }
    func reload() throws(BusError) { _ = try note("reload") }
    func setHostname(_ name: String) throws(BusError) { _ = try note("hostname \(name)") }

    func details(of unit: String) throws(BusError) -> UnitDetails {
        guard let details = state.withLock({ $0.details[unit] }) else { throw Self.refusal }
        return details
    }
}

extension UnitDetails {
    static func of(load: String = "loaded", active: String = "active", file: String = "enabled") -> UnitDetails {
        var details = UnitDetails()
        (details.loadState, details.activeState, details.fileState) = (load, active, file)
        return details
    }
}
