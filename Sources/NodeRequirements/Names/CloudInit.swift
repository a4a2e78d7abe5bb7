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
    static let inputs: [Input] = [
        .twoLevels("/etc/cloud"), .path(instance), .path(data), .path(BootedHostname.file),
    ]

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
        var paths: [FilePath] = ["/etc/cloud/cloud.cfg"]
        paths += try await host.files.names(in: folder).filter { $0.hasSuffix(".cfg") }.map { folder.appending($0) }
        for path in paths { try await seen.take(key, path, host, isOfInstance: false) }
        // The data of the instance comes over all of it: a vendor's first, then a vendor's dynamic one, then the user's.
        for name in ["vendor-cloud-config.txt", "vendor2-cloud-config.txt", "cloud-config.txt"] {
            try await seen.take(key, instance.appending(name), host, isOfInstance: true)
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

    private static func idle(_ host: HostView) async throws(ObservationError) -> String? {
        guard try await host.files.kind(of: "/etc/cloud") != nil else { return "cloud-init is not installed" }
        switch try await host.commandLine().lastValue(of: "cloud-init") {
        case "disabled": return "cloud-init is switched off on the kernel's command line"
        case "enabled": return nil
        default: break
        }
        if try await host.files.kind(of: "/etc/cloud/cloud-init.disabled") != nil {
            return "cloud-init is switched off by /etc/cloud/cloud-init.disabled"
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
    static let ways = manual + ["or, where cloud-init is not needed any more: touch /etc/cloud/cloud-init.disabled"]

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
