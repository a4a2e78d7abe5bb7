internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Whether a service has the programs that it starts.
///
/// - Source: systemd.service(5), "Command lines": a name without a slash is looked for in the fixed search path;
///   systemd.exec(5), `EnvironmentFile=`.
enum UnitPrograms {
    /// The search path that systemd is built with.
    private static let searchPath: [FilePath] = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
    ]

    /// What makes the start fail; `nil` when nothing on disk does.
    ///
    /// - Parameters:
    ///   - unit: the service.
    ///   - reader: knows whether what is absent is evidence.
    ///   - isProgramRecorded: whether the tree has this unit's programs even where it is a record of some files.
    /// - Returns: the first program that is absent or cannot be executed.
    /// - Throws: when it cannot be told.
    static func obstacle(
        _ unit: LoadedUnit, _ reader: BootUnitReader, isProgramRecorded: Bool
    ) async throws(ObservationError) -> StartObstacle? {
        guard unit.id.type == "service", !reader.isExcerpt || isProgramRecorded else { return nil }
        // Another root has its own programs.
        guard unit.value("RootDirectory", in: "Service") == nil, unit.value("RootImage", in: "Service") == nil else {
            return nil
        }
        let keys = ["ExecCondition", "ExecStartPre", "ExecStart"]
        for (command, evidence) in keys.flatMap({ unit.commands($0) }) {
            // What may fail does not keep the others from being started; nothing else is started in place of the last.
            guard !command.ignoresFailure || command == unit.commands("ExecStart").last?.command,
                let program = unit.id.expanding(command.program)
            else { continue }
            switch try await state(of: program, reader.host) {
            case true?: continue
            case nil:
                return StartObstacle(
                    "program-missing", "\(program), which \(unit.id.name) starts, is not there", evidence: evidence)
            case false?:
                guard !reader.isExcerpt else { continue }
                return StartObstacle(
                    "program-missing", "\(program), which \(unit.id.name) starts, is not executable",
                    evidence: evidence)
            }
        }
        return nil
    }

    /// Whether a program can be executed; `nil` when it is not there.
    private static func state(of program: String, _ host: HostView) async throws(ObservationError) -> Bool? {
        let places = program.hasPrefix("/") ? [FilePath(program)] : searchPath.map { $0.appending(program) }
        var found: Bool?
        for place in places {
            guard let isExecutable = try await host.files.isExecutable(place) else { continue }
            if isExecutable { return true }
            found = false
        }
        return found
    }
}
