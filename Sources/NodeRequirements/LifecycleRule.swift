package import NodeState
internal import SystemPackage

/// Tells from a host alone how far it has come towards a cluster.
///
/// - Source: kubeadm `cmd/kubeadm/app/constants/constants.go`: the files that init and join leave.
package enum LifecycleRule {
    /// What the answer rests on.
    package static let inputs: [Input] = membershipInputs + DpkgEvidence.inputs + [.unit("containerd.service")]

    /// What tells whether the node belongs to a cluster.
    static let membershipInputs: [Input] = evidence + [.unit("kubelet.service"), .path(APIServerSigns.manifest)]

    /// The folders of the files that a cluster leaves.
    static let evidence: [Input] = [
        .path("/etc/kubernetes"), .path("/etc/kubernetes/manifests"), .path("/etc/kubernetes/pki"),
        .path("/var/lib/kubelet"), .path("/var/lib/kubelet/pki"), .path("/var/lib/etcd"),
    ]

    /// The lifecycle of a host.
    ///
    /// `prepared` is said only of what was seen: packages or a runtime that cannot be asked leave the host `fresh`, which
    /// has the same power.
    /// - Parameters:
    ///   - host: the host.
    ///   - packageVersion: the version that kubeadm, kubelet and kubectl are to have.
    /// - Returns: how far it has come.
    /// - Throws: when evidence is there and cannot be read; the lifecycle is unknown then.
    package static func lifecycle(
        of host: HostView, packageVersion: String
    ) async throws(ObservationError) -> Lifecycle {
        if let membership = try await membership(of: host) { return membership }
        return await isPrepared(host, packageVersion) ? .prepared : .fresh
    }

    /// What the evidence of a cluster amounts to; `nil` when there is none.
    ///
    /// A control plane whose files are all there, and whose API server does not run although the kubelet has had the time
    /// to start it, is left over from an init that failed.
    /// - Throws: when evidence is there and cannot be read.
    static func membership(of host: HostView) async throws(ObservationError) -> Lifecycle? {
        let evidence = try await ClusterEvidence.read(host)
        guard evidence.lifecycle == .initialised else { return evidence.lifecycle }
        let signs = try await APIServerSigns.read(host)
        return signs.isDue && !signs.isRunning ? .leftover : .initialised
    }

    /// Whether a cluster has left anything on the host: quick enough to be asked before each act.
    ///
    /// - Throws: when evidence is there and cannot be read.
    package static func isMember(_ host: HostView) async throws(ObservationError) -> Bool {
        try await ClusterEvidence.read(host).lifecycle != nil
    }

    /// Whether all three packages are there at the configured version, and the container runtime serves the CRI.
    private static func isPrepared(_ host: HostView, _ version: String) async -> Bool {
        do throws(ObservationError) {
            for name in DpkgEvidence.kubernetes {
                guard let package = try await host.packages.package(name), package.isInstalled,
                    package.version == version
                else { return false }
            }
            guard case .serving = try await host.runtime.version() else { return false }
            return true
        } catch {
            return false
        }
    }
}
