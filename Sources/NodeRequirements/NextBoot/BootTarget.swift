internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The unit that the next boot is to reach.
///
/// - Source: kernel-command-line(7), `systemd.unit=` and the words of runlevels; systemd `src/core/main.c`
///   (`parse_proc_cmdline_item`) and `src/basic/unit-file.c` (`runlevel_to_target`).
enum BootTarget {
    private static let words: [String: String] = [
        "emergency": "emergency.target", "-b": "emergency.target", "rescue": "rescue.target",
        "single": "rescue.target", "-s": "rescue.target", "s": "rescue.target", "S": "rescue.target",
        "1": "rescue.target", "2": "multi-user.target", "3": "multi-user.target", "4": "multi-user.target",
        "5": "graphical.target",
    ]

    /// The name, and what says so; the last word of the command line wins over the link.
    static func wanted(_ host: HostView) async throws(ObservationError) -> (name: String, evidence: Evidence) {
        let commandLine = try await host.commandLine()
        let named = commandLine.arguments.compactMap { argument -> String? in
            guard argument.key == "systemd.unit" else { return argument.value == nil ? words[argument.key] : nil }
            return argument.value.flatMap { UnitIdentifier($0) }.flatMap { $0.isTemplate ? nil : $0.name }
        }
        if let name = named.last { return (name, Evidence("/proc/cmdline")) }
        for folder in UnitLoadPath.defaultTargetFolders {
            let link = folder.appending("default.target")
            if try await host.files.kind(of: link) != nil { return ("default.target", Evidence(link)) }
        }
        return ("default.target", Evidence("/usr/lib/systemd/system/default.target"))
    }
}
