internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What cloud-init will do to the host's name and to /etc/hosts at the next boot.
///
/// - Source: cloud-init `cloudinit/stages.py`, `cloudinit/helpers.py` (`ConfigMerger`), `tools/ds-identify`,
///   `systemd/cloud-init-generator.tmpl`.
struct CloudInit: Equatable, Sendable {
    /// One key where it has its effective value.
    struct Value: Equatable, Sendable {
        var scalar: CloudConfig.Scalar
        var path: FilePath
        /// Whether the data of the instance says so, which beats every file below /etc.
        var isOfInstance: Bool

        var evidence: Evidence { Evidence(path, line: scalar.line) }

        /// Whether a file of ours could not change it: it is read before this one.
        var beatsOurs: Bool {
            let names = [CloudInit.ownFile, path].map { $0.lastComponent?.string ?? "" }
            return isOfInstance
                || path.starts(with: CloudInit.folder) && names[0].utf8.lexicographicallyPrecedes(names[1].utf8)
        }
    }

    /// Why it does nothing at boot; `nil` when it does.
    var idle: String?
    /// The key that was asked for; `nil` when no file has it.
    var value: Value?
    /// The bytes of our own file; `nil` when it is absent.
    var ownBytes: [UInt8]?

    static let folder: FilePath = "/etc/cloud/cloud.cfg.d"
    /// The file that nucprep owns.
    static let ownFile: FilePath = "/etc/cloud/cloud.cfg.d/99-nucprep.cfg"
    private static let instance: FilePath = "/var/lib/cloud/instance"
    private static let data: FilePath = "/var/lib/cloud/data"

    /// What everything here is read from.
    static let inputs: [Input] =
        BootedUnits.inputs + [
            .twoLevels("/etc/cloud"), .twoLevels(instance), .path(data), .path("/var/lib/cloud/sem"),
            .path(BootedHostname.file),
        ]

    /// The files of configuration, the one that wins last: `/etc`, a vendor's, a vendor's dynamic ones, then the user's.
    ///
    /// - Source: cloud-init `cloudinit/helpers.py` (`ConfigMerger`).
    static func files(_ host: HostView) async throws(ObservationError) -> [(path: FilePath, isOfInstance: Bool)] {
        var files: [(path: FilePath, isOfInstance: Bool)] = [("/etc/cloud/cloud.cfg", false)]
        for name in try await host.files.names(in: folder) where name.hasSuffix(".cfg") {
            files.append((folder.appending(name), false))
        }
        for name in ["vendor-cloud-config.txt", "vendor2-cloud-config.txt", "cloud-config.txt"] {
            files.append((instance.appending(name), true))
        }
        return files
    }

    /// How often a module runs when no file says otherwise.
    enum Frequency: Equatable, Sendable { case always, perInstance }

    /// Whether a module has run for good: a semaphore of this instance, or of the machine, says so.
    ///
    /// - Source: cloud-init `cloudinit/helpers.py` (`FileSemaphores`), `cloudinit/config/modules.py`; "Module reference",
    ///   "Module frequency".
    static func isSpent(
        _ module: String, _ frequency: Frequency, _ host: HostView
    ) async throws(ObservationError) -> Bool {
        var frequency = frequency
        for (path, _) in try await files(host) {
            for line in try await host.files.text(at: path)?.textLines() ?? [] {
                // `- [mounts, always]`
                let words = line.split { " \t[],\"'".contains($0) }.filter { $0 != "-" }.prefix(2)
                guard line.contains("["), words.count == 2 else { continue }
                let name = words[0].replacing("-", with: "_")
                guard name == module || name == "cc_\(module)" else {
                    continue
                }
                frequency = words[1].hasPrefix("always") ? .always : .perInstance
            }
        }
        guard frequency == .perInstance else { return false }
        if try await host.files.kind(of: instance.appending("sem").appending("config_\(module)")) != nil { return true }
        return try await host.files.kind(of: FilePath("/var/lib/cloud/sem/config_\(module).once")) != nil
    }

