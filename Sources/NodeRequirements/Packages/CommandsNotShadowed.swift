internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// kubeadm, kubelet and kubectl are those of dpkg, for a person and for systemd.
///
/// - Source: sudoers(5), `secure_path` as Debian and Ubuntu set it; systemd.service(5), `ExecStart=`.
package struct CommandsNotShadowed: Requirement {
    package static let entry = CatalogEntry(
        "commands-not-shadowed", group: "packages", title: "dpkg's kubeadm, kubelet and kubectl are the ones that run",
        severity: .warning, why: "a program of another version would answer in their place",
        source: "sudoers(5); systemd.service(5)",
        checks:
            "Files named kubeadm, kubelet and kubectl in root's PATH besides those in /usr/bin, and the program that kubelet.service starts.",
        manual: ["type -a kubeadm kubelet kubectl", "systemctl cat kubelet"])

    static let home: FilePath = "/usr/bin"

    package let inputs: [Input] =
        RequiredCommands.path.map { .path($0) } + [.path("/snap/bin")] + layeredInputs("systemd/system")

    package init(_ configuration: Configuration) {}

    /// Another program of such a name.
    package struct Rival: Equatable, Sendable {
        var path: FilePath
        /// Whether it is found before dpkg's.
        var comesFirst: Bool
    }

    /// What was seen.
    package struct Observation: Equatable, Sendable {
        var rivals: [Rival] = []
        /// The program of kubelet.service, where it is another than dpkg's, and who says so.
        var program: FilePath?
        var unit: FilePath?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation()
        for name in DpkgEvidence.kubernetes {
            var isPastHome = false
            for folder in RequiredCommands.path where !["/sbin", "/bin"].contains(folder.string) {
                let path = folder.appending(name)
                if folder == Self.home {
                    isPastHome = true
                } else if try await host.files.kind(of: path) != nil {
                    seen.rivals.append(Rival(path: path, comesFirst: !isPastHome))
                }
            }
        }
        (seen.program, seen.unit) = try await kubelet(host)
        return seen
    }

    /// The last `ExecStart=` of kubelet.service; `nil` where it is dpkg's, or there is none.
    private func kubelet(_ host: HostView) async throws(ObservationError) -> (FilePath?, FilePath?) {
        var found: (program: FilePath?, file: FilePath?) = (nil, nil)
        var files: [FilePath] = []
        for parent in try await host.bootFolders() where files.isEmpty {
            let path = parent.appending("systemd").appending("system").appending("kubelet.service")
            if try await host.files.kind(of: path) == .regular { files.append(path) }
        }
        for dropIn in try await host.filesAtBoot(in: "systemd/system/kubelet.service.d") { files.append(dropIn.path) }
        for file in files {
            guard let text = try await host.files.text(at: file) else { continue }
            for line in UnitFile(parsing: text).list("ExecStart", in: "Service") {
                let word = line.value.split { $0 == " " || $0 == "\t" }.first ?? ""
                found = (FilePath(String(word.drop { "-@:+!".contains($0) })), file)
            }
        }
        return found.program == Self.home.appending("kubelet") ? (nil, nil) : found
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        var findings = seen.rivals.map { rival in
            Finding(
                rival.comesFirst ? "shadowed" : "second-copy", severity: .warning,
                expected: "only \(Self.home)/\(rival.path.lastComponent?.string ?? "")",
                actual: rival.comesFirst
                    ? "\(rival.path) is found before the program of the package" : "\(rival.path) exists too",
                remedy: "remove the other program", manual: Self.entry.manual, evidence: [Evidence(rival.path)])
        }
        if let program = seen.program, let unit = seen.unit {
            findings.append(
                Finding(
                    "other-kubelet", expected: "kubelet.service starts \(Self.home)/kubelet",
                    actual: "kubelet.service starts \(program)",
                    why: "kubeadm judges the kubelet of the package, and another one would run",
                    remedy: "remove the unit or the drop-in that names it", manual: Self.entry.manual,
                    evidence: [Evidence(unit)]))
        }
        guard !findings.isEmpty else { return .met(observed: "only those in \(Self.home)") }
        return .unmet(observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: [])
    }
}
