internal import ConfigFormats
package import NodeState
internal import SystemPackage

/// containerd looks for CNI plugins where kubernetes-cni and flannel put them, and they are there.
///
/// - Source: containerd docs/cri/config.md, `bin_dir`, `bin_dirs`; kubernetes.io, "Network Plugins".
package struct CNIBinaries: Requirement {
    package static let entry = CatalogEntry(
        "cni-binaries", group: "runtime", title: "CNI plugins lie where containerd looks for them",
        prerequisites: ["containerd-installed", "containerd-service", "containerd-config-current"],
        why:
            "kubernetes-cni and flannel put their plugins into /opt/cni/bin alone, and Debian's file of containerd names /usr/lib/cni: no pod gets a network",
        source: "containerd docs/cri/config.md; kubernetes.io, Network Plugins; containerd#6600",
        checks:
            "bin_dir and bin_dirs in the merged files, in the table of the file's version, else the directories that the installed build has by itself, links followed: one is /opt/cni/bin. Once kubernetes-cni is installed: whether its plugins are there. Now: those files, if the process is not older.",
        manual: [
            "sudoedit /etc/containerd/config.toml   # bin_dir = \"/opt/cni/bin\"", "sudo systemctl restart containerd",
        ])

    package let inputs: [Input] = containerdInputs + [.path(Self.list)]

    /// What kubernetes-cni brought, by dpkg's own list.
    private static let list: FilePath = "/var/lib/dpkg/info/kubernetes-cni.list"

    /// The plugins that containerd itself and flannel's network call.
    ///
    /// - Source: containerd internal/cri/server/service_linux.go (loopback); flannel-io/flannel,
    ///   Documentation/kube-flannel.yml (bridge with host-local, portmap).
    private static let plugins = ["loopback", "bridge", "host-local", "portmap"]

    package init(_ configuration: Configuration) {}

    /// What was seen of the files and of the directory.
    package struct Observation: Equatable, Sendable {
        var reading = ContainerdReading()
        /// Whether the package with the plugins is installed.
        var isPackageThere = false
        /// The plugins that ought to be there and are not.
        var missing: [String] = []
        /// What would make the files right.
        var cure = ContainerdReading.Cure()
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(reading: try await ContainerdReading.read(host))
        if horizon == .nextBoot {
            seen.cure = seen.reading.cure
        } else if let startedAt = try await host.units.unit(ContainerdUnit.name)?.startedAt,
            try await ContainerdAge.read(seen.reading, startedAt: startedAt, host).isStale
        {
            throw ObservationError(
                reading: "where containerd looks for CNI plugins",
                cause: "it runs with older files than those on disk; restart it", needs: "containerd-config-current")
        }
        guard seen.reading.searchesKubernetesCNI == true else { return seen }
        seen.isPackageThere = try await host.packages.package("kubernetes-cni")?.isInstalled ?? false
        // dpkg's list says which ones the package brought; without it, the one that containerd calls itself counts.
        let brought = try await host.files.text(at: Self.list)?.textLines().map(String.init)
        for plugin in Self.plugins {
            let path = "\(CNIDirectory.kubernetes)/\(plugin)"
            let isMeant = !seen.isPackageThere || brought?.contains(path) ?? false || plugin == Self.plugins[0]
            guard isMeant, try await host.files.kind(of: FilePath(path)) == nil else { continue }
            seen.missing.append(plugin)
        }
        if !seen.isPackageThere, !seen.missing.isEmpty,
            try await host.packages.package("kubelet")?.isInstalled != true
        {
            throw ObservationError(
                reading: CNIDirectory.kubernetes,
                cause: "kubernetes-cni comes with the kubelet, which is not installed",
                needs: "package-versions")
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard let configuration = seen.reading.configuration, seen.reading.startFault == nil else {
            return unmet(
                Finding(
                    "not-searched", expected: Self.expected, actual: "there are no files that containerd starts with",
                    predicts: Self.predicts, remedy: "first make it start", manual: seen.reading.manual,
                    evidence: [Evidence(seen.reading.unit.configuration)]), [])
        }
        guard seen.reading.searchesKubernetesCNI == true else { return notSearched(configuration, seen, horizon) }
        let directories = configuration.cniDirectories.joined(separator: ", ")
        guard seen.missing.isEmpty else {
            let names = seen.missing.joined(separator: ", ")
            return missing(
                seen.isPackageThere
                    ? "\(CNIDirectory.kubernetes) has no \(names)"
                    : "kubernetes-cni is not installed, and \(CNIDirectory.kubernetes) has no \(names)",
                manual: "sudo apt-get install -y\(seen.isPackageThere ? " --reinstall" : "") kubernetes-cni")
        }
        return .met(observed: "containerd searches \(directories), and the plugins are in \(CNIDirectory.kubernetes)")
    }

    private static let expected = "containerd looks for CNI plugins in \(CNIDirectory.kubernetes)"
    private static let predicts = Prediction(kubelet: "starts, and pods stay ContainerCreating: failed to find plugin")

    private func unmet(_ finding: Finding, _ proposals: [Proposal]) -> Assessment {
        .unmet(observed: finding.actual, findings: [finding], proposals: proposals)
    }

    private func notSearched(
        _ configuration: ContainerdConfiguration, _ seen: Observation, _ horizon: Horizon
    ) -> Assessment {
        let directories = configuration.cniDirectories
        let names = directories.isEmpty ? "no directory" : directories.joined(separator: ", ")
        let isWritten = configuration.cniPlace != nil
        var finding = Finding(
            "not-searched", expected: Self.expected,
            actual:
                "containerd looks for CNI plugins in \(names)\(directories.isEmpty ? "" : " alone")\(isWritten ? "" : ", as it is built")",
            why: "kubernetes-cni and flannel put theirs into \(CNIDirectory.kubernetes)", predicts: Self.predicts,
            manual: [
                "sudoedit \(seen.reading.unit.configuration)   # \(setting(configuration))",
                "sudo systemctl restart containerd",
            ],
            evidence: [configuration.cniPlace.map { Evidence($0) } ?? Evidence(seen.reading.unit.configuration)])
        guard horizon == .nextBoot else {
            finding.remedy = "make the files right, then restart containerd"
            return unmet(finding, [])
        }
        if configuration.hasOwnCNIDirectory {
            finding.remedy =
                "containerd \(configuration.release) takes one directory, and nucprep does not replace \(names): set bin_dir = \"\(CNIDirectory.kubernetes)\", or make \(CNIDirectory.kubernetes) a link to it"
            return unmet(finding, [])
        }
        return unmet(seen.reading.completed(finding, with: seen.cure), seen.cure.proposals)
    }

    /// The setting as a person writes it.
    private func setting(_ configuration: ContainerdConfiguration) -> String {
        guard configuration.release.takesCNIDirectories else { return "bin_dir = \"\(CNIDirectory.kubernetes)\"" }
        let all = configuration.cniDirectories + [CNIDirectory.kubernetes]
        return "bin_dirs = [\(all.map { "\"\($0)\"" }.joined(separator: ", "))]"
    }

    private func missing(_ actual: String, manual: String) -> Assessment {
        unmet(
            Finding(
                "missing", expected: "\(CNIDirectory.kubernetes) has \(Self.plugins.joined(separator: ", "))",
                actual: actual, predicts: Self.predicts, remedy: "install kubernetes-cni", manual: [manual],
                evidence: [Evidence(FilePath(CNIDirectory.kubernetes))]), [])
    }
}
