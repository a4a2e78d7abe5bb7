internal import Systemd

/// What the acts order of systemd and hostnamed; each call blocks until it is over.
protocol UnitOrdering: Sendable {
    /// Starts a unit unless that conflicts with another job, and waits for the end of its job.
    func start(_ unit: String, deadline: Duration) throws(BusError) -> JobResult
    /// Stops a unit and waits for the end of its job.
    func stop(_ unit: String, deadline: Duration) throws(BusError) -> JobResult
    /// Restarts a unit and waits for the end of its job.
    func restart(_ unit: String, deadline: Duration) throws(BusError) -> JobResult
    /// Enables a unit for the boot; whether any link was made.
    func enable(_ unit: String) throws(BusError) -> Bool
    /// What systemd tells of a unit.
    func details(of unit: String) throws(BusError) -> UnitDetails
    /// Has systemd read its units again.
    func reload() throws(BusError)
    /// Sets the static name of the host.
    func setHostname(_ name: String) throws(BusError)
}

/// The running systemd, each time over a connection of its own: orders are rare, and a connection kept open would have
/// to be watched.
struct BusOrders: UnitOrdering {
    func start(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try UnitBus(SystemBus.open()).start(unit, mode: .fail, deadline: deadline)
    }

    func stop(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try UnitBus(SystemBus.open()).stop(unit, deadline: deadline)
    }

    func restart(_ unit: String, deadline: Duration) throws(BusError) -> JobResult {
        try UnitBus(SystemBus.open()).restart(unit, mode: .fail, deadline: deadline)
    }

    func enable(_ unit: String) throws(BusError) -> Bool { try UnitBus(SystemBus.open()).enable(unit) }

    func details(of unit: String) throws(BusError) -> UnitDetails {
        try UnitBus(SystemBus.open()).details(of: unit, deadline: .seconds(10))
    }

    func reload() throws(BusError) { try UnitBus(SystemBus.open()).reload() }

    func setHostname(_ name: String) throws(BusError) { try HostnameBus(SystemBus.open()).setStaticName(name) }
}
