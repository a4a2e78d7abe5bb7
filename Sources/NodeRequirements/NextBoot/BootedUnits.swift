internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Why a unit does not start at the next boot.
struct StartObstacle: Equatable, Sendable {
    /// The token of a finding: `disabled`, `masked`, `no-exec-start`, `bad-setting`, `program-missing`, `condition`,
    /// `conflict`, `requirement-missing` or `not-reached-from-default-target`.
    var reason: String
    /// What is so, in words.
    var actual: String
    /// How that comes about, or what stands in the way of the usual command.
    var why: String?
    var evidence: Evidence?
    /// Whether `systemctl enable` ends it.
    var endsWithEnable = false
    /// Entries that systemd ignores and that stand in the way of the right ones.
    var inTheWay: FilePath?

    /// What is so where there is nothing.
    static let noFile = "there is no unit file"
    static let unwanted = "nothing starts it at boot"

    init(_ reason: String, _ actual: String, why: String? = nil, evidence: Evidence? = nil) {
        self.reason = reason
        self.actual = actual
        self.why = why
        self.evidence = evidence
    }
}

/// What the next boot does about one unit.
enum BootStart: Equatable, Sendable {
    /// It is started, by this link or line.
    case starts(by: Evidence)
    case fails(StartObstacle)
    /// Nobody can say before the boot, for this cause.
    case undecided(String)

    /// Whether it starts for certain.
    var isCertain: Bool { if case .starts = self { true } else { false } }
    /// Whether it does not start for certain.
    var isRuledOut: Bool { if case .fails = self { true } else { false } }
}

/// Which units start at the next boot, as PID 1 decides it.
///
/// - Source: rule P7; systemd.unit(5), versions 249 to 257.
struct BootedUnits: Sendable {
    var reader: BootUnitReader
    private let host: HostView
    private var computed: BootTransaction?

    /// Lists the load path; once in a look.
    init(_ host: HostView) async throws(ObservationError) {
        self.host = host
        reader = try await Self.reader(host)
    }

    private static func reader(_ host: HostView) async throws(ObservationError) -> BootUnitReader {
        try await host.shared("unit load path") { (host) async throws(ObservationError) in
            try await BootUnitReader(host)
        }.reading(through: host)
    }

    /// What the next boot starts, and the units that were loaded to find that out.
    private struct Drawn: Sendable {
        var reader: BootUnitReader
        var transaction: BootTransaction
    }

    /// The folders of unit files on disk, the one that wins first; those below `/run` are gone at the next boot.
    static let folders: [FilePath] = [
        "/etc/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system",
    ]
    /// Where the programs of units lie, and the conditions that they have, as far as these can be listened to.
    static let inputs: [Input] =
        layeredInputs("systemd/system")
        + ["system.control", "system.attached"].map { .twoLevels(FilePath("/etc/systemd/\($0)")) }
        + [
            "/usr/lib/systemd", "/lib/systemd", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/bin",
            "/sbin", "/etc",
        ].map { .path($0) }

    /// Every name of a unit that has a file.
    var names: Set<String> { reader.path.names.filter { UnitIdentifier($0) != nil } }

    /// The file of a unit, a masking one included; `nil` when there is none.
    mutating func file(of name: String) async throws(ObservationError) -> FilePath? {
        try await reader.load(name)?.file
    }

    /// What masks a unit; `nil` when nothing does.
    mutating func mask(of name: String) async throws(ObservationError) -> FilePath? {
        guard let unit = try await reader.load(name), unit.state == .masked else { return nil }
        return unit.file
    }

    /// What the next boot does about a unit; kept after the look, since only a few units are asked for.
    static func start(of name: String, on host: HostView) async throws(ObservationError) -> BootStart {
        try await host.shared("start of \(name)", isLasting: true) { (host) async throws(ObservationError) in
            var units = try await BootedUnits(host)
            return try await units.start(of: name)
        }
    }

    /// What the next boot does about a unit.
    ///
    /// - Parameters:
    ///   - name: the unit.
    ///   - isProgramRecorded: whether a record of some files has the programs of this unit if there are any.
    /// - Returns: whether it starts, and by what, or why not.
    /// - Throws: when a file that decides it is there and cannot be read.
    mutating func start(of name: String, isProgramRecorded: Bool = false) async throws(ObservationError) -> BootStart {
        guard let unit = try await reader.load(name) else {
            return .fails(StartObstacle("disabled", "\(name) is no unit"))
        }
        if let obstacle = Self.loading(unit, name) { return .fails(obstacle) }
        let transaction = try await transaction()
        let name = unit.id.name
        guard !transaction.undecided.contains(name) else {
            return .undecided(
                "\(name) is drawn in by the next boot, and whether systemd drops it again for what it or another unit "
                    + "requires, excludes or waits for is left to chance")
        }
        if let cause = transaction.dropped[name] { return .fails(Self.drop(cause)) }
        guard let link = transaction.started[name] else { return .fails(try await unreached(unit, transaction)) }
        for dependency in unit.dependencies where [.requisite, .bindsTo].contains(dependency.relation) {
            guard let other = try await reader.load(dependency.name)?.id.name, transaction.started[other] == nil,
                dependency.relation == .requisite || !["device", "mount"].contains(UnitIdentifier(other)?.type)
            else { continue }
            guard !transaction.undecided.contains(other) else {
                return .undecided("whether \(other), which \(name) cannot be without, starts at boot is left to chance")
            }
            return .fails(Self.drop(dependency))
        }
        let programs = try await UnitPrograms.obstacle(unit, reader, isProgramRecorded: isProgramRecorded)
        if let programs { return .fails(programs) }
        switch try await UnitConditions(unit, reader.host).answer() {
        case .hold: return .starts(by: link.evidence)
        case .fails(let test):
            return .fails(
                StartObstacle("condition", "\(test.text) does not hold at boot", evidence: test.evidence))
        case .undecided(let test):
            // systemd's own units have conditions that hold on every machine that is no image of one.
            if reader.isExcerpt && unit.file == nil { return .starts(by: link.evidence) }
            return .undecided("whether \(test.text) of \(unit.id.name) holds at boot is not known")
        }
    }

