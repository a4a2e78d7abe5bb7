internal import ConfigFormats
internal import NodeState
internal import SystemPackage

/// The files that init and join leave on a node, as they are there.
///
/// - Source: kubeadm `cmd/kubeadm/app/constants/constants.go`.
struct ClusterEvidence: Equatable, Sendable {
    /// What a cluster left, in the order of 1.5; an operator's own authority is none of it.
    var paths: [FilePath] = []
    /// Whether the kubelet's three files are there.
    var isMember = false
    /// Whether all three manifests of a control plane are there.
    var hasControlPlane = false
    /// Whether any manifest or data of a control plane is there.
    var hasPartOfControlPlane = false

    static let certificate: FilePath = "/var/lib/kubelet/pki/kubelet-client-current.pem"
    static let manifests: FilePath = "/etc/kubernetes/manifests"
    private static let controlPlane = ["kube-apiserver.yaml", "kube-controller-manager.yaml", "kube-scheduler.yaml"]

    /// Looks for all of them.
    ///
    /// - Throws: when one is there and cannot be read.
    static func read(_ host: HostView) async throws(ObservationError) -> ClusterEvidence {
        var found = ClusterEvidence()
        var members = 0
        for path: FilePath in ["/etc/kubernetes/kubelet.conf", "/var/lib/kubelet/config.yaml", certificate]
        where try await host.files.kind(of: path) != nil {
            members += 1
            found.paths.append(path)
        }
        found.isMember = members == 3
        let bootstrap: FilePath = "/etc/kubernetes/bootstrap-kubelet.conf"
        if try await host.files.kind(of: bootstrap) != nil { found.paths.append(bootstrap) }
        let names = try await host.files.names(in: manifests)
            .filter { controlPlane.contains($0) || $0 == "etcd.yaml" }
        found.paths += names.map { manifests.appending($0) }
        found.hasControlPlane = controlPlane.allSatisfy(names.contains)
        let data: FilePath = "/var/lib/etcd"
        let hasData = try await !host.files.names(in: data).isEmpty
        if hasData { found.paths.append(data) }
        found.hasPartOfControlPlane = hasData || !names.isEmpty
        let authority: FilePath = "/etc/kubernetes/pki/ca.crt"
        let key: FilePath = "/etc/kubernetes/pki/ca.key"
        // An operator's own authority, laid down before init with its key, is no evidence of a cluster.
        if try await host.files.kind(of: authority) != nil {
            let hasKey = try await host.files.kind(of: key) != nil
            if !hasKey || !found.paths.isEmpty { found.paths.append(authority) }
        }
        return found
    }

    /// What the files amount to, whether or not anything runs; `nil` when there is none.
    var lifecycle: Lifecycle? {
        if isMember, hasControlPlane { return .initialised }
        if isMember, !hasPartOfControlPlane { return .joined }
        return paths.isEmpty ? nil : .leftover
    }
}

/// Whether the API server of a control plane runs, where all its files are there.
///
/// A failed init leaves every file of a good one. What tells them apart is that the kubelet has run for a while and
/// nothing answers. While the kubelet does not run, nothing could: that is told where the kubelet is judged.
struct APIServerSigns: Equatable, Sendable {
    /// The port that its manifest gives it.
    var port: Int
    /// Whether something listens there, and a kube-apiserver is among the processes where they can be seen.
    var isRunning: Bool
    /// Whether the kubelet has had the time to start it.
    var isDue: Bool

    /// How long the kubelet may take to start what its manifests name.
    private static let patienceUs = 120_000_000
    static let manifest: FilePath = "/etc/kubernetes/manifests/kube-apiserver.yaml"

    /// Looks at the sockets, the processes and the kubelet.
    ///
    /// - Throws: when one of them cannot be read.
    /// - Source: kubeadm, cmd/kubeadm/app/phases/controlplane/manifests.go: `--secure-port`, 6443 by default, on the
    ///   host's own network.
    static func read(_ host: HostView) async throws(ObservationError) -> APIServerSigns {
        let port = try await securePort(host)
        let listens = try await !SSHPorts.listeners(on: [port], host).isEmpty
        if listens, try await runs(host) { return APIServerSigns(port: port, isRunning: true, isDue: true) }
        guard let kubelet = try await host.units.unit("kubelet.service"), kubelet.active == "active" else {
            return APIServerSigns(port: port, isRunning: false, isDue: false)
        }
        let written = try await host.files.modified(manifest) ?? 0
        let since = max(kubelet.startedAt ?? 0, written)
        let age = try await host.kernel.today() - since
        return APIServerSigns(port: port, isRunning: false, isDue: age > patienceUs)
    }

    private static func securePort(_ host: HostView) async throws(ObservationError) -> Int {
        let text = try await host.files.text(at: manifest) ?? ""
        let mark = "--secure-port="
        for line in text.textLines() {
            guard let range = line.firstRange(of: mark) else { continue }
            if let port = Int(line[range.upperBound...].prefix(while: \.isNumber)), (1...65535).contains(port) {
                return port
            }
        }
        return 6443
    }

    /// Whether a kube-apiserver runs; where no process can be seen, what listens is taken for it.
    private static func runs(_ host: HostView) async throws(ObservationError) -> Bool {
        var seen = false
        for name in try await host.files.names(in: "/proc") where name.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            // A process may end between the list and the look.
            guard let comm = try? await host.files.text(at: FilePath("/proc").appending(name).appending("comm")) else {
                continue
            }
            if comm == "kube-apiserver\n" { return true }
            seen = true
        }
        return !seen
    }
}
