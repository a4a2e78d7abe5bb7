package import NodeState
internal import SystemPackage

/// `/var/lib/etcd` holds no data before there is a control plane.
///
/// Nothing of it is ever changed here: it may be the only copy of a cluster.
/// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunInitNodeChecks`, `DirAvailableCheck`).
package struct EtcdDataAbsent: Requirement {
    package static let entry = CatalogEntry(
        "etcd-data-absent", group: "leftovers", title: "/var/lib/etcd holds no data",
        kubeadmChecks: ["DirAvailable--var-lib-etcd"],
        why: "kubeadm init refuses, and the data may be the only copy of a cluster",
        source: "kubeadm preflight/checks.go", checks: "The names in /var/lib/etcd.",
        manual: ["sudo ls -la /var/lib/etcd", "sudo cp -a /var/lib/etcd /root/etcd-backup", "sudo kubeadm reset"])

    static let folder: FilePath = "/var/lib/etcd"

    private let configuration: Configuration
    package let inputs: [Input] = LifecycleRule.evidence + [.path("/var/lib"), .addresses]

    package init(_ configuration: Configuration) { self.configuration = configuration }

    /// What lies there.
    package enum Content: Equatable, Sendable {
        case nothing
        /// That many names.
        case names(Int)
        /// Something that is no directory.
        case otherThing
    }

    /// The data, and what the node is.
    package struct Observation: Equatable, Sendable {
        var content: Content
        var role: Configuration.Role
        var membership: Lifecycle?
    }

    package func observe(_ host: HostView, at horizon: Horizon) async throws(ObservationError) -> Observation {
        var seen = Observation(
            content: .nothing, role: try await NodeRole.of(host, configuration),
            membership: try await LifecycleRule.membership(of: host))
        switch try await host.files.kind(of: Self.folder) {
        case nil: break
        case .directory, .link:
            let count = try await host.files.names(in: Self.folder).count
            if count > 0 { seen.content = .names(count) }
        case .regular, .other: seen.content = .otherThing
        }
        return seen
    }

    package func assess(_ seen: Observation, at horizon: Horizon) -> Assessment {
        guard seen.membership != .initialised else {
            return .notApplicable(because: "it is the data of the control plane on this node")
        }
        let actual: String
        switch seen.content {
        case .nothing: return .met(observed: "no data")
        case .names(let count): actual = "\(Self.folder) holds \(count == 1 ? "1 entry" : "\(count) entries")"
        case .otherThing: actual = "\(Self.folder) is not a directory"
        }
        let isControlPlane = seen.role == .controlPlane
        let finding = Finding(
            "present", severity: isControlPlane ? .error : .warning, expected: "\(Self.folder) is absent or empty",
            actual: actual,
            predicts: isControlPlane ? Prediction(kubeadm: "ERROR DirAvailable--var-lib-etcd") : Prediction(),
            remedy: "look at it and back it up: it may be the only copy of a cluster; then run kubeadm reset",
            manual: Self.entry.manual, evidence: [Evidence(Self.folder)])
        return .unmet(observed: actual, findings: [finding], proposals: [])
    }
}
