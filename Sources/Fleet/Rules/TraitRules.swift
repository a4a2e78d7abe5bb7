internal import NodeAPI

/// Compares what the nodes say of themselves, trait by trait: in some all must be alike, in others no two may be.
struct TraitRules {
    /// How a trait is compared.
    enum Comparison: Sendable {
        /// All have the same value; the value is cut to what matters first.
        case alike(@Sendable (String) -> String)
        /// No two have the same value.
        case unique
    }

    /// A requirement of the cluster that rests on one trait.
    struct Rule: Sendable {
        var id: String
        var trait: String
        var severity: WireSeverity
        var comparison: Comparison
        /// What is wrong, after the nodes that are named.
        var actual: String
        var remedy: String
        var reason = "differs"
    }

    /// - Source: kubernetes.io, "Version Skew Policy", "Installing kubeadm"; kubeadm#3034 (resolved), kubernetes#71305
    ///   (iptables), kubeadm#31 (product_uuid); ssh-keygen(1).
    static let rules: [Rule] = [
        Rule(
            id: "versions-agree", trait: "kubelet", severity: .error, comparison: .alike(minor),
            actual: "the minor version of its kubelet is another", remedy: "install the configured version there",
            reason: "kubelet"),
        Rule(
            id: "versions-agree", trait: "containerd", severity: .warning, comparison: .alike(minor),
            actual: "the minor version of its containerd is another", remedy: "install the same containerd everywhere",
            reason: "containerd"),
        Rule(
            id: "versions-agree", trait: "systemd", severity: .warning, comparison: .alike(major),
            actual: "its systemd is of another major version", remedy: "use the same Debian release everywhere",
            reason: "systemd"),
        Rule(
            id: "versions-agree", trait: "kernel", severity: .warning, comparison: .alike(minor),
            actual: "its kernel is of another series", remedy: "use the same kernel everywhere", reason: "kernel"),
        Rule(
            id: "cgroup-drivers-agree", trait: "kubelet-cgroup-driver", severity: .error, comparison: .alike(whole),
            actual: "its kubelet has another cgroup driver",
            remedy: "set cgroupDriver: systemd in /var/lib/kubelet/config.yaml there, and restart the kubelet"),
        Rule(
            id: "resolved-uniform", trait: "resolved", severity: .error, comparison: .alike(whole),
            actual:
                "systemd-resolved runs there or on the rest, and not on both: kubeadm writes the path of its resolv.conf into the configuration that all kubelets share",
            remedy: "enable systemd-resolved on all nodes, or disable it on all"),
        Rule(
            id: "iptables-backend-uniform", trait: "iptables", severity: .warning, comparison: .alike(whole),
            actual: "its command iptables uses another back-end",
            remedy: "sudo update-alternatives --config iptables there"),
        Rule(
            id: "hosts-agree", trait: "hosts", severity: .error, comparison: .alike(whole),
            actual: "its /etc/hosts has other addresses for the nodes",
            remedy: "compare the lines of /etc/hosts with those of another node"),
        Rule(
            id: "path-mtu", trait: "mtu", severity: .warning, comparison: .alike(whole),
            actual: "the MTU of its link is another: large packets get lost, small ones do not",
            remedy: "ip link show there and on another node; set one MTU on all"),
        Rule(
            id: "product-uuids-unique", trait: "product-uuid", severity: .warning, comparison: .unique,
            actual: "they have one hardware id", remedy: "see the settings of the virtual machines, or the firmware",
            reason: "shared-product-uuid"),
        Rule(
            id: "ssh-host-keys-unique", trait: "ssh-host-keys", severity: .warning, comparison: .unique,
            actual: "they have one SSH host key: a copied disk, and either can pass for the other",
            remedy: "on all but one: sudo rm /etc/ssh/ssh_host_*, sudo dpkg-reconfigure openssh-server",
            reason: "shared-host-key"),
    ]

    /// The traits of which a difference is told, and weighs nothing.
    private static let twins = ["kernel", "containerd", "bios", "mtu"]

    /// What each node says, in the order of the inventory.
    let nodes: [(name: String, traits: [String: String])]

    init(_ answers: [NodeAnswer]) {
        nodes = answers.compactMap { answer in
            answer.heard.map { (answer.node.name, $0.status.facts.traits) }
        }
    }

    /// Everything that does not hold; what a node does not say is `unsaid`, with the trait.
    func differences() -> (unmet: [(rule: Rule, nodes: [String])], unsaid: [(rule: Rule, nodes: [String])]) {
        var unmet: [(Rule, [String])] = []
        var unsaid: [(Rule, [String])] = []
        for rule in Self.rules {
            let values = nodes.compactMap { node in node.traits[rule.trait].map { (node.name, $0) } }
            let silent = nodes.filter { $0.traits[rule.trait] == nil }.map(\.name)
            if !silent.isEmpty { unsaid.append((rule, silent)) }
            // What a machine lacks is the business of its own requirements.
            let present = values.filter { $0.1 != "none" }
            switch rule.comparison {
            case .alike(let cut):
                let odd = ClusterRules.oddOnes(present.map { ($0.0, cut($0.1)) })
                if !odd.isEmpty { unmet.append((rule, odd)) }
            case .unique:
                for (_, owners) in ClusterRules.shared(present.map { ($0.0, [$0.1]) }) { unmet.append((rule, owners)) }
            }
        }
        return (unmet, unsaid)
    }

    /// In what machines that ought to be twins differ, in one line; `nil` when in nothing.
    func unlikeTwins() -> String? {
        let parts = Self.twins.compactMap { trait -> String? in
            let values = nodes.compactMap { node in node.traits[trait].map { (node.name, $0) } }
            let odd = ClusterRules.oddOnes(values)
            guard !odd.isEmpty else { return nil }
            let named = odd.count == values.count ? "all nodes" : ReportView.list(odd)
            return "\(trait) (\(named))"
        }
        return parts.isEmpty ? nil : "The machines differ in: \(parts.joined(separator: ", "))"
    }

    private static let whole: @Sendable (String) -> String = { $0 }
    /// `1.28` of `1.28.1-1.1`.
    private static let minor: @Sendable (String) -> String = { version in
        version.split { !$0.isNumber }.prefix(2).joined(separator: ".")
    }
    private static let major: @Sendable (String) -> String = { String($0.prefix { $0.isNumber }) }
}
