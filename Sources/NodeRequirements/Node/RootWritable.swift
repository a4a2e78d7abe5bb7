internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The root file system can be written to, now and after a reboot.
///
/// - Source: systemd `src/remount-fs/remount-fs.c`, `src/fstab-generator/fstab-generator.c` (`run`),
///   `src/gpt-auto-generator/gpt-auto-generator.c` (`add_partition_root_rw`); kernel `init/do_mounts.c`; fstab(5).
package struct RootWritable: Requirement {
    package static let entry = CatalogEntry(
        "root-writable", group: "node", title: "The root file system can be written to, now and after a reboot",
        why: "containerd and the kubelet cannot start on a root file system that is read-only",
        source: "systemd-remount-fs.service(8); systemd-fstab-generator(8); fstab(5)",
        checks:
            "How / is mounted (/proc/1/mountinfo). For the next boot: ro or rw on the kernel command line, and the options of the line for / in /etc/fstab.",
        manual: ["findmnt /", "grep -n ' / ' /etc/fstab", "cat /proc/cmdline"])

    static let fstab: FilePath = "/etc/fstab"
    private static let mounts: FilePath = "/proc/1/mountinfo"

    package let inputs: [Input] = [.path(fstab)]

    package init(_ configuration: Configuration) {}

    /// What was seen at one horizon.
    package enum Observation: Equatable, Sendable {
        case writable(String)
        /// Mounted read-only, with the device.
        case readOnlyNow(device: String)
        /// The fault that leaves it read-only at the next boot.
        case readOnlyAtBoot(RootMountFault)
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        guard horizon == .now else {
            if let fault = try await RootMountFault.atBoot(host) { return .readOnlyAtBoot(fault) }
            return .writable("the next boot mounts / for writing")
        }
        guard let text = try await host.files.text(at: Self.mounts) else {
            throw ObservationError(reading: Self.mounts.string, cause: "it is absent")
        }
        let rows = text.textLines().map { $0.split(separator: " ") }
        // The last mount covers those before it. The options of the mount, and after the hyphen those of the file system.
        guard let row = rows.last(where: { $0.count > 5 && $0[4] == "/" }),
            let hyphen = row.dropFirst(6).firstIndex(of: "-"), row.indices.contains(hyphen + 3)
        else { throw ObservationError(reading: Self.mounts.string, cause: "no line is about /") }
        let isReadOnly = [row[5], row[hyphen + 3]].contains { $0.split(separator: ",").contains("ro") }
        return isReadOnly ? .readOnlyNow(device: String(row[hyphen + 2])) : .writable("/ is mounted for writing")
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let finding: Finding
        switch seen {
        case .writable(let text): return .met(observed: text)
        case .readOnlyNow(let device):
            finding = Finding(
                "read-only", expected: "/ is mounted for writing", actual: "/ is mounted read-only (\(device))",
                why: "an error of the disk, or the boot, left it so", predicts: Self.predicts,
                remedy: "look in the kernel's log for errors of the disk first, then mount it for writing",
                manual: ["sudo dmesg --level=err,warn", "sudo mount -o remount,rw /"], evidence: [Evidence(Self.mounts)]
            )
        case .readOnlyAtBoot(let fault):
            finding = Finding(
                fault.reason, expected: "the next boot mounts / for writing", actual: fault.actual, why: fault.why,
                predicts: Self.predicts, remedy: fault.remedy, manual: fault.manual, evidence: [fault.evidence])
        }
        return .unmet(observed: finding.actual, findings: [finding], proposals: [])
    }

    private static let predicts = Prediction(kubelet: "cannot write to /var/lib/kubelet, and exits")
}

