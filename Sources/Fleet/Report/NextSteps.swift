internal import NodeAPI

/// What a person does next, as a report tells it.
enum NextSteps {
    typealias Step = ReportView.Step

    // MARK: - Before GO

    /// The one step towards GO, by what keeps most from it: who cannot be asked, who may not act, who is at work.
    static func towardsGo(_ report: FleetReport, _ causes: [RootCause]) -> [Step] {
        guard !report.answers.isEmpty else {
            return [Step("name the nodes of the cluster on the control plane:", ["sudo nucprep init NAME=ADDRESS ..."])]
        }
        let open = causes.filter { $0.contribution > .goWithWarnings }
        if let way = open.first(where: { $0.findings[0].remark.scope == .transport }) { return [reach(way)] }
        let observed = open.filter(\.treatment.observedOnly)
        if !observed.isEmpty {
            let nodes = names(observed, report)
            return [
                Step(
                    "nucprepd is in observe mode on \(nodes); to have it do \(part(observed, of: open)), set mode = \"enforce\" there (nucprep config show names the file) and run:",
                    ["sudo systemctl reload nucprepd"])
            ]
        }
        let automatic = open.filter(\.treatment.automatic)
        if !automatic.isEmpty {
            return [
                Step("nucprepd is at work on \(part(automatic, of: open)); to watch it:", ["nucprep report --watch"])
            ]
        }
        guard let first = open.first ?? causes.first else { return [] }
        return [Step("see how to resolve the first one:", ["nucprep report \(first.id)"])]
    }

    private static func part(_ some: [RootCause], of all: [RootCause]) -> String {
        some.count == all.count
            ? ReportView.count(all.count, "root cause") : "\(some.count) of the \(all.count) root causes"
    }

    private static func names(_ causes: [RootCause], _ report: FleetReport) -> String {
        let nodes = Set(causes.flatMap(\.nodes))
        if nodes.count > 1, nodes.count == report.answers.count { return "all nodes" }
        return ReportView.list(report.answers.map(\.node.name).filter(nodes.contains))
    }

    /// What is done about nodes that cannot be asked.
    private static func reach(_ cause: RootCause) -> Step {
        let remark = cause.findings[0].remark
        let nodes = ReportView.list(cause.nodes)
        let command = remark.command.joined(separator: " ")
        switch remark.reason {
        case "no-nucprep", "version-skew":
            return Step(
                "install this version of nucprep on \(nodes):",
                ["nucprep deploy \(cause.nodes.count > 8 ? "" : cause.nodes.joined(separator: " "))"]
            )
        case "host-key-unknown", "auth-failed":
            return Step("\(remark.remedy ?? ""); nucprep deploy does both for \(nodes), or:", [command])
        default: return Step("\(nodes): \(remark.remedy ?? remark.title)", command.isEmpty ? [] : [command])
        }
    }

    // MARK: - After GO

    /// All that is still ahead, in order: init, kubeconfig, the network of pods, the joins.
    static func afterGo(_ report: FleetReport) -> [Step] {
        guard let cluster = report.inventory.cluster,
            let plane = report.answers.first(where: { $0.role == .controlPlane })
        else { return [] }
        let phases = report.phases.map(\.phase)
        let isInitialised = plane.heard?.status.node.lifecycle == .initialised
        let workers = report.answers.filter { answer in
            phases.contains(.join(answer.node.name)) && answer.heard?.status.node.lifecycle != .joined
        }
        var steps: [Step] = []
        if phases.contains(.initialise), !isInitialised {
            let ignored = report.phases.first { $0.phase == .initialise }?.ignoredChecks ?? []
            let words = ["nucprep preflight -- sudo"] + initialise(cluster, plane.node) + option(ignored)
            steps.append(Step("next, on \(plane.node.name):", [words.joined(separator: " ")]))
        }
        guard !steps.isEmpty || !workers.isEmpty else {
            return isInitialised
                ? [Step("the cluster is complete; to see its nodes, on \(plane.node.name):", ["kubectl get nodes"])]
                : []
        }
        if phases.contains(.initialise) {
            let when = isInitialised ? "unless it is done" : "then"
            steps.append(Step("\(when), on \(plane.node.name), as the user who runs kubectl:", kubeconfig))
            steps.append(Step("\(when), the network of pods, on \(plane.node.name):", flannel(cluster.podNetworkCidr)))
        }
        if !workers.isEmpty { steps.append(joins(workers, report, on: plane.node.name)) }
        steps.append(because(report))
        return steps
    }

