package import SystemPackage

/// A unit as systemd sees it now.
///
/// - Source: org.freedesktop.systemd1(5); the words are systemd's own.
package struct UnitState: Equatable, Sendable {
    /// `loaded`, `masked`, `bad-setting`, `error`, ….
    package var load: String
    /// `active`, `inactive`, `activating`, `deactivating`, `failed`, ….
    package var active: String
    /// The state of the unit's own type, such as `running`, `dead` or `auto-restart`.
    package var sub: String
    /// `enabled`, `disabled`, `static`, `masked`, …; empty when it has no file.
    package var file: String
    /// The file it was loaded from.
    package var fragment: FilePath?
    /// The main process; `nil` when none runs, and for a unit that has none.
    package var mainPID: Int?
    /// When the main process was started, in microseconds since 1970.
    package var startedAt: Int?
    /// The run of the unit: 32 hexadecimal digits, or empty before the first.
    package var invocation: String
    /// How often systemd restarted it by itself.
    package var restarts: Int

    /// The state of a unit that was loaded.
    package init(
        load: String = "loaded", active: String, sub: String, file: String, fragment: FilePath? = nil,
        mainPID: Int? = nil, startedAt: Int? = nil, invocation: String = "", restarts: Int = 0
    ) {
        self.load = load
        self.active = active
        self.sub = sub
        self.file = file
        self.fragment = fragment
        self.mainPID = mainPID
        self.startedAt = startedAt
        self.invocation = invocation
        self.restarts = restarts
    }
}

/// Asks systemd for its units.
package protocol UnitReading: Sendable {
    /// A unit as systemd sees it now; `nil` when there is none of this name.
    func unit(_ name: String) async throws(ObservationError) -> UnitState?
}
