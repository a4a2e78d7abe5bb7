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
            let ignored = report.phases.first { $0.phase == .initialise }?.ignoredChecks ?? []
            let words = ["nucprep preflight -- sudo"] + Self.initialise(cluster, plane.node)
            let command = (words + Self.option(ignored)).joined(separator: " ")
            blocks.append(
                Columns.wrap("next, on \(plane.node.name):", to: terminal.width) + ["  \(Sanitized(command).text)"])
        }
        let workers = report.answers.filter { answer in
            phases.contains(.join(answer.node.name)) && answer.heard?.status.node.lifecycle != "joined"
        }
        guard !workers.isEmpty else { return blocks }
        let source = isInitialised ? "next, on \(plane.node.name):" : "then, once that is done, on \(plane.node.name):"
        blocks.append(Columns.wrap(source, to: terminal.width) + ["  sudo kubeadm token create --print-join-command"])
        let ignored = Dictionary(grouping: workers.map(\.node.name)) { name in
            report.phases.first { $0.phase == .join(name) }?.ignoredChecks ?? []
        }
        // In the order of the nodes, so that the text is the same each time.
        for group in ignored.sorted(by: { $0.value[0] < $1.value[0] }) {
            let names = group.value.joined(separator: ", ")
            let command = (["sudo kubeadm join ..."] + Self.option(group.key)).joined(separator: " ")
            blocks.append(
                Columns.wrap("and what it prints, with sudo on \(names):", to: terminal.width)
                    + ["  \(Sanitized(command).text)"])
        }
        return blocks
    }

    /// The option that makes kubeadm pass over `checks`, each by its name; nothing for none.
    static func option(_ checks: [String]) -> [String] {
        checks.isEmpty ? [] : ["--ignore-preflight-errors=" + checks.joined(separator: ",")]
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
