package import NodeState

/// One check of kubeadm's own preflight, and what stands for it here.
package struct KubeadmCheck: Equatable, Sendable {
    /// What kubeadm does when it fails.
    package enum Level: String, Sendable {
        case error, warning
    }

    /// Its name, as `--ignore-preflight-errors` takes it.
    package var name: String
    package var level: Level
    /// The commands that make it: init, join of a worker, or both.
    package var phases: [Phase]
    /// Why no requirement stands for it; `nil` where one does.
    package var reason: String?

    /// The check `name`.
    init(_ name: String, _ level: Level, _ phases: [Phase] = Phase.allCases, without reason: String? = nil) {
        self.name = name
        self.level = level
        self.phases = phases
        self.reason = reason
    }

    /// The requirements that stand for it, in the order of the catalogue.
    package var requirements: [RequirementID] {
        Catalog.all.map { $0.entry }.filter { $0.kubeadmChecks.contains(name) }.map(\.id)
    }

    /// Every check of kubeadm 1.28, in the order of its own lists.
    ///
    /// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunInitNodeChecks`, `RunJoinNodeChecks`,
    ///   `RunPullImagesCheck`, `addCommonChecks`, `addIPv4Checks`, `addIPv6Checks`).
    package static let all: [KubeadmCheck] =
        [
            KubeadmCheck(
                "IsPrivilegedUser", .error,
                without: "the commands that nucprep prints run kubeadm with sudo"),
            KubeadmCheck("NumCPU", .error, [.initialise]),
            KubeadmCheck("Mem", .error, [.initialise]),
            KubeadmCheck("KubernetesVersion", .warning, [.initialise]),
            KubeadmCheck("Firewalld", .warning, [.initialise]),
        ]
        + ["Port-6443", "Port-10259", "Port-10257"].map { KubeadmCheck($0, .error, [.initialise]) }
        + ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map {
            KubeadmCheck("FileAvailable--etc-kubernetes-manifests-\($0).yaml", .error, [.initialise])
        } + [
            KubeadmCheck("HTTPProxy", .warning), KubeadmCheck("HTTPProxyCIDR", .warning, [.initialise]),
            KubeadmCheck("Port-2379", .error, [.initialise]), KubeadmCheck("Port-2380", .error, [.initialise]),
            KubeadmCheck("DirAvailable--var-lib-etcd", .error, [.initialise]),
            KubeadmCheck(
                "ExternalEtcdVersion", .error, [.initialise],
                without: "etcd runs on the control plane; another layout is not supported"),
            KubeadmCheck(
                "ImagePull", .error, [.initialise],
                without:
                    "images are pulled by kubeadm itself: sudo kubeadm config images pull --kubernetes-version v1.28.1"),
            KubeadmCheck("FileAvailable--etc-kubernetes-kubelet.conf", .error, [.join]),
            KubeadmCheck("FileAvailable--etc-kubernetes-bootstrap-kubelet.conf", .error, [.join]),
            KubeadmCheck("FileAvailable--etc-kubernetes-pki-ca.crt", .error, [.join]),
            KubeadmCheck("CRI", .error), KubeadmCheck("Swap", .warning), KubeadmCheck("SystemVerification", .error),
            KubeadmCheck("Hostname", .warning), KubeadmCheck("KubeletVersion", .error),
            KubeadmCheck("Service-Kubelet", .warning), KubeadmCheck("Port-10250", .error),
            KubeadmCheck("FileContent--proc-sys-net-bridge-bridge-nf-call-iptables", .error),
            KubeadmCheck("FileContent--proc-sys-net-bridge-bridge-nf-call-ip6tables", .error),
            KubeadmCheck("FileContent--proc-sys-net-ipv4-ip_forward", .error),
            KubeadmCheck("FileContent--proc-sys-net-ipv6-conf-default-forwarding", .error),
        ]
        + ["crictl", "conntrack", "ip", "iptables", "mount", "nsenter"].map {
            KubeadmCheck("FileExisting-\($0)", .error)
        }
        + ["ebtables", "ethtool", "socat", "tc", "touch"].map { KubeadmCheck("FileExisting-\($0)", .warning) }
}
