package import NodeState
internal import SystemPackage

/// Tells from a host alone how far it has come towards a cluster.
///
/// - Source: kubeadm `cmd/kubeadm/app/constants/constants.go`: the files that init and join leave.
package enum LifecycleRule {
    /// What the answer rests on.
    package static let inputs: [Input] = evidence + DpkgEvidence.inputs + [.unit("containerd.service")]

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
    /// - Throws: when evidence is there and cannot be read.
    static func membership(of host: HostView) async throws(ObservationError) -> Lifecycle? {
        let isThere = { (path: FilePath) async throws(ObservationError) in try await host.files.kind(of: path) != nil }
        let kubeconfig = try await isThere("/etc/kubernetes/kubelet.conf")
        let bootstrap = try await isThere("/etc/kubernetes/bootstrap-kubelet.conf")
        let kubeletConfiguration = try await isThere("/var/lib/kubelet/config.yaml")
        let certificate = try await isThere("/var/lib/kubelet/pki/kubelet-client-current.pem")
        let authority = try await isThere("/etc/kubernetes/pki/ca.crt")
        let hasEtcdData = try await !host.files.names(in: "/var/lib/etcd").isEmpty
        let manifests = try await host.files.names(in: "/etc/kubernetes/manifests")
        let controlPlane = ["kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"]
        let hasManifest = manifests.contains { controlPlane.contains($0) || $0 == "etcd.yaml" }
        let isMember = kubeconfig && kubeletConfiguration && certificate
        if isMember, controlPlane.allSatisfy(manifests.contains) { return .initialised }
        if isMember, !hasManifest, !hasEtcdData { return .joined }
        if kubeconfig || bootstrap || kubeletConfiguration || certificate || hasManifest || hasEtcdData {
            return .leftover
        }
        // An operator's own authority, laid down before init with its key, is no evidence of a cluster.
        let hasKey = try await isThere("/etc/kubernetes/pki/ca.key")
        return authority && !hasKey ? .leftover : nil
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
