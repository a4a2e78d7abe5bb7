internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// One thing that turns swap on at the next boot.
enum SwapSource: Equatable, Sendable {
    /// A line of fstab without `noauto`.
    case fstab(line: Int, spec: String)
    /// A partition that the GPT generator finds; `unit` is `nil` where its name is dealt at each boot.
    case partition(FilePath, unit: String?)
    /// A `.swap` unit that something wants.
    case unit(String, file: FilePath, canBeMasked: Bool)
    /// A device of zram-generator.
    case zram(String, file: FilePath)
    /// A service that calls swapon itself; an operator's own file stands in the way of a mask.
    case service(String, link: FilePath, canBeMasked: Bool)
    /// `swap:` in cloud-init's configuration.
    case cloudInit(Evidence)
    /// `systemd.swap-extra=` on the command line.
    case kernelArgument(String)
    /// The agent of Azure's machines, by this line of its configuration.
    case agent(Evidence)
    /// A command that the boot runs.
    case command(BootSighting)
}

/// All that the next boot will do about swap.
///
/// - Source: rules P4 to P7.
struct BootedSwap: Equatable, Sendable {
    var sources: [SwapSource] = []
    /// What may turn swap on, and nobody can tell from files.
    var possible: [BootSighting] = []
    /// Lines of /etc/fstab that mount(8) refuses, each with its reason; they bear on no verdict and are told.
    var malformed: [String] = []
    /// The bytes of /etc/fstab; `nil` when it is absent.
    var fstab: [UInt8]?
    /// The partitions that the GPT generator would find once fstab names no swap.
    var dormantPartitions: GPTSwap = .none("not asked")
    /// Whether every `.swap` unit is skipped by our drop-in for the whole type.
    var isTypeStopped = false
    /// The bytes of the file of that drop-in; `nil` when it is absent.
    var typeDropIn: [UInt8]?
    /// Why that drop-in cannot help, and what a person must do; `nil` when nothing is in its way.
    var obstacle: String?

    /// The drop-in for all `.swap` units that nucprep owns.
    static let dropInFile: FilePath = "/etc/systemd/system/swap.d/50-nucprep.conf"
    /// The file whose absence stops them; nobody makes it.
    static let condition = "/run/nucprep/swap-allowed"
    static let services: Set<String> = [
        "zramswap.service", "zram-config.service", "dphys-swapfile.service", "swapspace.service",
        "systemd-swap.service",
    ]

    /// Computes what will be activated.
    ///
    /// - Throws: when a source cannot be read, or when nobody knows the partition table of the root disk and nothing else settles it.
    static func predict(_ host: HostView) async throws(ObservationError) -> BootedSwap {
        let commandLine = try await host.commandLine()
        let version = try await SystemdVersion.installed(host)
        // One that cannot be told is taken for a new one, which knows the drop-in of a type and deals names anew: our own
        // guard would else be held for useless, and nothing would be planned any more.
        let systemd = version ?? .max
        var units = try await BootedUnits(host)
        var booted = BootedSwap()
        if systemd >= 244 { booted.isTypeStopped = try await isTypeStopped(host) }
        try await booted.readDropIn(host)
        booted.fstab = try await host.files.bytes(at: "/etc/fstab")
        let table = Fstab(bytes: booted.fstab ?? [])
        let lines = table.swapEntries
        booted.malformed = table.malformed.map { "/etc/fstab:\($0.line) is malformed: \($0.problem)" }
        let generator = BootCommandSearch(host, units)
        if try await !generator.isGeneratorOff("systemd-fstab-generator"), commandLine.boolean(of: "fstab") != false,
            commandLine.boolean(of: "systemd.swap") != false
        {
            for line in lines where !line.isNoAuto {
                guard try await !isMasked(line.spec, &units) else { continue }
                booted.sources.append(.fstab(line: line.line, spec: line.spec))
            }
        }
        booted.dormantPartitions = try await GPTSwap.predict(units.reader.host, commandLine, systemd: version ?? 0)
        if try await generator.isGeneratorOff("systemd-gpt-auto-generator") {
            booted.dormantPartitions = .none("systemd-gpt-auto-generator is masked")
        }
        if lines.isEmpty { try await booted.addPartitions(&units, systemd: systemd) }
        try await booted.addUnits(&units)
        try await booted.addZram(host, commandLine, &units)
        try await booted.addServices(host, &units)
        if let evidence = try await CloudInitSwap.evidence(host) { booted.sources.append(.cloudInit(evidence)) }
        if let evidence = try await AgentSwap.evidence(host, &units) { booted.sources.append(.agent(evidence)) }
        try await booted.addCommands(host, hasIdleEntries: lines.contains { !$0.isNoAuto })
        if !booted.isTypeStopped { booted.possible += try await SwapGenerators.sightings(host) }
        if systemd >= 254, !booted.isTypeStopped {
            booted.sources += commandLine.values(of: "systemd.swap-extra").map { .kernelArgument($0) }
        }
        return booted
    }

    /// Whether a drop-in of the type makes every `.swap` unit skip.
    private static func isTypeStopped(_ host: HostView) async throws(ObservationError) -> Bool {
        let merged = try await host.filesAtBoot(in: "systemd/system/swap.d").reduce(UnitFile(parsing: "")) {
            unit, file in
            unit.adding(UnitFile(parsing: file.text))
        }
        return merged.list("ConditionPathExists", in: "Unit").contains { $0.value == condition }
    }

