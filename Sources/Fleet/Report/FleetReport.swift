internal import Crypto
package import NodeAPI
internal import TextForms

/// One verdict over all nodes, made from their answers alone.
package struct FleetReport: Equatable, Sendable {
    /// What was asked for.
    package struct Request: Equatable, Sendable {
        /// Which phases count.
        package enum Phases: String, Sendable, CaseIterable {
            case all
            case initialise = "init"
            case join
        }

        package var phases: Phases
        package var deadlineMs: Int
        /// Whether warnings are taken for failures.
        package var isStrict: Bool

        /// The request of a report.
        package init(phases: Phases = .all, deadlineMs: Int, isStrict: Bool = false) {
            self.phases = phases
            self.deadlineMs = deadlineMs
            self.isStrict = isStrict
        }
    }

    /// The verdict of one phase.
    package struct PhaseVerdict: Equatable, Sendable {
        package var phase: FleetPhase
        /// The node; `nil` for init without a control plane.
        package var node: String?
        package var verdict: FleetVerdict
        /// The numbers of the causes that touch it.
        package var causes: [Int]
        /// Whether it is over: the node runs a control plane, or has joined.
        package var isDone = false
        /// The checks that kubeadm must be told to ignore there: what stands for them is waived.
        package var ignoredChecks: [String] = []

        /// The verdict as the API writes it; `done` where nothing is left to do and nothing is wrong.
        package var wire: String { isDone && verdict.isGo ? "done" : verdict.wire.rawValue }

        /// The verdict as people read it.
        package var word: String { isDone && verdict.isGo ? "DONE" : verdict.word }
    }

    package let request: Request
    package let inventory: Inventory
    /// One for each node, in the order of the inventory.
    package let answers: [NodeAnswer]
    package let causes: [Cause]
    package let phases: [PhaseVerdict]
    /// The worst of the phases asked for.
    package let verdict: FleetVerdict
    /// When it was made, in microseconds since 1970.
    package let generatedAtUs: Int
    /// How the clocks stand against their median.
    package let clocks: [ClockComparison.Deviation]
    /// The checks of kubeadm that GO speaks for.
    package let checks: [KubeadmCheck]

    /// How long a report may be shown as evidence to people: ten minutes.
    package static let validityUs = 600_000_000

    /// Judges `answers`, one for each node of `inventory`, and what was `seen` beside them.
    package init(
        inventory: Inventory, answers: [NodeAnswer], seen: [Remark] = [], request: Request, generatedAtUs: Int,
        checks: [KubeadmCheck] = KubeadmCheck.all
    ) {
        self.checks = checks
        self.request = request
        self.inventory = inventory
        self.answers = answers
        self.generatedAtUs = generatedAtUs
        clocks = ClockComparison(answers.compactMap { row in row.heard.map { (row.node.name, $0.clock) } }).deviations
        let rules = ClusterRules(inventory: inventory, answers: answers)
        let selected = Self.selected(request.phases, inventory: inventory, answers: answers)
        var remarks = Self.transport(answers, rules) + Self.nodes(answers, rules) + rules.remarks() + seen
        if let missing = Self.missing(selected, request.phases, answers) { remarks.append(missing) }
        remarks += IgnoredChecks.uncovered(checks, selected.map(\.0))
        let folded = Cause.fold(remarks)
        causes = folded
        var worst: [FleetPhase: FleetVerdict] = [:]
        for remark in remarks {
            for phase in remark.phases { worst[phase] = max(worst[phase] ?? .go, remark.contribution) }
        }
        var numbers: [FleetPhase: [Int]] = [:]
        for cause in folded {
            for phase in cause.remark.phases { numbers[phase, default: []].append(cause.index) }
        }
        let statuses = Dictionary(
            answers.map { ($0.node.name, $0.heard?.status) }, uniquingKeysWith: { first, _ in first })
        phases = selected.map { phase, node in
            let status = node.flatMap { statuses[$0] ?? nil }
            return PhaseVerdict(
                phase: phase, node: node, verdict: (worst[phase] ?? .go).strictly(request.isStrict),
                causes: numbers[phase] ?? [],
                isDone: status?.node.lifecycle == (phase == .initialise ? .initialised : .joined),
                ignoredChecks: status.map { IgnoredChecks.names(of: $0, for: phase, among: checks) } ?? [])
        }
        verdict = phases.map(\.verdict).max() ?? .incomplete
    }

    /// What the command that made it ends with.
    package var exitStatus: ExitStatus { verdict.exitStatus }

    /// Whether nothing is left to do in all that was asked for.
    package var isDone: Bool { !phases.isEmpty && phases.allSatisfy(\.isDone) }

    /// The verdict as the API writes it; `done` when every phase is.
    package var wire: String { isDone && verdict.isGo ? "done" : verdict.wire.rawValue }

    /// The verdict as people read it.
    package var word: String { isDone && verdict.isGo ? "DONE" : verdict.word }

    /// How many nodes gave an answer that counts.
    package var answered: Int { answers.count { $0.failure == nil } }

    /// A hash over the bodies as they were checked, in order of the nodes' names: `sha256:` and hexadecimal digits.
    package var digest: String {
        var hash = SHA256()
        for answer in answers.sorted(by: { $0.node.name < $1.node.name }) {
            if let heard = answer.heard { hash.update(data: WireJSON.encode(heard.status)) }
        }
        return "sha256:" + Hexadecimal.text(hash.finalize())
    }

    // MARK: - Phases

    /// The phases asked for, in order: init first, then a join for each other node.
    private static func selected(
        _ phases: Request.Phases, inventory: Inventory, answers: [NodeAnswer]
    ) -> [(FleetPhase, String?)] {
        let planes = answers.filter { $0.role == .controlPlane }
        let workers = answers.filter { $0.role != .controlPlane }
        // Who picks workers alone asks about their joins; nobody else can leave init out by chance.
        let hasInit = phases == .initialise || !planes.isEmpty || !inventory.isNarrowed
        let initialise: [(FleetPhase, String?)] = hasInit ? [(.initialise, planes.first?.node.name)] : []
        let joins: [(FleetPhase, String?)] = workers.map { (.join($0.node.name), $0.node.name) }
        switch phases {
        case .all: return initialise + joins
        case .initialise: return initialise
        case .join: return joins
        }
    }

    /// What is said when the phases asked for have no node.
    private static func missing(
        _ selected: [(FleetPhase, String?)], _ phases: Request.Phases, _ answers: [NodeAnswer]
    ) -> Remark? {
        guard !answers.isEmpty else { return nil }
        if let first = selected.first, first.0 != .initialise || first.1 != nil { return nil }
        var remark = Remark(
            .cluster, "reports-complete", reason: selected.isEmpty ? "no-workers" : "no-control-plane", nodes: [],
            verdict: .unknown, contribution: .incomplete, phases: [.initialise],
            title: "Every configured node has reported freshly")
        remark.expected = remark.title
        remark.actual = selected.isEmpty ? "no worker is among the nodes" : "no control plane is among the nodes"
        remark.remedy = "name it with --nodes, or give it its role in the configuration"
        return remark
    }

    // MARK: - Remarks

    /// What happened on the way to the nodes.
    private static func transport(_ answers: [NodeAnswer], _ rules: ClusterRules) -> [Remark] {
        answers.flatMap { answer -> [Remark] in
            let name = answer.node.name
            var remarks: [Remark] = []
            if let failure = answer.failure {
                var remark = Remark(
                    .transport, nil, reason: failure.reason, nodes: [name], verdict: .unknown,
                    contribution: .incomplete, phases: rules.leftOpen(by: name), title: failure.title)
                remark.actual = failure.detail
                remark.remedy = failure.remedy
                if !answer.node.isLocal { remark.command = ["ssh", answer.node.target] }
                remarks.append(remark)
            }
            if answer.noise.bytes > 0 {
                var remark = Remark(
                    .transport, nil, reason: "noise", nodes: [name], verdict: .unmet, severity: .warning,
                    contribution: .goWithWarnings, phases: rules.own(name),
                    title: "the login shell prints text before it runs commands")
                remark.actual = "\(answer.noise.bytes) bytes, the first line: \(answer.noise.firstLine)"
                remark.remedy = "silence the shell's start files there for sessions without a terminal"
                remarks.append(remark)
            }
            return remarks
        }
    }

    /// What the nodes say of themselves.
    private static func nodes(_ answers: [NodeAnswer], _ rules: ClusterRules) -> [Remark] {
        answers.flatMap { answer -> [Remark] in
            guard let status = answer.heard?.status else { return [] }
            let name = answer.node.name
            let phases = rules.own(name)
            let degraded = status.daemon.degradedBy.map { reason in
                var remark = Remark(
                    .node, nil, reason: reason.reason, nodes: [name], verdict: .unmet, severity: .warning,
                    contribution: .goWithWarnings, phases: phases, title: "its daemon is degraded")
                remark.actual = reason.detail
                remark.remedy = "see systemctl status nucprepd there"
                return remark
            }
            let remarks =
                degraded + status.requirements.flatMap { NodeRules.remarks($0, on: name, phases: phases) }
            return remarks + ownVerdict(status, worseThan: remarks, on: name, phases: phases)
        }
    }

    /// A node's own verdict counts where it is worse than what it lists: its configuration may be invalid, or not its own.
    private static func ownVerdict(
        _ status: StatusBody, worseThan remarks: [Remark], on name: String, phases: Set<FleetPhase>
    ) -> [Remark] {
        let said = FleetVerdict(status.readiness.verdict)
        guard said > (remarks.map(\.contribution).max() ?? .go) else { return [] }
        var remark = Remark(
            .node, nil, reason: "not-ready", nodes: [name], verdict: said == .noGo ? .unmet : .unknown,
            severity: said == .goWithWarnings ? .warning : .error, contribution: said, phases: phases,
            title: "the node's own verdict is \(said.word)")
        remark.actual = status.daemon.degradedBy.first?.detail ?? ""
        remark.remedy = "see nucprep status there"
        return [remark]
    }
}

extension NodeFailure {
    /// The failure in a few words.
    package var title: String {
        switch kind {
        case .unreachable: "the machine cannot be reached"
        case .authFailed: "it does not let this user in"
        case .hostKeyUnknown: "its host key is not known here"
        case .hostKeyChanged: "its host key is not the known one"
        case .noNucprep: "nucprep is not installed there"
        case .noDaemon: "nucprepd does not answer there"
        case .notAllowed: "nucprepd does not answer this user there"
        case .versionSkew: "it runs a version that this one does not understand"
        case .badReply: "what it says is no answer"
        case .tooLarge: "its answer is over the limits"
        case .wrongNode: "another machine answers under its address"
        case .stale: "its answer is not fresh"
        case .timeout: "it does not answer in time"
        case .cancelled: "it was not asked to the end"
        case .sshFailed: "ssh failed"
        }
    }
}
