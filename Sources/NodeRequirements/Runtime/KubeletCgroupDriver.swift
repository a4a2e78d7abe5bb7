internal import NodeState
internal import SystemPackage

/// What the kubelet of this node is told about cgroups.
enum KubeletCgroupDriver {
    /// The kubelet's configuration, which kubeadm writes.
    static let path: FilePath = "/var/lib/kubelet/config.yaml"

    /// `cgroupDriver` at the top level of the kubelet's configuration; `nil` when it is not said.
    ///
    /// kubeadm writes it as a plain scalar.
    /// - Source: kubelet configuration (v1beta1), `cgroupDriver`.
    static func read(_ host: HostView) async throws(ObservationError) -> CgroupDriver? {
        guard let text = try await host.files.text(at: path) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix("cgroupDriver:") {
            let value = line.dropFirst("cgroupDriver:".count).prefix { $0 != "#" }
            return CgroupDriver(rawValue: value.filter { !$0.isWhitespace && $0 != "\"" && $0 != "'" })
        }
        return nil
    }
}