    /// The names of the units that the boot draws in, those whose start is left to chance included.
    mutating func drawnIn() async throws(ObservationError) -> [String] {
        let transaction = try await transaction()
        return Set(transaction.started.keys).union(transaction.undecided).sorted()
    }

    /// Whether a program that other rules take for granted is at work at the next boot.
    enum Reader: Equatable, Sendable {
        case runs
        /// Nobody can say, or the tree is a record without the unit.
        case mayRun
        case doesNotRun
    }

    /// Whether one of these services starts.
    mutating func reader(_ names: String...) async throws(ObservationError) -> Reader {
        var answer = Reader.doesNotRun
        var isKnown = false
        for name in names {
            guard try await file(of: name) != nil else { continue }
            isKnown = true
            switch try await start(of: name) {
            case .starts: return .runs
            case .undecided: answer = .mayRun
            case .fails: continue
            }
        }
        // A record of some files need not have the unit.
        return isKnown || !reader.isExcerpt ? answer : .mayRun
    }

    private static func loading(_ unit: LoadedUnit, _ name: String) -> StartObstacle? {
        let evidence = unit.file.map { Evidence($0) }
        switch unit.state {
        case .loaded: return nil
        case .missing: return StartObstacle("disabled", StartObstacle.noFile)
        case .masked:
            let file = unit.file?.string ?? name
            return StartObstacle(
                "masked", file == "/proc/cmdline" ? "systemd.mask=\(name) masks it" : "\(file) masks it",
                evidence: evidence)
        case .broken(let cause): return StartObstacle("disabled", cause, evidence: evidence)
        case .refused(let reason, let cause):
            return StartObstacle(reason, "systemd refuses \(unit.id.name): \(cause)", evidence: evidence)
        }
    }

    /// Why nothing starts a unit that could be started.
    private mutating func unreached(
        _ unit: LoadedUnit, _ transaction: BootTransaction
    ) async throws(ObservationError) -> StartObstacle {
        let names = [unit.id] + (try await reader.path.aliases(of: unit.id, reader.host))
        var entries: [FilePath] = []
        var ignored: (path: FilePath, text: String)?
        for folder in reader.path.dependencyFolders {
            for name in try await reader.host.files.names(in: folder) where names.contains(where: { $0.name == name }) {
                let link = folder.appending(name)
                switch try await reader.entry(link) {
                case .valid: entries.append(link)
                case .mask: ignored = ignored ?? (link, "\(link) is empty or leads to /dev/null")
                case .noLink: ignored = ignored ?? (link, "\(link) is not a symbolic link")
                }
            }
        }
        if let ignored, entries.isEmpty {
            var obstacle = StartObstacle(
                "disabled", StartObstacle.unwanted, why: "\(ignored.text), so systemd ignores it",
                evidence: Evidence(ignored.path))
            obstacle.inTheWay = ignored.path
            return obstacle
        }
        guard let entry = entries.first else {
            var obstacle = StartObstacle(
                "disabled", StartObstacle.unwanted, evidence: unit.file.map { Evidence($0) })
            obstacle.endsWithEnable = true
            return obstacle
        }
        let target = transaction.target.isEmpty ? "no target" : transaction.target
        return StartObstacle(
            "not-reached-from-default-target",
            "\(entry) names it, and the next boot, which aims at \(target), does not come by there",
            why: transaction.failure.map { "default.target cannot be reached: \($0)" },
            evidence: transaction.failure == nil ? transaction.targetEvidence : Evidence(entry))
    }

    /// What the boot starts; computed once in a look, for all requirements.
    private mutating func transaction() async throws(ObservationError) -> BootTransaction {
        if let computed { return computed }
        let drawn = try await host.shared("boot transaction") { (host) async throws(ObservationError) in
            var reader = try await Self.reader(host)
            let transaction = try await BootTransaction(&reader)
            return Drawn(reader: reader, transaction: transaction)
        }
        reader = drawn.reader.reading(through: host)
        computed = drawn.transaction
        return drawn.transaction
    }

    private static func drop(_ cause: LoadedUnit.Dependency) -> StartObstacle {
        guard cause.relation == .conflicts else {
            return StartObstacle(
                "requirement-missing", "\(cause.name), which it cannot be without, is not started at boot",
                evidence: cause.evidence)
        }
        return StartObstacle(
            "conflict", "\(cause.name) is started at boot and conflicts with it", evidence: cause.evidence)
    }
}
