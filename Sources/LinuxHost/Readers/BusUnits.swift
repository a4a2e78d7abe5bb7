package import NodeState
internal import Systemd

/// The units of the running machine, its names and its clock, as systemd, hostnamed and timedated tell them.
package actor BusUnits: UnitReading {
    private let thread: any SerialExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe thread.asUnownedSerialExecutor() }

    /// No look waits longer.
    private static let deadline = Duration.seconds(5)

    /// How long a synchronised clock is believed to stay so: the kernel's own estimate grows to 16 s in hours only, and each
    /// question starts timedated.
    private static let clockPatience = Duration.seconds(3600)

    /// The connection for units, which is kept.
    private var bus: UnitBus?
    /// The connection for names, which is kept.
    private var names: HostnameBus?
    /// When the clock was last said to be synchronised.
    private var synchronisedAt: SuspendingClock.Instant?

    /// Asks on the system's bus; `thread` is where it waits for answers.
    package init(thread: any SerialExecutor = DedicatedThread(label: "nucprep.units")) { self.thread = thread }

    package func unit(_ name: String) throws(ObservationError) -> UnitState? {
        do throws(BusError) {
            let details = try details(of: name)
            return details.loadState == "not-found" ? nil : UnitState(details)
        } catch {
            throw ObservationError(reading: "the unit \(name)", cause: error.description, errno: error.errno)
        }
    }

    /// What hostnamed says; `nil` when there is none on this machine.
    func hostnamed() throws(ObservationError) -> HostnamedState? {
        do throws(BusError) {
            return try namesInForce()
        } catch {
            if error.isNoSuchService { return nil }
            throw ObservationError(reading: "systemd-hostnamed", cause: error.description, errno: error.errno)
        }
    }

    /// What timedated says of the clock.
    func isClockSynchronised() throws(ObservationError) -> Bool {
        if let synchronisedAt, SuspendingClock.now - synchronisedAt < Self.clockPatience { return true }
        do throws(BusError) {
            let isSynchronised = try TimedateBus(try SystemBus.open(deadline: Self.deadline))
                .isSynchronised(deadline: Self.deadline)
            synchronisedAt = isSynchronised ? .now : nil
            return isSynchronised
        } catch {
            throw ObservationError(
                reading: "whether the clock is synchronised", cause: error.description, errno: error.errno)
        }
    }

    private func namesInForce() throws(BusError) -> HostnamedState {
        if let names = names.take() {
            do throws(BusError) {
                let state = HostnamedState(staticName: try names.staticName(), name: try names.name())
                self.names = consume names
                return state
            } catch {
                // A connection that has ended since it was last used; any other error is the answer.
                guard error.isDisconnection else { throw error }
            }
        }
        let names = HostnameBus(try SystemBus.open(deadline: Self.deadline))
        let state = HostnamedState(staticName: try names.staticName(), name: try names.name())
        self.names = consume names
        return state
    }

    private func details(of name: String) throws(BusError) -> UnitDetails {
        if let bus = bus.take() {
            do throws(BusError) {
                let details = try bus.details(of: name, deadline: Self.deadline)
                self.bus = consume bus
                return details
            } catch {
                // A connection that has ended since it was last used; any other error is the answer.
                guard error.isDisconnection else { throw error }
            }
        }
        let bus = UnitBus(try SystemBus.open(deadline: Self.deadline))
        let details = try bus.details(of: name, deadline: Self.deadline)
        self.bus = consume bus
        return details
    }
}

extension UnitState {
    /// The state of a unit as the bus tells it.
    init(_ details: UnitDetails) {
        self.init(
            load: details.loadState, active: details.activeState, sub: details.subState, file: details.fileState,
            fragment: details.fragment, mainPID: details.mainPID == 0 ? nil : Int(details.mainPID),
            startedAt: details.startedAt == 0 ? nil : Int(clamping: details.startedAt), invocation: details.invocation,
            restarts: Int(details.restarts))
    }
}
