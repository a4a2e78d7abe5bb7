internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// A value that something sets after systemd-sysctl, or in no order with it.
struct LaterSysctl: Equatable, Sendable {
    /// The place below `/proc/sys`.
    var path: String
    /// `nil` is a value that is made when it is set.
    var value: String?
    /// Who sets it.
    var writer: String
    var evidence: Evidence
    /// Whether it is set for certain.
    var isCertain: Bool

    /// Whether the value is, or may be, another than `wanted`.
    func differs(from wanted: String) -> Bool {
        value.map { $0.split(whereSeparator: \.isWhitespace).first.map(String.init) != wanted } ?? true
    }

    /// What is so, in words.
    var actual: String {
        let line = evidence.line.map { ":\($0)" } ?? ""
        let value = value.map { "to \($0)" } ?? "to a value that is made at boot"
        return "\(writer) sets \(path) \(value) (\(evidence.path)\(line))"
    }
}

/// Who sets values of the kernel after systemd-sysctl.
///
/// docker is not among them: it switches forwarding on, never off.
/// - Source: rule P3; ufw(8), `IPT_SYSCTL` of /etc/default/ufw; systemd.network(5), networkd.conf(5), `IPv4Forwarding=`;
///   FRR, zebra, `ip forwarding`; tuned.conf(5), `[sysctl]`; tuned-main.conf(5), `reapply_sysctl`.
struct LaterSysctls: Sendable {
    private let host: HostView
    private var units: BootedUnits
    private(set) var settings: [LaterSysctl] = []

    /// What everything here is read from.
    static let inputs: [Input] =
        BootCommands.inputs + layeredInputs("systemd/networkd.conf.d") + layeredInputs("systemd/network")
        + ["/etc/default", "/etc/ufw", "/etc/frr"].map { .path($0) }
        + ["/etc/tuned", "/etc/tuned/profiles", "/usr/lib/tuned", "/usr/lib/tuned/profiles"].map { .twoLevels($0) }

    /// Reads all of them.
    static func read(_ host: HostView) async throws(ObservationError) -> [LaterSysctl] {
        try await host.shared("later sysctls", isLasting: true) { (host) async throws(ObservationError) in
            var later = LaterSysctls(host: host, units: try await BootedUnits(host))
            try await later.addCommands()
            try await later.addUfw()
            try await later.addNetworkd()
            try await later.addFRR()
            try await later.addTuned()
            return later.settings
        }
    }

    private init(host: HostView, units: BootedUnits) {
        self.host = host
        self.units = units
    }

    private mutating func addCommands() async throws(ObservationError) {
        for command in try await BootCommands.read(host).commands {
            for effect in command.sysctls {
                switch effect {
                case .sets(let path, let value):
                    settings.append(
                        LaterSysctl(
                            path: path, value: value, writer: "`\(command.command.text)` of \(command.origin)",
                            evidence: command.evidence, isCertain: command.isCertain && value != nil))
                case .loads(let file):
                    try await addFile(file, by: "sysctl, run by \(command.origin),", isCertain: command.isCertain)
                }
            }
        }
    }

    /// Takes in what a file of sysctl(8) sets.
    private mutating func addFile(
        _ path: FilePath, by writer: String, isCertain: Bool
    ) async throws(ObservationError) {
        guard let text = try await host.files.text(at: path) else { return }
        for entry in SysctlFile(parsing: text).entries {
            guard let value = entry.value else { continue }
            settings.append(
                LaterSysctl(
                    path: entry.path, value: value, writer: writer, evidence: Evidence(path, line: entry.line),
                    isCertain: isCertain))
        }
    }

    /// ufw applies a file of its own when it starts, in no order with systemd-sysctl.
    private mutating func addUfw() async throws(ObservationError) {
        let state = try await units.reader("ufw.service")
        guard state != .doesNotRun else { return }
        let main = EnvironmentText.values(of: try await host.files.text(at: "/etc/ufw/ufw.conf") ?? "")
        guard main["ENABLED"]?.lowercased() == "yes" else { return }
        let defaults = EnvironmentText.values(of: try await host.files.text(at: "/etc/default/ufw") ?? "")
        guard let file = defaults["IPT_SYSCTL"], file.hasPrefix("/") else { return }
        try await addFile(FilePath(file), by: "ufw", isCertain: state == .runs)
    }

