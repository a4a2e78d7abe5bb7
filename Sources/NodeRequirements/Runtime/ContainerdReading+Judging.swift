internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// What is wrong with the files, and what would mend them.
extension ContainerdReading {
    /// Why containerd would not start with these files, with the place.
    struct Fault: Equatable, Sendable {
        var text: String
        var evidence: Evidence
    }

    /// What would make the files right.
    struct Cure: Equatable, Sendable {
        /// The edits; none when nothing is to be done or nothing can be.
        var proposals: [Proposal] = []
        /// Why a file is left as it is, in words.
        var refusal: String?
    }

    /// Whether there is a containerd at all whose files can be judged.
    var isInstalled: Bool { release != nil }

    /// Why the next start fails; `nil` when it does not.
    var startFault: Fault? {
        if let refusal {
            return Fault(text: "\(refusal.path): \(refusal)", evidence: Evidence(FilePath(refusal.path)))
        }
        guard let configuration else { return nil }
        if !hasMainFile, unit.isNamed, configuration.release.isFirstLine {
            return Fault(text: "\(unit.configuration) is not there", evidence: Evidence(unit.configuration))
        }
        if let path = missing.first, configuration.release.needsImports {
            return Fault(text: "\(path) is imported and not there", evidence: Evidence(unit.configuration))
        }
        return configuration.startFault.map { fault in
            Fault(text: "\(fault.place.path): \(fault.text)", evidence: Evidence(fault.place))
        }
    }

    /// Why the CRI would not come back with these files; `nil` when nothing is known against it.
    var criFault: Fault? {
        configuration?.criRefusals.first.map { refusal in
            Fault(text: refusal.text, evidence: refusal.place.map { Evidence($0) } ?? Evidence(unit.configuration))
        }
    }

    /// The one edit that makes the files right for the CRI, for systemd's cgroups and for Kubernetes' CNI plugins.
    ///
    /// It is the same for whoever asks, so that one edit and one restart serve all.
    var cure: Cure {
        if let refusal { return Cure(refusal: "\(refusal.path): \(refusal)") }
        guard let configuration else { return Cure() }
        if let path = missing.first, configuration.release.needsImports {
            return Cure(refusal: "what \(path) held is not known")
        }
        let isRight =
            startFault == nil && configuration.disablings.isEmpty && configuration.legacyKey == nil
            && configuration.cgroupFault == nil
            && (searchesKubernetesCNI == true || configuration.hasOwnCNIDirectory)
        guard !isRight else { return Cure() }
        if !hasMainFile { return ours([newFile(for: configuration.release)]) }
        do throws(ContainerdRefusal) {
            // Imports first: what is asked about the main file afterwards is answered with them.
            return ours(
                try ContainerdEdit(of: configuration).files.reversed().map { file in
                    FileEdit(path: FilePath(file.path), before: file.before, after: file.after)
                })
        } catch {
            return Cure(refusal: "\(error.path): \(error)")
        }
    }

    private func ours(_ edits: [FileEdit]) -> Cure {
        if let edit = edits.first(where: { !$0.path.starts(with: "/etc/containerd") || $0.path.extension != "toml" }) {
            return Cure(refusal: "\(edit.path): nucprep writes .toml files below /etc/containerd alone")
        }
        return Cure(proposals: edits.map { Proposal(.editContainerdConfig($0), .untilJoined) })
    }

    /// A complete small file.
    private func newFile(for release: ContainerdRelease) -> FileEdit {
        let head = [
            "# Written by nucprepd, as there was none: containerd-config.toml(5).",
            "# It is yours now. nucprepd edits single values in it; to keep it from that, set mode = \"observe\"",
            "# for containerd-cri-enabled, containerd-systemd-cgroup and cni-binaries in /etc/nucprep/nucprep.toml.",
        ]
        return FileEdit(
            path: unit.configuration, before: nil,
            after: ContainerdFile.new(for: release, head: head, builtInCNI: builtInCNI(of: release)))
    }

    /// How a person mends the files.
    var manual: [String] { ["sudoedit \(unit.configuration)", "sudo systemctl restart containerd"] }

    /// The finding with what keeps nucprep from mending it, if anything does.
    func completed(_ finding: Finding, with cure: Cure) -> Finding {
        var finding = finding
        finding.manual = finding.manual.isEmpty ? manual : finding.manual
        guard cure.proposals.isEmpty else { return finding }
        finding.remedy = finding.remedy ?? "edit the file by hand, then restart containerd"
        if let refusal = cure.refusal { finding.why = "nucprep leaves it as it is: \(refusal)" }
        return finding
    }
}

extension Evidence {
    /// The evidence at a place of containerd's files.
    init(_ place: ContainerdPlace) { self.init(FilePath(place.path), line: place.line) }
}

/// What every requirement about containerd's files rests on.
let containerdInputs: [Input] =
    [
        .twoLevels("/etc/containerd"), .path("/var/lib/dpkg/status"), .path("/usr/bin/containerd"),
        .path("/usr/local/bin/containerd"), .unit(ContainerdUnit.name), .path(FilePath(CNIDirectory.kubernetes)),
        .path(FilePath(CNIDirectory.debian)),
    ] + layeredInputs("systemd/system")