/// What leaves the root file system read-only at the next boot.
package enum RootMountFault: Equatable, Sendable {
    /// fstab has no line for /; a comment may be that line. An open file has a last line without an end.
    case noLine(comment: [UInt8]?, line: Int?, isOpen: Bool)
    /// The line says `ro`.
    case readOnlyLine(Int)
    /// `fstab=no` keeps systemd from reading fstab at all.
    case fstabIgnored

    /// Reads the command line and fstab.
    ///
    /// - Returns: `nil` when / is mounted for writing.
    /// - Throws: when fstab cannot be read, or nothing there says whether / is mounted for writing.
    static func atBoot(_ host: HostView) async throws(ObservationError) -> RootMountFault? {
        let commandLine = try await host.commandLine()
        let word = commandLine.arguments.last { $0.value == nil && ["ro", "rw"].contains($0.key) }?.key
        let bytes = try await host.files.bytes(at: RootWritable.fstab) ?? []
        if commandLine.boolean(of: "fstab") == false { return word == "ro" ? .fstabIgnored : nil }
        guard let entry = Fstab(bytes: bytes).entries.last(where: { isRoot($0) }) else {
            if word == "rw" { return nil }
            // Without a word on it the GPT generator asks the partition table; with ro it does not.
            guard word == "ro" else {
                throw ObservationError(
                    reading: "whether the next boot mounts / for writing",
                    cause: "neither /etc/fstab nor the kernel command line says it")
            }
            let comment = commentedLine(bytes)
            return .noLine(comment: comment?.bytes, line: comment?.number, isOpen: HandEdit.isOpen(bytes))
        }
        let option = entry.options.last { ["ro", "rw", "defaults"].contains($0) }
        return option == "ro" ? .readOnlyLine(entry.line) : nil
    }

    private static func isRoot(_ entry: Fstab.Entry) -> Bool {
        !entry.isSwap && entry.file.hasPrefix("/") && entry.file.utf8.allSatisfy { $0 == UInt8(ascii: "/") }
    }

    /// The last comment that would be a line for / without its `#`.
    private static func commentedLine(_ bytes: [UInt8]) -> (number: Int, bytes: [UInt8])? {
        let lines = EditableLines(bytes)
        for number in lines.numbers.reversed() {
            let blanks = [UInt8(ascii: "#"), UInt8(ascii: " "), UInt8(ascii: "\t")]
            let text = lines[number].drop { blanks.contains($0) }
            if text.count < lines[number].count, let entry = Fstab(bytes: Array(text)).entries.first, isRoot(entry) {
                return (number, lines[number])
            }
        }
        return nil
    }

    var reason: String {
        switch self {
        case .noLine: "no-root-line"
        case .readOnlyLine: "root-line-read-only"
        case .fstabIgnored: "fstab-ignored"
        }
    }

    var actual: String {
        switch self {
        case .noLine(_, line: let line?, _): "/etc/fstab has no line for /: line \(line) is commented out"
        case .noLine: "/etc/fstab has no line for /"
        case .readOnlyLine(let line): "/etc/fstab:\(line) mounts / read-only"
        case .fstabIgnored: "fstab=no is on the kernel command line, beside ro"
        }
    }

    var why: String {
        switch self {
        case .noLine: "the kernel command line says ro, and systemd mounts / for writing only if /etc/fstab says so"
        case .readOnlyLine: "systemd mounts / again with the options of that line"
        case .fstabIgnored: "systemd then does not mount / for writing"
        }
    }

    var remedy: String {
        switch self {
        case .noLine(_, line: _?, _): "take the # away from that line before the next reboot"
        case .noLine: "write a line for / before the next reboot"
        case .readOnlyLine: "make it rw before the next reboot"
        case .fstabIgnored: "take fstab=no out of the boot loader's configuration"
        }
    }

    var manual: [String] {
        switch self {
        case .noLine(let comment?, _, _):
            [HandEdit.uncomment(comment, in: RootWritable.fstab), "sudo findmnt --verify"]
        case .noLine(nil, _, let isOpen):
            (isOpen ? [HandEdit.ending(RootWritable.fstab)] : []) + [
                "echo \"UUID=$(findmnt -no UUID /) / $(findmnt -no FSTYPE /) defaults 0 1\" | sudo tee -a /etc/fstab",
                "sudo findmnt --verify",
            ]
        case .readOnlyLine: ["sudoedit /etc/fstab", "sudo findmnt --verify"]
        case .fstabIgnored: ["sudoedit /etc/default/grub", "sudo update-grub"]
        }
    }

    var evidence: Evidence {
        switch self {
        case .noLine(_, let line, _): Evidence(RootWritable.fstab, line: line)
        case .readOnlyLine(let line): Evidence(RootWritable.fstab, line: line)
        case .fstabIgnored: Evidence("/proc/cmdline")
        }
    }
}
