internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What cron, the network's programs and cloud-init run.
extension BootCommandSearch {
    /// Tables of cron: `@reboot` runs at boot, everything else some time later.
    ///
    /// - Source: crontab(5); cron(8), "Debian specific", for the names that count in /etc/cron.d.
    mutating func addCron() async throws(ObservationError) {
        let reader = try await units.reader("cron.service", "cronie.service", "crond.service")
        guard reader != .doesNotRun else { return }
        var tables: [(path: FilePath, hasUser: Bool)] = [("/etc/crontab", true)]
        for name in try await host.files.names(in: "/etc/cron.d") where Self.isHookName(name) {
            tables.append((FilePath("/etc/cron.d").appending(name), true))
        }
        tables.append(("/var/spool/cron/crontabs/root", false))
        for (path, hasUser) in tables {
            guard try await host.files.kind(of: path) != .directory,
                let bytes = try await host.files.beginning(of: path, limit: Self.mostBytes)
            else { continue }
            let lines = String(decoding: bytes, as: UTF8.self).textLines(keepingEmpty: true)
            for (index, line) in lines.enumerated() {
                guard let (isAtBoot, command) = Self.cronCommand(line, hasUser: hasUser) else { continue }
                try await add(
                    command, at: path, line: index + 1, by: "cron", isCertain: isAtBoot && reader == .runs)
            }
        }
    }

    private static func cronCommand(_ line: Substring, hasUser: Bool) -> (isAtBoot: Bool, command: String)? {
        let text = line.drop { $0 == " " || $0 == "\t" }
        guard let first = text.first, first == "@" || first == "*" || first.isNumber else { return nil }
        var rest = text
        for _ in 0..<((first == "@" ? 1 : 5) + (hasUser ? 1 : 0)) {
            rest = rest.drop { $0 != " " && $0 != "\t" }.drop { $0 == " " || $0 == "\t" }
        }
        return rest.isEmpty ? nil : (text.hasPrefix("@reboot"), String(rest))
    }

    /// The commands of /etc/network/interfaces.
    ///
    /// - Source: interfaces(5), "IFACE OPTIONS".
    mutating func addInterfaces() async throws(ObservationError) {
        let reader = try await units.reader("networking.service")
        guard reader != .doesNotRun else { return }
        for (path, text) in try await interfaceFiles() {
            for (index, line) in text.textLines(keepingEmpty: true).enumerated() {
                let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
                guard words.count == 2, ["up", "post-up", "pre-up"].contains(words[0]) else { continue }
                try await add(
                    String(words[1]), at: path, line: index + 1, by: "networking.service", isCertain: reader == .runs)
            }
        }
        for folder in ["if-pre-up.d", "if-up.d"] {
            try await addFolder(FilePath("/etc/network").appending(folder), by: "the ifupdown hook")
        }
    }

    private func interfaceFiles() async throws(ObservationError) -> [(path: FilePath, text: String)] {
        var paths: [FilePath] = ["/etc/network/interfaces"]
        let folder: FilePath = "/etc/network/interfaces.d"
        paths += try await host.files.names(in: folder).map { folder.appending($0) }
        var files: [(path: FilePath, text: String)] = []
        for path in paths where try await host.files.kind(of: path) != .directory {
            guard let bytes = try await host.files.beginning(of: path, limit: Self.mostBytes) else { continue }
            files.append((path, String(decoding: bytes, as: UTF8.self)))
        }
        return files
    }