    /// Reads what its files say of one key.
    ///
    /// - Parameters:
    ///   - key: `preserve_hostname` or `manage_etc_hosts`.
    ///   - host: where to look.
    ///   - horizon: only for the next boot the files are read; now they say nothing.
    /// - Returns: the last word on it, and our own file.
    /// - Throws: when a file is there and cannot be read, or names the key in a way that is not followed.
    static func observe(_ key: String, _ host: HostView, at horizon: Horizon) async throws(ObservationError)
        -> CloudInit
    {
        var seen = CloudInit(idle: try await idle(host))
        guard seen.idle == nil, horizon == .nextBoot else { return seen }
        let line = try await host.files.text(at: "/proc/cmdline") ?? ""
        if line.contains("cc:"), line.contains(key) {
            throw ObservationError(reading: "/proc/cmdline", cause: "cloud-init's configuration in it is not followed")
        }
        for (path, isOfInstance) in try await files(host) {
            try await seen.take(key, path, host, isOfInstance: isOfInstance)
        }
        seen.ownBytes = try await host.files.bytes(at: ownFile)
        return seen
    }

    private mutating func take(_ key: String, _ path: FilePath, _ host: HostView, isOfInstance: Bool)
        async throws(ObservationError)
    {
        guard let text = try await host.files.text(at: path) else { return }
        do throws(ParseError) {
            guard let scalar = try CloudConfig(parsing: text, keys: [key]).values[key] else { return }
            value = Value(scalar: scalar, path: path, isOfInstance: isOfInstance)
        } catch {
            throw ObservationError(reading: path.string, cause: error.description)
        }
    }

    /// Why cloud-init does nothing at the next boot; `nil` when it runs.
    static func idle(_ host: HostView) async throws(ObservationError) -> String? {
        guard try await host.files.kind(of: "/etc/cloud") != nil else { return "cloud-init is not installed" }
        switch try await host.commandLine().lastValue(of: "cloud-init") {
        case "disabled": return "cloud-init is switched off on the kernel's command line"
        case "enabled": return nil
        default: break
        }
        if try await host.files.kind(of: "/etc/cloud/cloud-init.disabled") != nil {
            return "cloud-init is switched off by /etc/cloud/cloud-init.disabled"
        }
        var units = try await BootedUnits(host)
        // Since 24.3 the stage that names the host and makes swap has a name of its own.
        let stages = ["cloud-init-network.service", "cloud-init.service"]
        var stage: String?
        for name in stages where stage == nil {
            if try await host.files.kind(of: FilePath("/usr/lib/systemd/system/\(name)")) != nil { stage = name }
        }
        for name in [stage ?? "cloud-init.service", "cloud-init.target"] {
            if let mask = try await units.mask(of: name) { return "\(mask) masks \(name)" }
        }
        // Written at each boot, by the same rules as at the next: no source of data was found.
        let isOff = try await host.files.kind(of: "/run/cloud-init/disabled") != nil
        return isOff ? "cloud-init found nothing to do at this boot and switched itself off" : nil
    }

    /// The name it wrote last is another than the one in /etc/hostname: it takes that for a person's.
    ///
    /// - Source: cloud-init `cloudinit/distros/__init__.py` (`update_hostname`).
    static func standsDown(_ host: HostView) async throws(ObservationError) -> Bool {
        guard let former = try await host.files.text(at: data.appending("previous-hostname")),
            let present = try await host.files.text(at: BootedHostname.file),
            let wrote = HostnameFile(parsing: former).name, let name = HostnameFile(parsing: present).name
        else { return false }
        return wrote != name
    }

    /// Our file, when it would change the value and is not as it is to be.
    var proposals: [Proposal] {
        let after = OwnFile.text(
            about: "cloud-init leaves the names of this node alone",
            lines: ["preserve_hostname: true", "manage_etc_hosts: false"])
        guard value?.beatsOurs != true, ownBytes != after else { return [] }
        return [Proposal(.writeFile(FileEdit(path: Self.ownFile, before: ownBytes, after: after)), .always)]
    }

    /// What a person types in place of our file.
    static let manual = [
        "printf 'preserve_hostname: true\\nmanage_etc_hosts: false\\n' | sudo tee /etc/cloud/cloud.cfg.d/99-nucprep.cfg"
    ]
    /// The same with the other way, for who looks it up.
    static let ways =
        manual + ["or, where cloud-init is not needed any more: sudo touch /etc/cloud/cloud-init.disabled"]

    /// Says what a person must do where our file cannot win.
    func completed(_ finding: Finding, _ key: String) -> Finding {
        var finding = finding
        finding.manual = Self.manual
        guard let value, value.beatsOurs else { return finding }
        finding.remedy =
            value.isOfInstance
            ? "change \(key) in the data that the machine is given as an instance, or switch cloud-init off"
            : "take \(key) out of \(value.path), which is read after our file"
        finding.manual =
            value.isOfInstance
            ? ["sudo touch /etc/cloud/cloud-init.disabled"] : ["sudoedit '\(value.path)'"]
        return finding
    }
}
