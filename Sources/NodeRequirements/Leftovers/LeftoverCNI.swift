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

    package let inputs: [Input] = LifecycleRule.evidence + [.path(folder)]

    package init(_ configuration: Configuration) {}

    /// The files that containerd would take, in its order.
    package struct Observation: Equatable, Sendable {
        var names: [String]
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            names: try await host.files.names(in: Self.folder).filter(Self.isConfiguration),
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.membership != .initialised, seen.membership != .joined else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard !seen.names.isEmpty else { return .met(observed: "none in \(Self.folder)") }
        let findings = seen.names.map(finding)
        return .unmet(observed: seen.names.joined(separator: ", "), findings: findings, proposals: [])
    }

    private func finding(_ name: String) -> Finding {
        let path = Self.folder.appending(name)
        let (severity, why): (Severity, String) =
            if name == Self.flannel {
                (.warning, "flannel writes this file anew; until then pods get addresses of the earlier network")
            } else if name.hasPrefix("87-podman") {
                (.info, "podman uses it, and flannel's file comes before it")
            } else if name < Self.flannel {
                (.error, "it comes before \(Self.flannel), so containerd takes it and pods stay ContainerCreating")
            } else {
                (.warning, "containerd takes it until \(Self.flannel) is there")
            }
        return Finding(
            "present", severity: severity, expected: "no CNI configuration before the cluster has a network",
            actual: "\(path) exists", why: why, remedy: "move it away if it is of an earlier cluster",
            manual: ["sudo mv \(path) /root/"], evidence: [Evidence(path)])
    }
}
