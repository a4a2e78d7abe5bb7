internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What a unit draws on by its settings, and by what it is.
extension LoadedUnit {
    private static let relations: [String: Relation] = [
        "Wants": .wants, "Upholds": .wants, "Requires": .requires, "BindsTo": .bindsTo, "Requisite": .requisite,
        "Conflicts": .conflicts, "After": .after, "Before": .before, "PartOf": .partOf, "StopPropagatedFrom": .partOf,
        "PropagatesStopTo": .stops,
    ]

    /// The units that the settings name, and those that every unit of the type needs.
    ///
    /// - Source: systemd.unit(5), "Mapping of unit properties to their inverses"; systemd.service(5), systemd.socket(5),
    ///   systemd.timer(5), systemd.path(5), systemd.mount(5), systemd.swap(5) and systemd.target(5), "Automatic
    ///   dependencies"; these lists cannot be reset.
    mutating func takeDependencies() {
        for setting in settings where setting.section == "Unit" {
            guard let relation = Self.relations[setting.key] else { continue }
            add(setting, relation)
        }
        takeTypeDependencies()
        if boolean("DefaultDependencies", in: "Unit") ?? true { takeDefaultDependencies() }
    }

    private mutating func add(_ setting: Setting, _ relation: Relation) {
        for word in setting.value.split(whereSeparator: \.isWhitespace) {
            let plain = word.filter { $0 != "\"" && $0 != "'" }
            guard let name = id.expanding(String(plain)).flatMap({ resolving($0) }) else { continue }
            dependencies.append(Dependency(name: name, relation: relation, evidence: setting.evidence))
        }
    }

    private mutating func add(_ relation: Relation, _ names: String...) {
        let own = Evidence(file ?? "/usr/lib/systemd/system")
        dependencies += names.map { Dependency(name: $0, relation: relation, evidence: own) }
    }

    /// What comes with the type, whatever the unit says.
    private mutating func takeTypeDependencies() {
        switch id.type {
        case "service":
            for setting in list("Sockets", in: "Service") {
                add(setting, .wants)
                add(setting, .after)
            }
            if serviceType == "dbus" {
                add(.requires, "dbus.socket")
                add(.after, "dbus.socket")
            }
            let output = value("StandardOutput", in: "Service") ?? "journal"
            if ["journal", "kmsg", "syslog"].contains(where: { output.hasPrefix($0) }) {
                add(.after, "systemd-journald.socket")
            }
        case "socket":
            if !(boolean("Accept", in: "Socket") ?? false) {
                add(.before, value("Service", in: "Socket") ?? id.name(ofType: "service"))
            }
        case "timer", "path": add(.before, value("Unit", in: ownSection) ?? id.name(ofType: "service"))
        default: break
        }
    }

    /// What `DefaultDependencies=` stands for.
    private mutating func takeDefaultDependencies() {
        switch id.type {
        case "service", "socket", "timer", "path":
            add(.requires, "sysinit.target")
            add(.after, "sysinit.target")
            if id.type == "service" { add(.after, "basic.target") } else { add(.before, "\(id.type)s.target") }
            if id.type == "timer", value("OnCalendar", in: "Timer") != nil {
                add(.after, "time-set.target", "time-sync.target")
            }
            add(.conflicts, "shutdown.target")
            add(.before, "shutdown.target")
        case "target":
            add(.conflicts, "shutdown.target")
            add(.before, "shutdown.target")
        case "swap", "mount":
            add(.before, id.type == "swap" ? "swap.target" : "local-fs.target")
            if id.type == "mount" { add(.after, "local-fs-pre.target") }
            add(.conflicts, "umount.target")
            add(.before, "umount.target")
        default: break
        }
    }
}

extension UnitIdentifier {
    /// The unit of another type with the same name.
    fileprivate func name(ofType other: String) -> String { name.dropLast(type.count) + other }
}
