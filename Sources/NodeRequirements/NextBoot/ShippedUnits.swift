/// systemd's own units as every distribution ships them, as far as the way from default.target to a reader of
/// configuration leads through them.
///
/// They stand in where a tree is a record of some files and no whole system; on a machine its own files are read.
/// - Source: systemd 252 `units/`; bootup(7).
enum ShippedUnits {
    /// A unit of this name: what it is called in full, and its text.
    static func unit(_ name: String) -> (name: String, text: String)? {
        if name == "default.target" { return ("graphical.target", texts["graphical.target"] ?? "") }
        return texts[name].map { (name, $0) }
    }

    private static let texts: [String: String] = [
        "graphical.target": "[Unit]\nRequires=multi-user.target\nWants=display-manager.service\n",
        "multi-user.target": "[Unit]\nRequires=basic.target\n",
        "basic.target":
            "[Unit]\nRequires=sysinit.target\nWants=sockets.target timers.target paths.target slices.target\n",
        "sysinit.target": "[Unit]\nWants=local-fs.target swap.target\n",
        "local-fs.target": "[Unit]\nDefaultDependencies=no\n",
        "swap.target": "[Unit]\nDefaultDependencies=no\n",
        "sockets.target": "[Unit]\n", "timers.target": "[Unit]\n", "paths.target": "[Unit]\n",
        "slices.target": "[Unit]\n", "network-online.target": "[Unit]\n", "network.target": "[Unit]\n",
        "network-pre.target": "[Unit]\n", "remote-fs.target": "[Unit]\n", "getty.target": "[Unit]\n",
        "nss-lookup.target": "[Unit]\n", "time-set.target": "[Unit]\n",
        "rescue.target": "[Unit]\nRequires=sysinit.target rescue.service\n",
        "emergency.target": "[Unit]\nRequires=emergency.service\n",
        "rescue.service": "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\n",
        "emergency.service": "[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sh\n",
        "dbus.socket": "[Socket]\nListenStream=/run/dbus/system_bus_socket\n",
        "systemd-modules-load.service":
            "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/usr/lib/systemd/systemd-modules-load\n",
        "systemd-sysctl.service":
            "[Unit]\nDefaultDependencies=no\n[Service]\nType=oneshot\nExecStart=/usr/lib/systemd/systemd-sysctl\n",
    ]

    /// What the shipped folders of dependencies of a unit name.
    static func dependencies(of name: String) -> [String] {
        switch name {
        case "multi-user.target": ["getty.target", "remote-fs.target"]
        case "sysinit.target": ["systemd-modules-load.service", "systemd-sysctl.service"]
        case "sockets.target": ["dbus.socket"]
        default: []
        }
    }
}
