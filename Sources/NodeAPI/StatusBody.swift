/// `GET /v1/status`: everything a node says of itself, encoded once for each generation.
package struct StatusBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.status/1"

    package var schema = StatusBody.schema
    /// The run of the daemon: 32 hexadecimal digits.
    package var instance: String
    /// Grows by one when a verdict changes and at the end of each full look.
    package var generation: Int
    /// What `after` takes, opaque to clients.
    package var cursor: String
    /// When the last full look ended; RFC 3339, UTC, microseconds.
    package var observedAt: String
    package var node: NodeBody
    package var daemon: DaemonBody
    package var readiness: ReadinessBody
    /// In the order of the catalogue.
    package var requirements: [RequirementBody]
    package var facts: FactsBody

    /// Who the node is.
    package struct NodeBody: Codable, Equatable, Sendable {
        /// The configured name, or the host name where no entry is this machine's.
        package var name: String
        /// `null` where no entry is this machine's.
        @OrNull package var role: WireRole?
        /// `null` when the evidence cannot be read.
        @OrNull package var lifecycle: WireLifecycle?
        package var addresses: [String]
        package var bootId: String
        @OrNull package var os: String?
        @OrNull package var kernel: String?
        package var nucprepVersion: String

        /// The node as it is known.
        package init(
            name: String, role: WireRole?, lifecycle: WireLifecycle?, addresses: [String], bootId: String, os: String?,
            kernel: String?, nucprepVersion: String
        ) {
            self.name = name
            self.addresses = addresses
            self.bootId = bootId
            self.nucprepVersion = nucprepVersion
            self.role = role
            self.lifecycle = lifecycle
            self.os = os
            self.kernel = kernel
        }
    }

    /// How the daemon is.
    package struct DaemonBody: Codable, Equatable, Sendable {
        /// `enforce` or `observe`.
        package var mode: String
        /// `starting`, `running`, `degraded`, `stopping`.
        package var state: String
        package var degradedBy: [DegradationBody]
        package var configChangedOnDisk: Bool
        package var startedAt: String
        /// What keeps it from changing anything; `null` when nothing does.
        @OrNull package var stoppedBy: StopBody?

        /// The daemon as it is.
        package init(
            mode: String, state: String, degradedBy: [DegradationBody], configChangedOnDisk: Bool, startedAt: String,
            stoppedBy: StopBody? = nil
        ) {
            self.mode = mode
            self.state = state
            self.degradedBy = degradedBy
            self.configChangedOnDisk = configChangedOnDisk
            self.startedAt = startedAt
            self.stoppedBy = stoppedBy
        }
    }

    /// What keeps the daemon from changing anything.
    package struct StopBody: Codable, Equatable, Sendable {
        /// `kubeadm-running`, or `kubeadm-unknown` when that cannot be told.
        package var reason: String
        package var detail: String
        @OrNull package var pid: Int?
        /// Since when the process runs; RFC 3339.
        @OrNull package var since: String?

        /// The process with its reason.
        package init(reason: String, detail: String, pid: Int?, since: String?) {
            self.reason = reason
            self.detail = detail
            self.pid = pid
            self.since = since
        }
    }

    /// One reason why the daemon is degraded, such as `config-invalid` or `not-in-inventory`.
    package struct DegradationBody: Codable, Equatable, Sendable {
        package var reason: String
        package var detail: String

        /// The reason with its detail.
        package init(reason: String, detail: String) {
            self.reason = reason
            self.detail = detail
        }
    }

    /// What the node may be used for, by itself.
    package struct ReadinessBody: Codable, Equatable, Sendable {
        package var verdict: WireReadiness
        package var counts: CountsBody

        /// The verdict with its counts.
        package init(verdict: WireReadiness, counts: CountsBody) {
            self.verdict = verdict
            self.counts = counts
        }
    }

    /// How many requirements have which verdict.
    package struct CountsBody: Codable, Equatable, Sendable {
        package var met = 0
        package var unmet = 0
        package var unknown = 0
        package var blocked = 0
        package var notApplicable = 0
        package var waived = 0
        package var held = 0
        package var contested = 0

        /// All zero.
        package init() {}
    }

    /// What nodes compare with each other; `null` is what was not looked at.
    package struct FactsBody: Codable, Equatable, Sendable {
        /// Keyed with the cluster's name and cut to 128 bits: the raw ids never leave the node.
        @OrNull package var machineIdHash: String?
        @OrNull package var configurationSha256: String?
        package var macs: [String]
        /// What is compared between nodes, by name; identifying ones as keyed digests.
        ///
        /// A trait that could not be read is absent, one that the machine lacks is `none`.
        package var traits: [String: String]

        /// The facts of one node.
        package init(
            machineIdHash: String?, configurationSha256: String?, macs: [String], traits: [String: String]
        ) {
            self.macs = macs
            self.traits = traits
            self.machineIdHash = machineIdHash
            self.configurationSha256 = configurationSha256
        }
    }

    /// The status of one node.
    package init(
        instance: String, generation: Int, cursor: String, observedAt: String, node: NodeBody, daemon: DaemonBody,
        readiness: ReadinessBody, requirements: [RequirementBody], facts: FactsBody
    ) {
        self.instance = instance
        self.generation = generation
        self.cursor = cursor
        self.observedAt = observedAt
        self.node = node
        self.daemon = daemon
        self.readiness = readiness
        self.requirements = requirements
        self.facts = facts
    }
}
