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

    static func isInstalled(_ host: HostView) async throws(ObservationError) -> Bool {
        for folder in try await host.bootFolders() {
            let path = folder.appending("systemd").appending("system-generators").appending("zram-generator")
            if let kind = try await host.files.kind(of: path) { return kind != .link("/dev/null") }
        }
        return false
    }
}