    /// Since 256 networkd writes both values; before it only ever switched forwarding on.
    ///
    /// - Source: systemd `src/network/networkd-sysctl.c` (`manager_set_ip_forwarding`), `networkd-network.c`
    ///   (`config_parse_ip_forward_deprecated`, which sets nothing).
    private mutating func addNetworkd() async throws(ObservationError) {
        let version = try await SystemdVersion.installed(host)
        guard version ?? .max >= 256 else { return }
        let state = try await units.reader("systemd-networkd.service")
        guard state != .doesNotRun else { return }
        var files: [LayeredText] = []
        for folder in try await host.bootFolders() where files.isEmpty {
            let path = folder.appending("systemd").appending("networkd.conf")
            if let text = try await host.files.text(at: path) { files.append(LayeredText(path: path, text: text)) }
        }
        files += try await host.filesAtBoot(in: "systemd/networkd.conf.d")
        for (key, family) in [("IPv4Forwarding", "ipv4"), ("IPv6Forwarding", "ipv6")] {
            var last: (value: String, evidence: Evidence)?
            for file in files {
                for item in UnitFile(parsing: file.text).assignments where item.section == "Network" && item.key == key
                {
                    guard let isOn = KernelCommandLine.boolean(from: item.value) else {
                        if item.value.isEmpty { last = nil }
                        continue
                    }
                    last = (isOn ? "1" : "0", Evidence(file.path, line: item.line))
                }
            }
            guard let last else { continue }
            let places = ["net/\(family)/conf/default/forwarding", "net/\(family)/conf/all/forwarding"]
            for path in places + (family == "ipv4" ? ["net/ipv4/ip_forward"] : []) {
                settings.append(
                    LaterSysctl(
                        path: path, value: last.value, writer: "systemd-networkd", evidence: last.evidence,
                        isCertain: state == .runs && version != nil))
            }
        }
    }

    private mutating func addFRR() async throws(ObservationError) {
        let state = try await units.reader("frr.service")
        guard state != .doesNotRun else { return }
        for path in ["/etc/frr/frr.conf", "/etc/frr/zebra.conf"] as [FilePath] {
            let lines =
                try await host.files.text(at: path)?.textLines(keepingEmpty: true) ?? []
            for (index, line) in lines.enumerated() {
                let words = line.split(whereSeparator: \.isWhitespace)
                let isOff = words.first == "no"
                let rest = isOff ? words.dropFirst() : words[...]
                guard rest.count == 2, rest.last == "forwarding", let family = rest.first,
                    ["ip", "ipv6"].contains(family)
                else { continue }
                let places =
                    family == "ip"
                    ? ["net/ipv4/ip_forward"] : ["net/ipv6/conf/all/forwarding", "net/ipv6/conf/default/forwarding"]
                for place in places {
                    settings.append(
                        LaterSysctl(
                            path: place, value: isOff ? "0" : "1", writer: "zebra of FRR",
                            evidence: Evidence(path, line: index + 1), isCertain: state == .runs))
                }
            }
        }
    }

    /// The active profile of tuned, with those that it includes; what /etc/sysctl.d sets it sets again afterwards.
    private mutating func addTuned() async throws(ObservationError) {
        let state = try await units.reader("tuned.service")
        guard state != .doesNotRun else { return }
        let main = UnitFile(parsing: "[main]\n" + (try await host.files.text(at: "/etc/tuned/tuned-main.conf") ?? ""))
        let reapplies = main.value("reapply_sysctl", in: "main").flatMap { KernelCommandLine.boolean(from: $0) } ?? true
        var kept: Set<String> = []
        if reapplies {
            let files = try await host.filesAtBoot(in: "sysctl.d").filter { $0.path.starts(with: "/etc") }.map(\.text)
            let own = try await host.files.text(at: "/etc/sysctl.conf") ?? ""
            for text in files + [own] { kept.formUnion(SysctlFile(parsing: text).entries.map(\.path)) }
        }
        let active = try await host.files.text(at: "/etc/tuned/active_profile") ?? ""
        var names = active.split(whereSeparator: \.isWhitespace).map(String.init)
        var seen: Set<String> = []
        while let name = names.popLast() {
            guard seen.insert(name).inserted, seen.count < 32, !name.contains("/"), let place = FilePath.Component(name)
            else {
                continue
            }
            for folder in ["/etc/tuned/profiles", "/etc/tuned", "/usr/lib/tuned/profiles", "/usr/lib/tuned"]
                as [FilePath]
            {
                let path = folder.appending(place).appending("tuned.conf")
                guard let text = try await host.files.text(at: path) else { continue }
                let profile = UnitFile(parsing: text)
                names +=
                    profile.value("include", in: "main")?.split { $0 == "," || $0.isWhitespace }.map(String.init) ?? []
                for item in profile.assignments where item.section == "sysctl" {
                    let place = SysctlFile.path(of: item.key)
                    guard !kept.contains(place) else { continue }
                    let value = item.value.filter { $0 != "\"" }
                    settings.append(
                        LaterSysctl(
                            path: place, value: value.contains("$") ? nil : value,
                            writer: "tuned with its profile \(name)",
                            evidence: Evidence(path, line: item.line), isCertain: state == .runs && !value.contains("$")
                        ))
                }
                break
            }
        }
    }
}
