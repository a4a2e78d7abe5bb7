package import SystemPackage
internal import TextForms

/// What systemd tells of one unit.
package struct UnitDetails: Equatable, Sendable {
    /// `loaded`, `not-found`, `masked`, `bad-setting`, `error`, ….
    package var loadState = ""
    /// `active`, `inactive`, `activating`, `deactivating`, `failed`, ….
    package var activeState = ""
    /// The state of the unit's own type, such as `running` of a service.
    package var subState = ""
    /// `enabled`, `disabled`, `static`, `masked`, `generated`, …; empty when it has no file.
    package var fileState = ""
    /// The file it was loaded from; `nil` when it has none.
    package var fragment: FilePath?
    /// The run: 32 hexadecimal digits; empty when it never ran.
    package var invocation = ""
    /// The process of a service; 0 when none runs.
    package var mainPID: UInt32 = 0
    /// When that process was started, in microseconds since 1970; 0 when none was.
    package var startedAt: UInt64 = 0
    /// How often systemd has restarted it by itself since it was last started.
    package var restarts: UInt32 = 0
    /// Why a service ended: `success`, `exit-code`, `signal`, `timeout`, ….
    package var result = ""
    /// Whether its files changed since systemd read them.
    package var needsReload = false

    /// Nothing.
    package init() {}
}

extension UnitBus {
    /// A unit as systemd sees it now, loaded for the question if need be; one that is nowhere has the load state
    /// `not-found`.
    package borrowing func details(of unit: String, deadline: Duration) throws(BusError) -> UnitDetails {
        let message = try managerCall("LoadUnit")
        try message.append(unit)
        let path = try bus.call(message, deadline: deadline).readObjectPath()
        var details = UnitDetails()
        try readUnit(at: path, deadline, into: &details)
        // One by one: all that is known of a service is much, and some of it is counted when it is asked for.
        if unit.hasSuffix(".service"), details.loadState != "not-found" {
            details.mainPID = try service("MainPID", at: path, "u", deadline) { (value) throws(BusError) in
                try value.readUInt32()
            }
            details.restarts = try service("NRestarts", at: path, "u", deadline) { (value) throws(BusError) in
                try value.readUInt32()
            }
            details.startedAt = try service("ExecMainStartTimestamp", at: path, "t", deadline) {
                (value) throws(BusError) in
                try value.readUInt64()
            }
            details.result = try service("Result", at: path, "s", deadline) { (value) throws(BusError) in
                try value.readString()
            }
        }
        return details
    }

    private borrowing func readUnit(
        at path: String, _ deadline: Duration, into details: inout UnitDetails
    ) throws(BusError) {
        let message = try bus.message(
            to: Self.systemd, path: path, interface: "org.freedesktop.DBus.Properties", member: "GetAll")
        try message.append("org.freedesktop.systemd1.Unit")
        var found = details
        try bus.call(message, deadline: deadline).readProperties { (name, value) throws(BusError) in
            switch name {
            case "LoadState": found.loadState = try value.readVariantString()
            case "ActiveState": found.activeState = try value.readVariantString()
            case "SubState": found.subState = try value.readVariantString()
            case "UnitFileState": found.fileState = try value.readVariantString()
            case "FragmentPath":
                let fragment = try value.readVariantString()
                found.fragment = fragment.isEmpty ? nil : FilePath(fragment)
            case "NeedDaemonReload":
                found.needsReload = try value.readVariant(of: "b") { (value) throws(BusError) in try value.readBool() }
            case "InvocationID":
                let bytes = try value.readVariant(of: "ay") { (value) throws(BusError) in try value.readBytes() }
                found.invocation = Hexadecimal.text(bytes)
            default: return false
            }
            return true
        }
        details = found
    }

    private borrowing func service<Value>(
        _ name: String, at path: String, _ type: String, _ deadline: Duration,
        _ read: (borrowing BusMessage) throws(BusError) -> Value
    ) throws(BusError) -> Value {
        let message = try bus.message(
            to: Self.systemd, path: path, interface: "org.freedesktop.DBus.Properties", member: "Get")
        try message.append("org.freedesktop.systemd1.Service")
        try message.append(name)
        return try bus.call(message, deadline: deadline).readVariant(of: type, read)
    }
}

extension BusMessage {
    fileprivate borrowing func readVariantString() throws(BusError) -> String {
        try readVariant(of: "s") { (value) throws(BusError) in try value.readString() }
    }
}
