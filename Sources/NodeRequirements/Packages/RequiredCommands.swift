package import NodeState
internal import SystemPackage

/// Every program that kubeadm looks for is in root's PATH.
///
/// Nothing is proposed here: their packages come with the prerequisites and as dependencies of kubeadm and the kubelet.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`addCommonChecks`, `InPathCheck`); sudoers(5),
///   `secure_path` as Debian and Ubuntu set it.
package struct RequiredCommands: Requirement {
    package static let entry = CatalogEntry(
        "required-commands", group: "packages", title: "Every program that kubeadm looks for is in PATH",
        prerequisites: ["package-system-healthy", "prerequisite-packages", "package-versions"],
        kubeadmChecks: commands.map { "FileExisting-\($0.name)" },
        why: "kubeadm refuses without them, and kube-proxy and port-forward fail",
        source: "kubeadm preflight/checks.go; sudoers(5)",
        checks: "The files of these names in \(path.map(\.string).joined(separator: ":")).",
        manual: ["command -v crictl conntrack ip iptables mount nsenter ebtables ethtool socat tc touch"])

    /// A program, its package, and whether kubeadm refuses without it.
    struct Command: Sendable {
        var name: String
        var package: String
        var isMandatory: Bool
    }

    static let commands: [Command] = [
        Command(name: "crictl", package: "cri-tools", isMandatory: true),
        Command(name: "conntrack", package: "conntrack", isMandatory: true),
        Command(name: "ip", package: "iproute2", isMandatory: true),
        Command(name: "iptables", package: "iptables", isMandatory: true),
        Command(name: "mount", package: "mount", isMandatory: true),
        Command(name: "nsenter", package: "util-linux", isMandatory: true),
        Command(name: "ebtables", package: "ebtables", isMandatory: false),
        Command(name: "ethtool", package: "ethtool", isMandatory: false),
        Command(name: "socat", package: "socat", isMandatory: false),
        Command(name: "tc", package: "iproute2", isMandatory: false),
        Command(name: "touch", package: "coreutils", isMandatory: false),
    ]

    static let path: [FilePath] = [
        "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/snap/bin",
    ]

    package let inputs: [Input] =
        DpkgEvidence.inputs + path.map { .path($0) } + [.path("/etc/alternatives")] + ProgramFile.inputs

    package init(_ configuration: Configuration) {}

    /// A program that is in none of the folders.
    package struct Missing: Equatable, Sendable {
        var name: String
        /// Whether dpkg has its package whole, and the file is gone all the same.
        var hasPackage: Bool
        /// The first file of its name, where there is one that cannot be executed.
        var file: FilePath?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> [Missing] {
        var missing: [Missing] = []
        for command in Self.commands {
            let (isThere, file) = try await find(command.name, host)
            guard !isThere else { continue }
            let package = SeenPackage(
                name: command.package, package: try await host.packages.package(command.package))
            missing.append(Missing(name: command.name, hasPackage: package.isGood, file: file))
        }
        return missing
    }

    /// Links are followed: iptables is one of the alternatives.
    private func find(_ name: String, _ host: HostView) async throws(ObservationError) -> (Bool, FilePath?) {
        var file: FilePath?
        for folder in Self.path {
            let path = folder.appending(name)
            switch try await ProgramFile.at(path, host) {
            case .runs: return (true, nil)
            case .notExecutable: file = file ?? path
            case .absent: continue
            }
        }
        return (false, file)
    }

    package func assess(_ missing: [Missing], at horizon: Horizon) -> Assessment {
        guard !missing.isEmpty else { return .met(observed: "all \(Self.commands.count) are there") }
        let lacking = missing.compactMap { item in
            Self.commands.first { $0.name == item.name }.map { (command: $0, item: item) }
        }
        let findings = lacking.map { finding($0.command, $0.item) }
        return .unmet(
            observed: "missing: \(missing.map(\.name).joined(separator: ", "))", findings: findings, proposals: [])
    }

    private func finding(_ command: Command, _ item: Missing) -> Finding {
        let hasPackage = item.hasPackage
        let check = "\(command.isMandatory ? "ERROR" : "WARNING") FileExisting-\(command.name)"
        if let file = item.file {
            return Finding(
                "not-executable", severity: command.isMandatory ? .error : .warning,
                expected: "\(command.name) is in PATH", actual: "\(file) is no file that can be executed",
                predicts: Prediction(kubeadm: check), remedy: "install the package \(command.package) again",
                manual: ["ls -ld \(file)", "sudo apt-get install -y --reinstall \(command.package)"],
                evidence: [Evidence(file)])
        }
        return Finding(
            "missing", severity: command.isMandatory ? .error : .warning, expected: "\(command.name) is in PATH",
            actual: "\(command.name) is in no directory of root's PATH", predicts: Prediction(kubeadm: check),
            remedy: hasPackage
                ? "the package \(command.package) is installed, but its file is gone: install it again"
                : "install the package \(command.package)",
            manual: ["sudo apt-get install -y \(hasPackage ? "--reinstall " : "")\(command.package)"],
            evidence: [DpkgEvidence.status])
    }
}
