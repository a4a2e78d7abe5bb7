internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// One command that the next boot runs, or may run, beside what systemd's own rules say.
struct BootCommand: Equatable, Sendable {
    /// Who runs it: a unit, `rc.local`, a hook of a program.
    var origin: String
    var command: ShellScript.Command
    var evidence: Evidence
    /// Whether it runs for certain.
    var isCertain: Bool
}

/// One generator of systemd that is part of no rule here.
struct BootGenerator: Equatable, Sendable {
    var path: FilePath
    /// What it runs, when it is a script.
    var commands: [ShellScript.Command]
}

/// What runs at the next boot: an open world, of which commands are searched as data and nothing is run.
///
/// A script that a command names is searched too, one level deep and 64 KiB long; a program that is no script says nothing
/// but its name. Everything is computed once in a look.
/// - Source: rules P6 and P7.
struct BootCommands: Sendable {
    var commands: [BootCommand] = []
    var generators: [BootGenerator] = []

    /// What only may bear on the requirements is kept: these words stand in it.
    static let programs: Set<String> = [
        "swapon", "mkswap", "zramctl", "dphys-swapfile", "zramswap", "sysctl", "hostname", "hostnamectl", "nmcli",
        "/etc/hosts",
        "/etc/hostname",
    ]

    /// What it is read from, as far as that can be listened to; scripts elsewhere are seen by the periodic look.
    static let inputs: [Input] =
        BootedUnits.inputs + layeredInputs("systemd") + CloudInit.inputs
        + BootCommandSearch.udevFolders.map { .path($0) }
        + ["2", "3", "4", "5", "S"].map { .path(FilePath("/etc/rc\($0).d")) }
        + [
            "/etc/cron.d", "/var/spool/cron/crontabs", "/etc/init.d", "/opt", "/root",
            "/var/lib/cloud/scripts/per-boot",
        ].map {
            .path($0)
        }
        + [
            "/etc/dhcp", "/etc/network", "/etc/networkd-dispatcher", "/usr/lib/networkd-dispatcher",
            "/etc/NetworkManager", "/etc/NetworkManager/dispatcher.d", "/usr/lib/NetworkManager/dispatcher.d",
        ].map { .twoLevels($0) }

    /// Searches what the boot runs.
    ///
    /// - Throws: when something that runs is there and cannot be read.
    static func read(_ host: HostView) async throws(ObservationError) -> BootCommands {
        try await host.shared("boot commands", isLasting: true) { (host) async throws(ObservationError) in
            var search = BootCommandSearch(host, try await BootedUnits(host))
            try await search.addUnits()
            try await search.addStartScripts()
            try await search.addLocalScript()
            try await search.addCron()
            try await search.addInterfaces()
            try await search.addHooks()
            try await search.addUdev()
            try await search.addCloudInit()
            try await search.addGenerators()
            return search.found
        }
    }
}

/// Collects the commands of a boot.
struct BootCommandSearch: Sendable {
    let host: HostView
    var units: BootedUnits
    var found = BootCommands()

    /// As much of a script is searched.
    static let mostBytes = 64 * 1024
    /// More commands than these are not kept.
    private static let mostCommands = 2000

    init(_ host: HostView, _ units: BootedUnits) {
        self.host = host
        self.units = units
    }

    /// Takes the commands of a text in, and those of the scripts that it names.
    mutating func add(
        _ text: String, at path: FilePath, line: Int = 1, by origin: String, isCertain: Bool
    ) async throws(ObservationError) {
        let script = ShellScript(parsing: text, line: line)
        try await add(script.commands, at: path, by: origin, isCertain: isCertain, follows: true)
    }

    /// Takes commands in.
    mutating func add(
        _ commands: [ShellScript.Command], at path: FilePath, by origin: String, isCertain: Bool, follows: Bool
    ) async throws(ObservationError) {
        for command in commands {
            let isSure = isCertain && !command.isConditional
            if Self.matters(command), found.commands.count < Self.mostCommands {
                found.commands.append(
                    BootCommand(
                        origin: origin, command: command, evidence: Evidence(path, line: command.line),
                        isCertain: isSure))
            }
            guard follows else { continue }
            for script in command.scripts.map({ FilePath($0) }) {
                do throws(ObservationError) {
                    try await addScript(script, by: origin, isCertain: isSure)
                } catch {
                    guard error.errno == .permissionDenied else { throw error }
                    throw Self.hidden(script, by: origin, at: Evidence(path, line: command.line))
                }
            }
        }
    }

    /// Takes a script in whose path is known; what is no script says nothing.
    mutating func addScript(_ path: FilePath, by origin: String, isCertain: Bool) async throws(ObservationError) {
        guard let commands = try await script(path) else { return }
        try await add(commands, at: path, by: origin, isCertain: isCertain, follows: false)
    }

    /// The commands of a script; `nil` when there is none at the path.
    func script(_ path: FilePath) async throws(ObservationError) -> [ShellScript.Command]? {
        guard let bytes = try await host.files.script(at: path, limit: Self.mostBytes) else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        let first = text.prefix { !$0.isNewline }
        let isShell = ["sh", "bash", "dash", "ash", "zsh", "ksh"].contains { shell in
            first.split(whereSeparator: { $0.isWhitespace || $0 == "/" || $0 == "!" }).contains { $0 == shell }
        }
        return isShell
            ? ShellScript(parsing: text).commands
            : ShellScript(wordsOf: text, naming: BootCommands.programs).commands
    }

    /// The doubt about a script that is closed to the daemon, which has no power over the permissions of other users' files.
    private static func hidden(_ script: FilePath, by origin: String, at place: Evidence) -> ObservationError {
        ObservationError(
            predicting: "what the boot does",
            doubt: Finding(
                "script-unreadable", severity: .warning, expected: "each script that the boot runs can be read",
                actual:
                    "\(origin) runs \(script) at boot (\(place.path):\(place.line ?? 1)), which nucprepd may not read",
                why: "it could turn swap on, set a value of the kernel or name the host",
                remedy:
                    "look at it, then have a copy that root owns run in its place; or waive this requirement in nucprep.toml",
                manual: ["sudo cat '\(script)'", "sudo install -m 0755 '\(script)' /usr/local/sbin/"],
                evidence: [place]))
    }

    private static func matters(_ command: ShellScript.Command) -> Bool {
        if command.outputs.contains(where: { $0.path.hasPrefix("/proc/sys/") || $0.path.hasPrefix("/etc/host") }) {
            return true
        }
        return command.words.contains { word in
            BootCommands.programs.contains(ShellScript.Command.baseName(word)) || BootCommands.programs.contains(word)
                || word.hasPrefix("/proc/sys/")
        }
    }
}
