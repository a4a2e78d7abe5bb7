package import NodeAPI
internal import TextForms

/// The document `nucprep report --json`: a report with everything it rests on.
package struct ReportBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.report/1"

    package var schema = ReportBody.schema
    package var cluster: String
    package var generatedAt: String
    package var validUntil: String
    package var digest: String
    package var verdict: String
    package var exitStatus: Int
    package var request: RequestBody
    /// Every check of kubeadm's init and join, with the requirements that stand for it.
    package var kubeadm: KubeadmChecksBody
    package var phases: [PhaseBody]
    package var causes: [CauseBody]
    package var nodes: [NodeBody]

    /// What was asked for.
    package struct RequestBody: Codable, Equatable, Sendable {
        /// `all`, `init`, `join`.
        package var phase: String
        package var nodes: [String]
        package var deadlineMs: Int
        package var strict: Bool
        /// Holds do not exist yet, so none is let pass.
        package var allowHeld: Bool
    }

    /// The verdict of one phase.
    package struct PhaseBody: Codable, Equatable, Sendable {
        package var phase: String
        @OrNull package var node: String?
        /// `go`, `go_with_warnings`, `incomplete`, `no_go`; `done` where nothing is left to do.
        package var verdict: String
        package var causes: [Int]
        /// What kubeadm must be told to ignore there, since what stands for it is waived.
        @OrEmpty package var ignorePreflightErrors: [String] = []
    }

    /// A root cause.
    package struct CauseBody: Codable, Equatable, Sendable {
        package var index: Int
        /// `node`, `cluster`, `transport`.
        package var scope: String
        @OrNull package var requirement: String?
        package var reason: String
        package var nodes: [String]
        package var verdict: WireVerdict
        package var severity: WireSeverity
        package var hides: Int
        @OrNull package var remedy: String?
        package var command: [String]
    }

    /// A node and what came of asking it.
    package struct NodeBody: Codable, Equatable, Sendable {
        package var name: String
        @OrNull package var role: WireRole?
        /// `local`, `ssh`.
        package var transport: String
        package var answered: Bool
        @OrNull package var failure: FailureBody?
        @OrNull package var ageS: Int?
        @OrNull package var roundTripUs: Int?
        @OrNull package var clock: ClockBody?
        package var noiseBytes: Int
        /// The node's body as it was received and checked.
        @OrNull package var status: StatusBody?
    }

    /// Why there is no answer.
    package struct FailureBody: Codable, Equatable, Sendable {
        package var kind: String
        package var detail: String
        @OrNull package var sshExit: Int?
    }

    /// A clock against the median of all.
    package struct ClockBody: Codable, Equatable, Sendable {
        package var offsetUs: Int
        package var errorUs: Int
    }

    /// The document of `report`.
    package init(_ report: FleetReport) {
        cluster = report.inventory.cluster?.cluster ?? ""
        generatedAt = InstantText.rfc3339(report.generatedAtUs)
        validUntil = InstantText.rfc3339(report.generatedAtUs + FleetReport.validityUs)
        digest = report.digest
        verdict = report.wire
        exitStatus = Int(report.exitStatus.rawValue)
        request = RequestBody(
            phase: report.request.phases.rawValue, nodes: report.answers.map(\.node.name),
            deadlineMs: report.request.deadlineMs, strict: report.request.isStrict, allowHeld: false)
        kubeadm = KubeadmChecksBody(report.checks)
        phases = report.phases.map { phase in
            PhaseBody(
                phase: phase.phase == .initialise ? "init" : "join", verdict: phase.wire,
                causes: phase.causes, ignored: phase.ignoredChecks, node: phase.node)
        }
        causes = report.causes.map(CauseBody.init)
        let clocks = Dictionary(report.clocks.map { ($0.node, $0) }, uniquingKeysWith: { first, _ in first })
        nodes = report.answers.map { NodeBody($0, clock: clocks[$0.node.name]) }
    }

    /// The document as it is printed: JSON in ASCII, so that no node can speak to the terminal through it.
    package var json: [UInt8] { Sanitized.json(WireJSON.encode(self)) + [0x0A] }
}

extension ReportBody.PhaseBody {
    fileprivate init(phase: String, verdict: String, causes: [Int], ignored: [String], node: String?) {
        self.phase = phase
        self.verdict = verdict
        self.causes = causes
        ignorePreflightErrors = ignored
        self.node = node
    }
}

extension ReportBody.CauseBody {
    fileprivate init(_ cause: Cause) {
        let remark = cause.remark
        index = cause.index
        scope = remark.scope.rawValue
        reason = remark.reason
        nodes = remark.nodes
        verdict = remark.verdict
        severity = remark.severity
        hides = cause.hides
        // What only one of the nodes is told is not said of all.
        command = cause.advice.count == 1 ? remark.command : []
        requirement = remark.requirement
        let remedies = cause.advice.map { ($0.nodes, $0.remedy ?? $0.manual.first ?? "") }
        if Set(remedies.map(\.1)).count == 1 {
            remedy = remark.remedy ?? remark.manual.first
        } else {
            remedy = remedies.map { "\($0.joined(separator: ", ")): \($1)" }.joined(separator: "; ")
        }
    }
}

extension ReportBody.NodeBody {
    fileprivate init(_ answer: NodeAnswer, clock deviation: ClockComparison.Deviation?) {
        name = answer.node.name
        transport = answer.transport
        answered = answer.failure == nil
        noiseBytes = answer.noise.bytes
        role = answer.role
        failure = answer.failure.map { failure in
            var body = ReportBody.FailureBody(kind: failure.kind.rawValue, detail: failure.detail)
            body.sshExit = failure.sshExit
            return body
        }
        ageS = answer.heard?.ageSeconds
        roundTripUs = answer.heard?.roundTripUs
        clock = deviation.map { .init(offsetUs: $0.offsetUs, errorUs: $0.errorUs) }
        status = answer.heard?.status
    }
}
