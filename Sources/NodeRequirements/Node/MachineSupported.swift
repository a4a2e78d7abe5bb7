internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// The machine has a kernel of its own: it is no system container, no WSL, and no chroot.
///
/// Where it has not, swap, modules, sysctls and the boot are those of another machine, and nothing else is judged.
/// - Source: systemd `src/basic/virt.c` (`detect_container`, `running_in_chroot`); systemd.io, "Container Interface";
///   proc_pid_mountinfo(5).
package struct MachineSupported: Requirement {
    package static let entry = CatalogEntry(
        "machine-supported", group: "node", title: "The machine has a kernel of its own",
        replacesOthers: true,
        why: "in a container swap, kernel modules and sysctls are those of the host, and only the host can change them",
        source: "systemd src/basic/virt.c; systemd.io, Container Interface",
        checks:
            "/run/systemd/container, the release of the kernel (WSL), the files of podman and Docker beside a PID 1 that is no systemd, and whether / is the root file system of PID 1 (chroot).",
        manual: ["systemd-detect-virt --container"])

    private static let manager: FilePath = "/run/systemd/container"
    private static let release: FilePath = "/proc/sys/kernel/osrelease"
    private static let wslInterop: FilePath = "/proc/sys/fs/binfmt_misc/WSLInterop"
    private static let firstProcess: FilePath = "/proc/1/comm"
    private static let mountsOfFirst: FilePath = "/proc/1/mountinfo"
    private static let mountsOfOurs: FilePath = "/proc/self/mountinfo"
    private static let marks: [(FilePath, String)] = [("/run/.containerenv", "podman"), ("/.dockerenv", "docker")]

    package let inputs: [Input] = [.path("/.dockerenv")]

    package init(_ configuration: Configuration) {}

    /// What the machine is.
    package enum Observation: Equatable, Sendable {
        /// A machine, virtual or not.
        case machine
        /// A system container, with the name of what runs it.
        case container(String, Evidence)
        /// Linux of another system's making.
        case wsl(String)
        /// A folder of another machine.
        case chroot
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        if let text = try await host.files.text(at: Self.manager) {
            // What a container calls itself is text from outside.
            let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }.prefix(32)
            return .container(name.isEmpty ? "unnamed" : String(name), Evidence(Self.manager))
        }
        let release = try await host.files.text(at: Self.release)?.prefix { !$0.isNewline } ?? ""
        let isNamedWSL = ["Microsoft", "microsoft-standard", "WSL"].contains { release.contains($0) }
        let interop = try await host.files.kind(of: Self.wslInterop)
        if isNamedWSL || interop != nil { return .wsl(String(release)) }
        // A disk image that was made of a container's files has these marks as well; its PID 1 is systemd.
        if let first = try await host.files.text(at: Self.firstProcess), !first.hasPrefix("systemd\n") {
            for (path, name) in Self.marks where try await host.files.kind(of: path) != nil {
                return .container(name, Evidence(path))
            }
        }
        return try await isChroot(host) ? .chroot : .machine
    }

    /// Whether another file system, or another folder of it, is the root of PID 1.
    ///
    /// The daemon's own mount namespace has other mounts, and the same root.
    private func isChroot(_ host: HostView) async throws(ObservationError) -> Bool {
        // A tree that records the mounts of no process says nothing of it.
        guard let ours = try await host.files.text(at: Self.mountsOfOurs),
            let first = try await host.files.text(at: Self.mountsOfFirst), let root = Self.root(of: first)
        else { return false }
        // A chroot to a folder that is no mount point shows no mount at / at all.
        return Self.root(of: ours) != root
    }

    /// The device and the folder of it that are mounted at /.
    private static func root(of mounts: String) -> [Substring]? {
        let fields = mounts.textLines().map { $0.split(separator: " ") }
        return fields.last { $0.count > 4 && $0[4] == "/" }.map { Array($0[2...3]) }
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        let actual: String
        var evidence: [Evidence]
        var remedy = "install nucprep on the host itself, or on a virtual machine"
        switch seen {
        case .machine: return .met(observed: "a machine with its own kernel")
        case .container(let name, let place):
            actual = "this is a system container (\(name))"
            evidence = [place]
        case .wsl(let release):
            actual = "this is WSL, with the kernel \(release)"
            evidence = [Evidence(Self.release)]
            remedy = "install Debian or Ubuntu on the machine, or in a virtual machine"
        case .chroot:
            actual = "/ is not the root file system of PID 1: this is a chroot"
            evidence = [Evidence(Self.mountsOfOurs), Evidence(Self.mountsOfFirst)]
            remedy = "run nucprep on the running system, outside of the chroot"
        }
        let finding = Finding(
            "no-machine", expected: "a physical or virtual machine with its own kernel", actual: actual,
            why: "swap, kernel modules, sysctls and the boot belong to another system, so nothing else is judged here",
            remedy: remedy, manual: Self.entry.manual, evidence: evidence)
        return .unmet(observed: actual, findings: [finding], proposals: [])
    }
}
