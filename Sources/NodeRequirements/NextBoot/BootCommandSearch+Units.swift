internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What units, System V scripts, rc.local and generators run.
extension BootCommandSearch {
    /// The services that start at boot, and those that a timer or a path starts later.
    mutating func addUnits() async throws(ObservationError) {
        for name in try await units.drawnIn() {
            guard let unit = try await units.reader.load(name), unit.file != nil else { continue }
            switch unit.id.type {
            case "service": try await addService(unit, isLater: false)
            case "timer", "path":
                let start = try await units.start(of: name)
                let other =
                    unit.value("Unit", in: unit.ownSection) ?? String(name.dropLast(unit.id.type.count)) + "service"
                guard !start.isRuledOut, let service = try await units.reader.load(other), service.state == .loaded,
                    service.file != nil
                else { continue }
                try await addService(service, isLater: true)
            default: continue
            }
        }
    }

    private mutating func addService(_ unit: LoadedUnit, isLater: Bool) async throws(ObservationError) {
        // Another root has its own swap only where it is no root at all; its programs are not those of the host.
        guard unit.value("RootDirectory", in: "Service") == nil, unit.value("RootImage", in: "Service") == nil else {
            return
        }
        let commands = ["ExecStartPre", "ExecStart", "ExecStartPost"].flatMap { unit.commands($0) }
        guard !commands.isEmpty else { return }
        let start = isLater ? BootStart.undecided("it is started later") : try await units.start(of: unit.id.name)
        guard !start.isRuledOut else { return }
        for (command, evidence) in commands {
            let words = ([command.program] + command.arguments).map { unit.id.expanding($0) ?? $0 }
            var whole = ShellScript.Command(words: words, line: evidence.line ?? 1)
            whole.isConditional = !start.isCertain
            let nested = ShellScript(of: whole).commands
            try await add(nested, at: evidence.path, by: unit.id.name, isCertain: start.isCertain, follows: true)
        }
    }

    /// The System V start scripts for which there is no unit.
    ///
    /// - Source: systemd-sysv-generator(8).
    mutating func addStartScripts() async throws(ObservationError) {
        guard try await !isGeneratorOff("systemd-sysv-generator") else { return }
        var seen: Set<String> = []
        for level in ["2", "3", "4", "5", "S"] {
            let folder = FilePath("/etc/rc\(level).d")
            for link in try await host.files.names(in: folder) where link.hasPrefix("S") && link.count > 3 {
                let name = String(link.dropFirst(3))
                let unit = "\(name.hasSuffix(".sh") ? String(name.dropLast(3)) : name).service"
                guard seen.insert(name).inserted, try await units.file(of: unit) == nil else { continue }
                let path = FilePath("/etc/init.d").appending(name)
                try await addScript(path, by: "the start script \(name)", isCertain: false)
            }
        }
    }

    /// /etc/rc.local, which systemd-rc-local-generator has started when it is executable.
    ///
    /// - Source: systemd-rc-local-generator(8).
    mutating func addLocalScript() async throws(ObservationError) {
        let path: FilePath = "/etc/rc.local"
        guard try await host.files.isExecutable(path) == true, try await !isGeneratorOff("systemd-rc-local-generator"),
            try await units.mask(of: "rc-local.service") == nil,
            let bytes = try await host.files.beginning(of: path, limit: Self.mostBytes)
        else { return }
        let text = String(decoding: bytes, as: UTF8.self)
        try await add(text, at: path, by: "rc-local.service", isCertain: true)
    }

    /// Whether a generator of systemd's own is masked, or a whole system does not have it.
    func isGeneratorOff(_ name: String) async throws(ObservationError) -> Bool {
        for folder in try await generatorFolders() {
            let path = folder.appending(name)
            guard let kind = try await host.files.kind(of: path) else { continue }
            return kind == .link("/dev/null")
        }
        return !units.reader.isExcerpt
    }

    /// Whether a person masked a generator.
    func isGeneratorMasked(_ name: String) async throws(ObservationError) -> Bool {
        for folder in try await generatorFolders() {
            if let kind = try await host.files.kind(of: folder.appending(name)) { return kind == .link("/dev/null") }
        }
        return false
    }

    private func generatorFolders() async throws(ObservationError) -> [FilePath] {
        try await host.bootFolders().map { $0.appending("systemd").appending("system-generators") }
    }

    /// The generators that no rule here knows; a name counts in the first folder that has it.
    ///
    /// - Source: systemd.generator(7).
    mutating func addGenerators() async throws(ObservationError) {
        var seen: Set<String> = []
        for folder in try await generatorFolders() {
            for name in try await host.files.names(in: folder) where seen.insert(name).inserted {
                let path = folder.appending(name)
                guard !name.hasPrefix("systemd-"), name != "zram-generator",
                    try await host.files.kind(of: path) != .link("/dev/null"),
                    try await host.files.isExecutable(path) == true
                else { continue }
                found.generators.append(BootGenerator(path: path, commands: try await script(path) ?? []))
            }
        }
    }
}
