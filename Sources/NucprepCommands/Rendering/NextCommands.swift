internal import Fleet
internal import NodeAPI

/// What to type after a GO, in order: the init of the control plane, then the joins.
struct NextCommands: Sendable {
    private let report: FleetReport
    private let terminal: Terminal

    init(_ report: FleetReport, terminal: Terminal) {
        self.report = report
        self.terminal = terminal
    }

    /// A block for each step that is still ahead; nothing when the configuration is not known.
    var blocks: [[String]] {
        guard let cluster = report.inventory.cluster,
            let plane = report.answers.first(where: { $0.role == "control_plane" })
        else { return [] }
        var blocks: [[String]] = []
        let phases = report.phases.map(\.phase)
        let isInitialised = plane.heard?.status.node.lifecycle == "initialised"
        if phases.contains(.initialise), !isInitialised {
            let command = "nucprep preflight -- sudo " + Self.initialise(cluster, plane.node).joined(separator: " ")
            blocks.append(
                Columns.wrap("next, on \(plane.node.name):", to: terminal.width) + ["  \(Sanitized(command).text)"])
        }
        let workers = report.answers.filter { answer in
            phases.contains(.join(answer.node.name)) && answer.heard?.status.node.lifecycle != "joined"
        }
        guard !workers.isEmpty else { return blocks }
        let names = workers.map(\.node.name).joined(separator: ", ")
        let source = isInitialised ? "next, on \(plane.node.name):" : "then, once that is done, on \(plane.node.name):"
        blocks.append(Columns.wrap(source, to: terminal.width) + ["  sudo kubeadm token create --print-join-command"])
        blocks.append(
            Columns.wrap("and what it prints, with sudo on \(names):", to: terminal.width) + ["  sudo kubeadm join ..."]
        )
        return blocks
    }

    /// The init as the configuration wants it.
    ///
    /// - Source: kubeadm 1.28, `kubeadm init --help`.
    static func initialise(_ cluster: NodesBody, _ node: FleetNode) -> [String] {
        var words = ["kubeadm", "init", "--kubernetes-version", "v\(cluster.kubernetesVersion)"]
        if let address = node.addresses.first { words += ["--apiserver-advertise-address", address] }
        words.append("--pod-network-cidr=\(cluster.podNetworkCidr.joined(separator: ","))")
        if !cluster.serviceCidr.isEmpty, cluster.serviceCidr != ["10.96.0.0/12"] {
            words.append("--service-cidr=\(cluster.serviceCidr.joined(separator: ","))")
        }
        if !cluster.controlPlaneEndpoint.isEmpty {
            words.append("--control-plane-endpoint=\(cluster.controlPlaneEndpoint)")
        }
        return words
    }
}
