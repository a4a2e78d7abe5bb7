internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The boot does not wait for a swap device that is gone.
///
/// A device that is still there, though its swap is off, is no wait.
/// - Source: initramfs-tools(7), `resume=`, `RESUME=` in conf.d; `scripts/local-premount/resume`.
package struct NoHibernationWait: Requirement {
    package static let entry = CatalogEntry(
        "no-hibernation-wait", group: "swap", title: "The boot does not wait for a swap device", severity: .info,
        why: "the initramfs waits up to 30 s for it at each boot", source: "initramfs-tools(7)",
        checks:
            "resume= on the kernel command line and RESUME= in /etc/initramfs-tools/conf.d, against the block devices and what udev knows of them.",
        manual: ["echo 'RESUME=none' | sudo tee /etc/initramfs-tools/conf.d/resume", "sudo update-initramfs -u"])

    private static let folder: FilePath = "/etc/initramfs-tools/conf.d"
    private static let devices: FilePath = "/sys/class/block"

    package let inputs: [Input] = [.path(folder)]

    package init(_ configuration: Configuration) {}

    /// The device that is waited for.
    package struct Observation: Equatable, Sendable {
        /// `nil` when none is named.
        var device: String?
        var evidence: Evidence?
        var isThere = false
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        for name in try await host.files.names(in: Self.folder) {
            let path = Self.folder.appending(name)
            // Whatever lies there is read as a part of a shell script.
            for item in EnvironmentText(parsing: try await host.files.text(at: path) ?? "").assignments
            where item.key == "RESUME" {
                seen = Observation(device: item.value, evidence: Evidence(path, line: item.line))
            }
        }
        let commandLine = try await host.commandLine()
        if let value = commandLine.values(of: "resume").last {
            seen = Observation(device: value, evidence: Evidence("/proc/cmdline"))
        }
        if commandLine.boolean(of: "noresume") == true { seen.device = nil }
        guard let device = seen.device, !["", "none", "auto"].contains(device) else { return Observation() }
        seen.isThere = try await isThere(device, host)
        return seen
    }

    /// Whether a block device is there by its name or by an id of its contents.
    private func isThere(_ device: String, _ host: HostView) async throws(ObservationError) -> Bool {
        let names = try await host.files.names(in: Self.devices)
        guard !names.isEmpty else { throw ObservationError(reading: Self.devices.string, cause: "it names no device") }
        let keys = [
            "UUID=": "ID_FS_UUID=", "/dev/disk/by-uuid/": "ID_FS_UUID=", "LABEL=": "ID_FS_LABEL=",
            "/dev/disk/by-label/": "ID_FS_LABEL=", "PARTUUID=": "ID_PART_ENTRY_UUID=",
            "/dev/disk/by-partuuid/": "ID_PART_ENTRY_UUID=",
        ]
        guard let key = keys.first(where: { device.hasPrefix($0.key) }) else {
            guard device.hasPrefix("/dev/") else { return true }
            // A device mapper's name is a link that udev makes.
            return device.hasPrefix("/dev/mapper/") || device.dropFirst(5).contains("/")
                || names.contains(String(device.dropFirst(5)))
        }
        let wanted = "E:\(key.value)\(device.dropFirst(key.key.count))"
        for name in names {
            guard let number = try await host.files.text(at: Self.devices.appending(name).appending("dev")) else {
                continue
            }
            let record = FilePath("/run/udev/data/b\(number.textLines().first ?? "")")
            let lines = try await host.files.text(at: record)?.textLines() ?? []
            if lines.contains(where: { $0 == wanted }) { return true }
        }
        return false
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let device = seen.device else { return .met(observed: "no device is waited for") }
        guard !seen.isThere else { return .met(observed: "\(device) is there") }
        return .unmet([
            Finding(
                "device-gone", severity: .info, expected: "the device to resume from is there, or none is named",
                actual: "the boot waits for \(device), which is not there",
                remedy: "name none, and make the initramfs anew", manual: Self.entry.manual,
                evidence: seen.evidence.map { [$0] } ?? [])
        ])
    }
}