    /// The hooks of programs that bring the network up, where these programs run.
    ///
    /// - Source: dhclient-script(8), "HOOKS"; networkd-dispatcher(8); NetworkManager-dispatcher(8).
    mutating func addHooks() async throws(ObservationError) {
        if try await usesDhclient() {
            let folder: FilePath = "/etc/dhcp"
            for kind in ["dhclient-enter-hooks", "dhclient-exit-hooks"] {
                let places =
                    [folder.appending(kind)]
                    + (try await host.files.names(in: folder.appending(kind + ".d"))).map {
                        folder.appending(kind + ".d").appending($0)
                    }
                for path in places where try await host.files.kind(of: path) != .directory {
                    // They are read by the shell of dhclient-script, whatever their first line and mode.
                    guard let bytes = try await host.files.beginning(of: path, limit: Self.mostBytes) else { continue }
                    try await add(
                        String(decoding: bytes, as: UTF8.self), at: path, by: "the dhclient hook \(path)",
                        isCertain: false)
                }
            }
        }
        if try await units.reader("networkd-dispatcher.service") != .doesNotRun {
            for folder in ["/etc/networkd-dispatcher", "/usr/lib/networkd-dispatcher"] as [FilePath] {
                for state in try await host.files.names(in: folder) where state.hasSuffix(".d") {
                    try await addFolder(folder.appending(state), by: "the networkd-dispatcher hook")
                }
            }
        }
        if try await units.reader("NetworkManager.service") != .doesNotRun,
            try await units.mask(of: "NetworkManager-dispatcher.service") == nil
        {
            for folder in ["/etc/NetworkManager/dispatcher.d", "/usr/lib/NetworkManager/dispatcher.d"] as [FilePath] {
                for place in [folder, folder.appending("pre-up.d"), folder.appending("no-wait.d")] {
                    try await addFolder(place, by: "the NetworkManager hook")
                }
            }
        }
        try await addFolder("/var/lib/cloud/scripts/per-boot", by: "cloud-init's script")
    }

    /// Takes the executable scripts of a folder in.
    private mutating func addFolder(_ folder: FilePath, by origin: String) async throws(ObservationError) {
        for name in try await host.files.names(in: folder) {
            let path = folder.appending(name)
            guard try await host.files.isExecutable(path) == true else { continue }
            try await addScript(path, by: "\(origin) \(path)", isCertain: false)
        }
    }

    /// Whether something on this host asks dhclient for its address.
    private mutating func usesDhclient() async throws(ObservationError) -> Bool {
        var isThere = false
        for place in ["/sbin/dhclient", "/usr/sbin/dhclient"] as [FilePath] where !isThere {
            isThere = try await host.files.isExecutable(place) == true
        }
        guard isThere else { return false }
        if try await units.reader("networking.service") != .doesNotRun {
            for (_, text) in try await interfaceFiles() {
                for line in text.textLines() {
                    let words = line.split(whereSeparator: \.isWhitespace)
                    if words.first == "iface", words.last == "dhcp" { return true }
                }
            }
        }
        for (command, unit) in try await clients() where command.contains("dhclient") {
            if try await !units.start(of: unit).isRuledOut { return true }
        }
        guard try await units.reader("NetworkManager.service") != .doesNotRun else { return false }
        var paths: [FilePath] = ["/etc/NetworkManager/NetworkManager.conf"]
        let folder: FilePath = "/etc/NetworkManager/conf.d"
        paths += try await host.files.names(in: folder).filter { $0.hasSuffix(".conf") }.map { folder.appending($0) }
        for path in paths {
            let text = try await host.files.text(at: path) ?? ""
            if UnitFile(parsing: text).value("dhcp", in: "main") == "dhclient" { return true }
        }
        return false
    }

    /// Services that an operator made to start a DHCP client.
    private mutating func clients() async throws(ObservationError) -> [(command: String, unit: String)] {
        var found: [(command: String, unit: String)] = []
        for name in units.names.sorted() where name.contains("dhc") && name.hasSuffix(".service") {
            guard let unit = try await units.reader.load(name) else { continue }
            found += unit.commands("ExecStart").map { ($0.command.program, name) }
        }
        return found
    }

    /// Whether run-parts(8) takes a file of this name.
    private static func isHookName(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-")
                || ("0"..."9").contains(Character(UnicodeScalar(byte)))
                || ("a"..."z").contains(Character(UnicodeScalar(byte)))
                || ("A"..."Z").contains(Character(UnicodeScalar(byte)))
        }
    }
}