    /// Reads our own drop-in, and finds what keeps it from helping.
    private mutating func readDropIn(_ host: HostView) async throws(ObservationError) {
        if case .link(let target) = try await host.files.kind(of: Self.dropInFile) {
            obstacle = "remove \(Self.dropInFile), which is a link to \(target)"
            return
        }
        typeDropIn = try await host.files.bytes(at: Self.dropInFile)
        let own = UnitFile(parsing: String(decoding: typeDropIn ?? [], as: UTF8.self))
        if !isTypeStopped, own.list("ConditionPathExists", in: "Unit").contains(where: { $0.value == Self.condition }) {
            obstacle = "find the drop-in of swap.d that takes the condition of \(Self.dropInFile) back"
        }
    }

    /// The bytes that our drop-in is to have.
    static var dropIn: [UInt8] {
        OwnFile.text(
            about: "every swap unit is skipped, systemd.unit(5)", lines: ["[Unit]", "ConditionPathExists=\(condition)"])
    }

    private static func isMasked(_ spec: String, _ units: inout BootedUnits) async throws(ObservationError) -> Bool {
        guard let unit = unitName(of: devicePath(of: spec)) else { return false }
        return try await units.mask(of: unit) != nil
    }

    /// The name of the unit that stands for a swap area; `nil` for what is no path.
    static func unitName(of path: String) -> String? { UnitName.escapingPath(path).map { $0 + ".swap" } }

    /// The path that systemd takes field 1 of fstab for.
    ///
    /// - Source: systemd `src/shared/fstab-util.c`, `fstab_node_to_udev_node`.
    private static func devicePath(of spec: String) -> String {
        for (tag, folder) in [
            ("UUID=", "by-uuid"), ("PARTUUID=", "by-partuuid"), ("LABEL=", "by-label"), ("PARTLABEL=", "by-partlabel"),
        ] where spec.hasPrefix(tag) {
            let value = spec.dropFirst(tag.count).filter { $0 != "\"" }
            return "/dev/disk/\(folder)/\(value)"
        }
        return spec
    }

    private mutating func addPartitions(
        _ units: inout BootedUnits, systemd: Int
    ) async throws(ObservationError) {
        switch dormantPartitions {
        case .none: break
        case .unknown(let reason):
            guard !isTypeStopped else { return }
            throw ObservationError(reading: "the partition table of the root disk", cause: reason)
        case .partitions(let paths):
            guard !isTypeStopped else { return }
            for path in paths {
                let unit = systemd >= 253 ? nil : Self.unitName(of: path.string)
                if let unit, try await units.mask(of: unit) != nil { continue }
                sources.append(.partition(path, unit: unit))
            }
        }
    }

    private mutating func addUnits(_ units: inout BootedUnits) async throws(ObservationError) {
        guard !isTypeStopped else { return }
        for name in units.names.sorted() where name.hasSuffix(".swap") {
            guard try await !units.start(of: name).isRuledOut, let file = try await units.file(of: name) else {
                continue
            }
            sources.append(.unit(name, file: file, canBeMasked: !Self.isOperators(file)))
        }
    }

    private mutating func addZram(
        _ host: HostView, _ commandLine: KernelCommandLine, _ units: inout BootedUnits
    ) async throws(ObservationError) {
        guard !isTypeStopped, commandLine.boolean(of: "systemd.zram") != false else { return }
        for (device, file) in try await ZramAtBoot.devices(host) {
            guard try await units.mask(of: "dev-\(device).swap") == nil else { continue }
            sources.append(.zram(device, file: file))
        }
    }

    private mutating func addServices(_ host: HostView, _ units: inout BootedUnits) async throws(ObservationError) {
        for name in Self.services.sorted() {
            guard let file = try await units.file(of: name) else {
                if let link = try await Self.startScript(of: name, host) {
                    sources.append(.service(name, link: link, canBeMasked: true))
                }
                continue
            }
            let start = try await units.start(of: name)
            guard !start.isRuledOut else { continue }
            let link = if case .starts(let evidence) = start { evidence.path } else { file }
            sources.append(.service(name, link: link, canBeMasked: !Self.isOperators(file)))
        }
    }

    /// What commands of the boot do; the services that are known by their names are judged by these.
    private mutating func addCommands(_ host: HostView, hasIdleEntries: Bool) async throws(ObservationError) {
        let isIdle = hasIdleEntries && !sources.contains { if case .fstab = $0 { true } else { false } }
        for command in try await BootCommands.read(host).commands where !Self.services.contains(command.origin) {
            guard let sighting = command.swap(hasIdleEntries: isIdle) else { continue }
            if sighting.isCertain { sources.append(.command(sighting)) } else { possible.append(sighting) }
        }
    }

    /// Whether a mask, which lies in the same folder, would have to replace the file.
    private static func isOperators(_ file: FilePath) -> Bool { file.starts(with: "/etc/systemd/system") }

    /// The System V start link that systemd-sysv-generator turns into a service; `nil` when there is none.
    private static func startScript(of service: String, _ host: HostView) async throws(ObservationError) -> FilePath? {
        let script = service.dropLast(".service".count)
        for level in ["2", "3", "4", "5", "S"] {
            let folder = FilePath("/etc/rc\(level).d")
            let link = try await host.files.names(in: folder).first { $0.hasPrefix("S") && $0.dropFirst(3) == script }
            if let link { return folder.appending(link) }
        }
        return nil
    }
}
