internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The swap devices that zram-generator will make.
///
/// - Source: rule P6; zram-generator.conf(5).
enum ZramAtBoot {
    /// Each device, and the file that is blamed for it; none where the generator is not installed.
    static func devices(_ host: HostView) async throws(ObservationError) -> [(name: String, file: FilePath)] {
        guard try await isInstalled(host) else { return [] }
        var files: [LayeredText] = []
        for folder in try await host.bootFolders() where files.isEmpty {
            let path = folder.appending("systemd").appending("zram-generator.conf")
            if let text = try await host.files.text(at: path) { files.append(LayeredText(path: path, text: text)) }
        }
        files += try await host.filesAtBoot(in: "systemd/zram-generator.conf.d")
        let units = files.map { UnitFile(parsing: $0.text) }
        let memory = try await SwapRoom.memoryKiB("MemTotal", host) ?? 0
        return ZramConfiguration(units).devices.filter { $0.isSwap && $0.isMade(memoryMiB: UInt64(memory / 1024)) }
            .map { device in
                let index = units.lastIndex { $0.sections.contains(device.name) }
                return (device.name, index.map { files[$0].path } ?? "/etc/systemd/zram-generator.conf")
            }
    }

    private static func isInstalled(_ host: HostView) async throws(ObservationError) -> Bool {
        for folder in try await host.bootFolders() {
            let path = folder.appending("systemd").appending("system-generators").appending("zram-generator")
            if let kind = try await host.files.kind(of: path) { return kind != .link("/dev/null") }
        }
        return false
    }
}

/// Whether cloud-init is told to make a swap file.
///
/// - Source: cloud-init, "Module reference", Mounts, `swap`.
enum CloudInitSwap {
    /// The top-level key `swap:` in cloud-init's files; `nil` when it is not installed, switched off, or not asked to.
    static func evidence(_ host: HostView, _ commandLine: KernelCommandLine) async throws(ObservationError) -> Evidence?
    {
        guard try await host.files.kind(of: "/etc/cloud/cloud.cfg") != nil,
            try await host.files.kind(of: "/etc/cloud/cloud-init.disabled") == nil,
            commandLine.lastValue(of: "cloud-init") != "disabled"
        else { return nil }
        var paths: [FilePath] = ["/etc/cloud/cloud.cfg"]
        let folder: FilePath = "/etc/cloud/cloud.cfg.d"
        paths += try await host.files.names(in: folder).filter { $0.hasSuffix(".cfg") }.map { folder.appending($0) }
        for name in ["cloud-config.txt", "vendor2-cloud-config.txt", "vendor-cloud-config.txt"] {
            paths.append(FilePath("/var/lib/cloud/instance").appending(name))
        }
        for path in paths.reversed() {
            let lines =
                try await host.files.text(at: path)?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
            if let index = lines.firstIndex(where: { $0.hasPrefix("swap:") }) { return Evidence(path, line: index + 1) }
        }
        return nil
    }
}
