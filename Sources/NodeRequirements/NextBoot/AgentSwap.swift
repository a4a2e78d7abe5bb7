internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Whether Azure's agent makes swap on the resource disk at each boot.
///
/// - Source: Azure/WALinuxAgent README.md, "Configuration File Options", `ResourceDisk.EnableSwap`: it needs
///   `ResourceDisk.Format` and a size above 0.
enum AgentSwap {
    static let file: FilePath = "/etc/waagent.conf"

    /// The line that has it make swap; `nil` when it makes none, or does not run.
    ///
    /// - Throws: when the file is there and cannot be read.
    static func evidence(_ host: HostView, _ units: inout BootedUnits) async throws(ObservationError) -> Evidence? {
        guard let text = try await host.files.text(at: file) else { return nil }
        var values: [String: (value: String, line: Int)] = [:]
        for (index, line) in text.textLines(keepingEmpty: true).enumerated() {
            // A comment may follow the value.
            let content = line.prefix { $0 != "#" }
            guard let equals = content.firstIndex(of: "=") else { continue }
            let key = content[..<equals].filter { !$0.isWhitespace }
            let value = content[content.index(after: equals)...].filter { !$0.isWhitespace && $0 != "\"" }
            values[key] = (value.lowercased(), index + 1)
        }
        guard let swap = values["ResourceDisk.EnableSwap"], swap.value.hasPrefix("y"),
            values["ResourceDisk.Format"]?.value.hasPrefix("y") ?? false,
            values["ResourceDisk.SwapSizeMB"].map({ Int($0.value) != 0 }) ?? false,
            try await units.reader("walinuxagent.service", "waagent.service") != .doesNotRun
        else { return nil }
        return Evidence(file, line: swap.line)
    }
}
