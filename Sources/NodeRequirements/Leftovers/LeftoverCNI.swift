package import NodeState
internal import SystemPackage

/// No CNI configuration of an earlier network lies on the node before it belongs to a cluster.
///
/// - Source: containerd, docs/cri/config.md (`conf_dir`, `max_conf_num`): the first file by name is taken; flannel
///   writes `10-flannel.conflist`.
package struct LeftoverCNI: Requirement {
    package static let entry = CatalogEntry(
        "leftover-cni", group: "leftovers", title: "No CNI configuration of an earlier network exists",
        why: "containerd takes the first file by name, so the earlier network would start instead of the new one",
        source: "containerd docs/cri/config.md; flannel", checks: "The names in /etc/cni/net.d.",
        manual: ["ls /etc/cni/net.d", "sudo mv /etc/cni/net.d/NAME /root/"])

    static let folder: FilePath = "/etc/cni/net.d"
    /// The file that flannel writes: over its own one of an earlier cluster, too.
    static let flannel = "10-flannel.conflist"

    /// Whether containerd takes a file of that name for a network.
    static func isConfiguration(_ name: String) -> Bool {
        [".conf", ".conflist", ".json"].contains { name.hasSuffix($0) }
    }

    package let inputs: [Input] =
        LifecycleRule.evidence + LeftoverUse.inputs + [.path(folder), .path(DpkgFiles.folder)]

    package init(_ configuration: Configuration) {}

    /// The files that containerd would take, in its order.
    package struct Observation: Equatable, Sendable {
        var names: [String]
        var membership: Lifecycle?
        /// Those that nobody is known to need.
        var moves: [FileMove] = []
        var isMember: Bool { membership == .initialised || membership == .joined }
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(
            names: try await host.files.names(in: Self.folder).filter(Self.isConfiguration),
            membership: try await LifecycleRule.membership(of: host))
        let names = seen.names.filter { !Self.isPodmans($0) }
        // The file is the same now and at the next boot: one plan does for both.
        if horizon == .now, !seen.isMember, !names.isEmpty { seen.moves = await moves(names, host) }
        return seen
    }

    /// The moves of what is no package's, as long as no pod needs its network to end.
    private func moves(_ names: [String], _ host: HostView) async -> [FileMove] {
        // Without an answer nothing is moved: the finding stands, and a person can see what is there.
        let owned = (try? await DpkgFiles.owned(in: Self.folder, host)) ?? nil
        guard let owned, await LeftoverUse.isExcluded(host) else { return [] }
        var moves: [FileMove] = []
        for name in names where !owned.contains(name) {
            let path = Self.folder.appending(name)
            if let contents = try? await contents(of: path, host) {
                moves.append(FileMove(path: path, contents: contents))
            }
        }
        return moves
    }

    /// What is to be moved; `nil` for what is neither a file nor a link.
    private func contents(
        of path: FilePath, _ host: HostView
    ) async throws(ObservationError) -> FileMove.Contents? {
        switch try await host.files.kind(of: path) {
        case .regular: try await host.files.bytes(at: path).map { .file($0) }
        case .link(let end): .link(end)
        case .directory, .other, nil: nil
        }
    }

    /// Podman's own network, which nothing but podman brings back.
    private static func isPodmans(_ name: String) -> Bool { name.hasPrefix("87-podman") }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard !seen.isMember else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard !seen.names.isEmpty else { return .met(observed: "none in \(Self.folder)") }
        let findings = seen.names.map(finding)
        return .unmet(
            observed: seen.names.joined(separator: ", "), findings: findings,
            proposals: seen.moves.map { Proposal(.moveAside($0), .withConsent(.cleanup)) })
    }

    private func finding(_ name: String) -> Finding {
        let path = Self.folder.appending(name)
        let (severity, why): (Severity, String) =
            if name == Self.flannel {
                (.warning, "flannel writes this file anew; until then pods get addresses of the earlier network")
            } else if Self.isPodmans(name) {
                (.info, "podman uses it, and flannel's file comes before it")
            } else if name < Self.flannel {
                (.error, "it comes before \(Self.flannel), so containerd takes it and pods stay ContainerCreating")
            } else {
                (.warning, "containerd takes it until \(Self.flannel) is there")
            }
        return Finding(
            "present", severity: severity, expected: "no CNI configuration before the cluster has a network",
            actual: "\(path) exists", why: why, remedy: "move it away if it is of an earlier cluster",
            manual: ["sudo mv \(HandEdit.word(path)) /root/"], evidence: [Evidence(path)])
    }
}
