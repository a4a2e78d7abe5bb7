package import NodeState
internal import SystemPackage

/// No containers of an earlier cluster run before the node belongs to one.
///
/// - Source: containerd, `core/runtime/v2/README.md`; the CRI's namespace is `k8s.io`.
package struct LeftoverContainers: Requirement {
    package static let entry = CatalogEntry(
        "leftover-containers", group: "leftovers", title: "No containers of an earlier cluster run",
        severity: .warning, why: "they keep their ports and mounts, and the new kubelet does not know them",
        source: "containerd, runtime/v2/README.md", checks: "The names in \(folder).",
        manual: ["sudo crictl pods", "sudo crictl rmp -fa"])

    private static let folder = LeftoverUse.pods

    package let inputs: [Input] = LifecycleRule.membershipInputs + [.path(folder)]

    package init(_ configuration: Configuration) {}

    /// How many there are, and whether the node belongs to a cluster.
    package struct Observation: Equatable, Sendable {
        var count: Int
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        Observation(
            count: try await host.files.names(in: Self.folder).count,
            membership: try await LifecycleRule.membership(of: host))
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard horizon == .now else { return .notApplicable(because: "containers do not survive a reboot") }
        guard seen.membership != .initialised, seen.membership != .joined else {
            return .notApplicable(because: "the node belongs to a cluster")
        }
        guard seen.count > 0 else { return .met(observed: "none") }
        return .unmet([
            Finding(
                "running", severity: .warning, expected: "no container in containerd's namespace k8s.io",
                actual: seen.count == 1 ? "1 container is there" : "\(seen.count) containers are there",
                remedy: "remove them after a look, or reboot", manual: Self.entry.manual,
                evidence: [Evidence(Self.folder)])
        ])
    }
}