    /// What `kubeadm init` itself asks for at its end.
    ///
    /// - Source: kubeadm v1.28 `cmd/kubeadm/app/cmd/init.go` (`initDoneTempl`).
    private static let kubeconfig = [
        "mkdir -p $HOME/.kube", "sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config",
        "sudo chown $(id -u):$(id -g) $HOME/.kube/config",
    ]

    /// flannel with the network of pods of the configuration, which its file names in `net-conf.json`.
    ///
    /// - Source: flannel, README.md, "Deploying Flannel with kubectl"; Documentation/kube-flannel.yml; for two networks
    ///   Documentation/configuration.md, "Dual-stack".
    private static func flannel(_ networks: [String]) -> [String] {
        let url = "https://github.com/flannel-io/flannel/releases/latest/download/kube-flannel.yml"
        if networks == ["10.244.0.0/16"] { return ["kubectl apply -f \(url)"] }
        let four = networks.first { !$0.contains(":") }.map { "\"Network\": \"\($0)\"" } ?? "\"EnableIPv4\": false"
        let six = networks.first { $0.contains(":") }.map { ", \"EnableIPv6\": true, \"IPv6Network\": \"\($0)\"" } ?? ""
        let edit = "s|\"Network\": \"10.244.0.0/16\"|\(four)\(six)|"
        return ["curl -fsSL \(url) | sed '\(edit)' | kubectl apply -f -"]
    }

    /// One command for each worker: the control plane makes the join command, and ssh takes it there.
    private static func joins(_ workers: [NodeAnswer], _ report: FleetReport, on plane: String) -> Step {
        let commands = workers.map { worker in
            let ignored = report.phases.first { $0.phase == .join(worker.node.name) }?.ignoredChecks ?? []
            let join = (["sudo $(sudo kubeadm token create --print-join-command)"] + option(ignored)).joined(
                separator: " ")
            return "ssh -t \(worker.node.target) \"\(join)\""
        }
        let shown = commands.prefix(8)
        let rest = commands.count - shown.count
        return Step(
            "then, for each worker, on \(plane)\(rest > 0 ? ", and \(rest) more in the same way" : ""):", Array(shown))
    }

    /// Why nothing is ignored wholesale.
    private static func because(_ report: FleetReport) -> Step {
        let covered = report.checks.count { !$0.requirements.isEmpty }
        let ignored = report.phases.contains { !$0.ignoredChecks.isEmpty }
        let reason = "\(covered) of kubeadm's \(report.checks.count) checks were judged on every node"
        return Step(
            ignored
                ? "kubeadm ignores what is waived, by name, and nothing else: \(reason)"
                : "no --ignore-preflight-errors=all: \(reason), so an error that kubeadm prints is real")
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

    // MARK: - Notes

    /// What kubeadm must be told to ignore, where no command of ours says it.
    static func ignored(_ report: FleetReport) -> [Step] {
        let open = report.phases.filter { !$0.ignoredChecks.isEmpty && !$0.isDone }
        return open.map { phase in
            let name = phase.phase == .initialise ? "init" : "join \(phase.node ?? "")"
            return Step("waived for \(name), so kubeadm needs:", option(phase.ignoredChecks))
        }
    }

    /// A GO says what it does not rest on: no pod sandbox has run on these nodes.
    static func untried(_ report: FleetReport) -> [Step] {
        let nodes = report.answers.filter { answer in
            answer.heard?.status.requirements.contains { one in
                one.id == "pod-sandbox-starts" && one.now == .notApplicable && one.observed.contains("not tried")
            } ?? false
        }.map(\.node.name)
        guard report.verdict.isGo, !nodes.isEmpty else { return [] }
        return [
            Step(
                "not tried: whether a pod sandbox starts on \(ReportView.list(nodes)); to try it there:",
                ["sudo nucprep preflight --trial"])
        ]
    }
}
