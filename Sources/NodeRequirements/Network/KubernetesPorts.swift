internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// Who listens on the TCP ports that Kubernetes needs.
enum KubernetesPorts {
    /// kubeadm binds `:PORT`, so a listener on any address is in its way, loopback included.
    ///
    /// - Source: kubeadm `cmd/kubeadm/app/preflight/checks.go` (`PortOpenCheck`).
    static func taken(_ ports: [Int], _ host: HostView) async throws(ObservationError) -> [Int] {
        let listeners = Set(try await SSHPorts.listeners(on: Set(ports), host).map(\.port))
        return ports.filter(listeners.contains)
    }

    /// The finding for one port that is not free.
    static func finding(_ reason: String, _ port: Int, why: String? = nil, remedy: String) -> Finding {
        Finding(
            reason, expected: "TCP port \(port) is free", actual: "another process listens on TCP port \(port)",
            why: why, predicts: Prediction(kubeadm: "ERROR Port-\(port)"), remedy: remedy,
            manual: ["sudo ss -ltnp 'sport = :\(port)'"],
            evidence: [Evidence("/proc/net/tcp"), Evidence("/proc/net/tcp6")])
    }
}
