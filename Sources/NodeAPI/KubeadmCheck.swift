/// One check of kubeadm's own preflight, and what stands for it here.
package struct KubeadmCheck: Equatable, Sendable {
    /// What kubeadm does when it fails.
    package enum Level: String, Codable, Sendable {
        /// It refuses.
        case error
        /// It prints a line and goes on.
        case warning
    }

    /// The release whose checks these are.
    package static let release = "1.28"

    /// Its name, as `--ignore-preflight-errors` takes it.
    package var name: String
    package var level: Level
    /// The commands that make it: `init` on the control plane, `join` of a worker, or both.
    package var phases: [String]
    /// What the requirements leave to kubeadm; `nil` where they look at all that it does.
    package var notCovered: String?

    /// The check `name`.
    package init(
        _ name: String, _ level: Level, _ phases: [String] = ["init", "join"], notCovered: String? = nil
    ) {
        self.name = name
        self.level = level
        self.phases = phases
        self.notCovered = notCovered
    }

    /// The ids of the requirements that stand for it, in the order of the catalogue.
    package var requirements: [String] { KnownRequirement.all.filter { $0.kubeadm.contains(name) }.map(\.id) }
}

extension KubeadmCheck {
    /// Every check of kubeadm 1.28, in the order of its own lists.
    ///
    /// Those of a join of a further control plane are not here: a cluster of ours has one.
    ///
    /// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`InitNodeChecks`, `JoinNodeChecks`,
    ///   `RunRootCheckOnly`, `RunPullImagesCheck`, `addCommonChecks`, `addIPv4Checks`, `addIPv6Checks`, `addSwapCheck`,
    ///   `addExecChecks`).
    package static let all: [KubeadmCheck] = root + initialise + common + network + join + images

    private static let root = [
        KubeadmCheck(
            "IsPrivilegedUser", .error, notCovered: "who runs kubeadm; the commands that nucprep prints begin with sudo"
        )
    ]

    private static let initialise =
        [
            KubeadmCheck("NumCPU", .error, ["init"]), KubeadmCheck("Mem", .error, ["init"]),
            KubeadmCheck(
                "KubernetesVersion", .warning, ["init"],
                notCovered: "another version on the command line than kubernetes-version in nucprep.toml"),
            KubeadmCheck("Firewalld", .warning, ["init"]),
        ]
        + [6443, 10259, 10257].map { KubeadmCheck("Port-\($0)", .error, ["init"]) }
        + ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map {
            KubeadmCheck("FileAvailable--etc-kubernetes-manifests-\($0).yaml", .error, ["init"])
        }
        + [
            KubeadmCheck("HTTPProxy", .warning, notCovered: "a proxy that is set in the shell alone"),
            KubeadmCheck(
                "HTTPProxyCIDR", .warning, ["init"], notCovered: "a proxy that is set in the shell alone"),
            KubeadmCheck("Port-2379", .error, ["init"]), KubeadmCheck("Port-2380", .error, ["init"]),
            KubeadmCheck("DirAvailable--var-lib-etcd", .error, ["init"]),
        ]
        + ["ExternalEtcdVersion", "ExternalEtcdClientCertificates"].map {
            KubeadmCheck($0, .error, ["init"], notCovered: "etcd on other machines; that layout is not supported")
        }

    private static let common =
        [KubeadmCheck("CRI", .error), KubeadmCheck("Swap", .warning)]
        + ["crictl", "conntrack", "ip", "iptables", "mount", "nsenter"].map {
            KubeadmCheck("FileExisting-\($0)", .error)
        }
        + ["ebtables", "ethtool", "socat", "tc", "touch"].map { KubeadmCheck("FileExisting-\($0)", .warning) }
        + [
            KubeadmCheck("SystemVerification", .error),
            KubeadmCheck("Hostname", .warning, notCovered: "another name by --node-name"),
            KubeadmCheck("KubeletVersion", .error, notCovered: "what the program itself answers: it is not run"),
            KubeadmCheck("Service-Kubelet", .warning), KubeadmCheck("Port-10250", .error),
        ]

    /// At a join only where the API server is named by its address; the requirements are judged always.
    private static let network = [
        "net-bridge-bridge-nf-call-iptables", "net-ipv4-ip_forward", "net-bridge-bridge-nf-call-ip6tables",
        "net-ipv6-conf-default-forwarding",
    ].map { KubeadmCheck("FileContent--proc-sys-\($0)", .error) }

    private static let join =
        ["kubelet.conf", "bootstrap-kubelet.conf", "pki-ca.crt"].map {
            KubeadmCheck("FileAvailable--etc-kubernetes-\($0)", .error, ["join"])
        }

    private static let images = [
        KubeadmCheck("ImagePull", .error, ["init"], notCovered: "whether the registry answers; nothing is pulled")
    ]
}

/// The document `nucprep explain --kubeadm --json`: every check of kubeadm, and what stands for it.
package struct KubeadmChecksBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.kubeadm/1"

    package var schema = KubeadmChecksBody.schema
    /// The release of kubeadm, such as `1.28`.
    package var release: String
    package var checks: [CheckBody]

    /// The document of `checks`.
    package init(_ checks: [KubeadmCheck] = KubeadmCheck.all) {
        release = KubeadmCheck.release
        self.checks = checks.map(CheckBody.init)
    }

    /// One check.
    package struct CheckBody: Codable, Equatable, Sendable {
        /// As `--ignore-preflight-errors` takes it.
        package var name: String
        /// `error`, `warning`.
        package var level: String
        /// `init`, `join`.
        package var phases: [String]
        /// The ids of what stands for it; none where nothing does.
        package var requirements: [String]
        /// What is left to kubeadm.
        @OrNull package var notCovered: String?

        /// The check on the wire.
        package init(_ check: KubeadmCheck) {
            name = check.name
            level = check.level.rawValue
            phases = check.phases
            requirements = check.requirements
            notCovered = check.notCovered
        }
    }
}
