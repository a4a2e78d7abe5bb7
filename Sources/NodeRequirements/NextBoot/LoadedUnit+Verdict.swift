internal import ConfigFormats
internal import NodeState

/// Whether systemd takes a unit as it is written.
extension LoadedUnit {
    private static let serviceTypes: Set<String> = [
        "simple", "exec", "forking", "oneshot", "dbus", "notify", "notify-reload", "idle",
    ]

    /// The type of a service, as systemd decides it when it is not given.
    ///
    /// - Source: systemd.service(5), `Type=`; systemd `src/core/service.c` (`service_add_extras`).
    var serviceType: String {
        let given = list("Type", in: "Service").map(\.value).last { Self.serviceTypes.contains($0) }
        if let given { return given }
        if value("BusName", in: "Service") != nil { return "dbus" }
        return commands("ExecStart").isEmpty ? "oneshot" : "simple"
    }

    /// Why systemd refuses the unit; `nil` when it takes it.
    ///
    /// - Source: systemd `src/core/service.c` (`service_verify`), `socket.c`, `timer.c`, `path.c`, `mount.c`, `swap.c` and
    ///   `automount.c` likewise, versions 249 to 257.
    var refusal: State? {
        switch id.type {
        case "service": serviceRefusal
        case "socket":
            hasSetting { $0.hasPrefix("Listen") && $0 != "ListenBacklog" } ? nil : lacks("Listen…=")
        case "timer": hasSetting { $0.hasPrefix("On") } ? nil : lacks("On…=")
        case "path": hasSetting { $0.hasPrefix("Path") || $0 == "DirectoryNotEmpty" } ? nil : lacks("Path…=")
        case "mount": value("What", in: "Mount") == nil ? lacks("What=") : misnamed("Where")
        case "automount": misnamed("Where")
        case "swap": misnamed("What")
        default: nil
        }
    }

    private var serviceRefusal: State? {
        let starts = commands("ExecStart").count
        let type = serviceType
        let isOneshot = type == "oneshot"
        let action = value("SuccessAction", in: "Unit")
        let hasAction = action != nil && action != "none"
        let remains = boolean("RemainAfterExit", in: "Service") ?? false
        let hasStop = !commands("ExecStop").isEmpty
        if starts == 0, !hasAction, !(isOneshot && remains && hasStop) {
            return .refused(reason: "no-exec-start", "it has no ExecStart=")
        }
        if starts == 0, !isOneshot { return .refused(reason: "no-exec-start", "it has no ExecStart=") }
        if !isOneshot, starts > 1 {
            return .refused(
                reason: "bad-setting", "it has \(starts) ExecStart= commands, which Type=\(type) does not allow")
        }
        let restart = value("Restart", in: "Service")
        if isOneshot, let restart, ["always", "on-success"].contains(restart) {
            return .refused(reason: "bad-setting", "Restart=\(restart) does not go with Type=oneshot")
        }
        if type == "dbus", value("BusName", in: "Service") == nil {
            return .refused(reason: "bad-setting", "Type=dbus needs BusName=")
        }
        return nil
    }

    private func hasSetting(_ isMeant: (String) -> Bool) -> Bool {
        let keys = Set(settings.filter { $0.section == ownSection }.map(\.key))
        return keys.contains { isMeant($0) && !list($0, in: ownSection).isEmpty }
    }

    private func lacks(_ what: String) -> State { .refused(reason: "bad-setting", "it has no \(what)") }

    /// A path in the unit must be the one that its name stands for; left out it is.
    private func misnamed(_ key: String) -> State? {
        guard let path = value(key, in: ownSection).flatMap({ id.expanding($0) }) else { return nil }
        // systemd looks a tag up under the name that udev gives it.
        guard path.hasPrefix("/") else { return nil }
        guard UnitName.escapingPath(path).map({ $0 + "." + id.type }) != id.name else { return nil }
        return .refused(reason: "bad-setting", "its \(key)=\(path) is not what its name stands for")
    }
}
