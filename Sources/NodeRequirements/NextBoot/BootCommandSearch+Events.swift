internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What udev and cloud-init run as they find devices and data.
extension BootCommandSearch {
    /// Where rules of udev lie that no distribution has put there.
    static let udevFolders: [FilePath] = ["/etc/udev/rules.d", "/usr/local/lib/udev/rules.d"]

    /// The programs of udev's rules; whether their devices are there is not known from files.
    ///
    /// - Source: udev(7), "RULES FILES".
    mutating func addUdev() async throws(ObservationError) {
        for folder in Self.udevFolders {
            for name in try await host.files.names(in: folder) where name.hasSuffix(".rules") {
                let path = folder.appending(name)
                guard try await host.files.kind(of: path) != .directory,
                    let bytes = try await host.files.beginning(of: path, limit: Self.mostBytes)
                else { continue }
                for (line, command) in UdevCommands.read(String(decoding: bytes, as: UTF8.self)) {
                    try await add(command, at: path, line: line, by: "a rule of udev", isCertain: false)
                }
            }
        }
    }

    /// The commands of cloud-init: `bootcmd` runs at each boot, `runcmd` at the first of an instance.
    ///
    /// Of several files that have the list, which one counts is in how they say that lists are merged.
    /// - Source: cloud-init, "Module reference", Bootcmd, Runcmd, Scripts User; "Merging user data sections".
    mutating func addCloudInit() async throws(ObservationError) {
        guard try await CloudInit.idle(host) == nil else { return }
        try await addCloudList("bootcmd")
        guard try await !CloudInit.isSpent("scripts_user", .perInstance, host) else { return }
        try await addCloudList("runcmd")
    }

    private mutating func addCloudList(_ key: String) async throws(ObservationError) {
        var lists: [(path: FilePath, lines: [CloudCommands.Line])] = []
        for (path, _) in try await CloudInit.files(host) {
            guard let text = try await host.files.text(at: path),
                let lines = CloudCommands(parsing: text, key: key).lines
            else { continue }
            lists.append((path, lines))
        }
        for (path, lines) in lists {
            for line in lines {
                try await add(
                    line.text, at: path, line: line.number, by: "cloud-init's \(key)", isCertain: lists.count == 1)
            }
        }
    }
}
