internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// containerd's unit as it lies on disk: which program it starts, and with which file.
///
/// - Source: systemd.unit(5), systemd.service(5) `ExecStart=`; `containerd --help`.
struct ContainerdUnit: Equatable, Sendable {
    /// The unit's name.
    static let name = "containerd.service"

    /// The unit file; `nil` when there is none.
    var file: FilePath?

    /// The program of `ExecStart=`.
    var program: FilePath = "/usr/bin/containerd"

    /// Its configuration: of `--config` or `-c`, else the default one.
    var configuration: FilePath = "/etc/containerd/config.toml"

    /// Whether the command line names the configuration, so that 1.x does not start without it.
    var isNamed = false

    /// Where a runtime by hand, and no package, has its program.
    private static let programs: [FilePath] = ["/usr/bin/containerd", "/usr/local/bin/containerd"]

    /// Reads the unit and its drop-ins; those of `/run` are left out.
    static func read(_ host: HostView) async throws(ObservationError) -> ContainerdUnit {
        var unit = ContainerdUnit()
        guard let folder = FilePath.Component(name) else { return unit }
        for parent in try await host.bootFolders() {
            let path = parent.appending("systemd").appending("system").appending(folder)
            guard try await host.files.kind(of: path) != nil else { continue }
            unit.file = path
            break
        }
        guard let file = unit.file, let text = try await host.files.text(at: file) else { return unit }
        var parsed = UnitFile(parsing: text)
        for dropIn in try await host.filesAtBoot(in: FilePath("systemd/system").appending("\(name).d")) {
            parsed = parsed.adding(UnitFile(parsing: dropIn.text))
        }
        if let command = parsed.list("ExecStart", in: "Service").last?.value { unit.take(command) }
        return unit
    }

    /// The program that lies on disk: the unit's own, or one of those that are there without a unit.
    func programOnDisk(_ host: HostView) async throws(ObservationError) -> FilePath? {
        for path in [program] + Self.programs where try await host.files.kind(of: path) != nil { return path }
        return nil
    }

    private mutating func take(_ command: String) {
        let words = command.utf8.split(whereSeparator: \.isBlank).map { word in
            String(Substring(word)).filter { $0 != "\"" && $0 != "'" }
        }
        guard let first = words.first else { return }
        // systemd's own prefixes stand right in front of the path.
        program = FilePath(String(first.drop { "-@:+!".contains($0) }))
        for (index, word) in words.enumerated().dropFirst() {
            var value: String?
            if ["--config", "-c", "-config"].contains(word), index + 1 < words.count { value = words[index + 1] }
            for prefix in ["--config=", "-c=", "-config="] where word.hasPrefix(prefix) {
                value = String(word.dropFirst(prefix.count))
            }
            guard let value, !value.isEmpty else { continue }
            configuration = FilePath(value)
            isNamed = true
        }
    }
}

extension UInt8 {
    fileprivate var isBlank: Bool { self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") }
}
