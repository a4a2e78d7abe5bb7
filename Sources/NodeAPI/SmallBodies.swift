/// `GET /`: where to begin.
package struct IndexBody: Codable, Equatable, Sendable {
    package var api = ["v1"]
    package var routes = Route.all.map(\.path)

    /// The index.
    package init() {}
}

/// `GET /v1/version`.
package struct VersionBody: Codable, Equatable, Sendable {
    package var schema = "nucprep.version/1"
    package var nucprepVersion: String
    package var api = ["v1"]
    package var apiExtensions: [String] = []

    /// The version of this build.
    package init(nucprepVersion: String) { self.nucprepVersion = nucprepVersion }
}

/// `GET /v1/healthz`: how the daemon is, not the node.
package struct HealthBody: Codable, Equatable, Sendable {
    package var schema = "nucprep.health/1"
    package var healthy: Bool
    package var failing: [FailingBody]

    /// A part of the daemon that does not do its work.
    package struct FailingBody: Codable, Equatable, Sendable {
        package var part: String
        package var name: String
        package var detail: String

        /// The failing of one part.
        package init(part: String, name: String, detail: String) {
            self.part = part
            self.name = name
            self.detail = detail
        }
    }

    /// Healthy when nothing fails.
    package init(failing: [FailingBody]) {
        self.failing = failing
        healthy = failing.isEmpty
    }
}

/// `GET /v1/nodes`: the inventory, the same on every node.
package struct NodesBody: Codable, Equatable, Sendable {
    package static let schema = "nucprep.nodes/1"

    package var schema = NodesBody.schema
    package var cluster: String
    package var kubernetesVersion: String
    package var podNetworkCidr: [String]
    package var serviceCidr: [String]
    /// Empty: the address of the control-plane node.
    package var controlPlaneEndpoint: String
    package var fanout: Int
    /// The deadline of a report; 0: by the number of nodes.
    package var deadlineS: Int
    package var nodes: [NodeBody]

    /// One node of the inventory.
    package struct NodeBody: Codable, Equatable, Sendable {
        package var name: String
        package var role: WireRole
        package var addresses: [String]
        package var sshTarget: String
        package var isSelf: Bool

        /// One node.
        package init(name: String, role: WireRole, addresses: [String], sshTarget: String, isSelf: Bool) {
            self.name = name
            self.role = role
            self.addresses = addresses
            self.sshTarget = sshTarget
            self.isSelf = isSelf
        }
    }

    /// The inventory of one cluster.
    package init(
        cluster: String, kubernetesVersion: String, podNetworkCidr: [String], serviceCidr: [String],
        controlPlaneEndpoint: String, fanout: Int, deadlineS: Int, nodes: [NodeBody]
    ) {
        self.cluster = cluster
        self.kubernetesVersion = kubernetesVersion
        self.podNetworkCidr = podNetworkCidr
        self.serviceCidr = serviceCidr
        self.controlPlaneEndpoint = controlPlaneEndpoint
        self.fanout = fanout
        self.deadlineS = deadlineS
        self.nodes = nodes
    }
}

/// `GET /v1/time`: for judging freshness and clocks without trusting either wall clock.
package struct TimeBody: Codable, Equatable, Sendable {
    package var bootId: String
    package var realtimeUs: Int
    package var boottimeUs: Int
    /// Whether the clock is disciplined; `null`: not looked at.
    @OrNull package var synchronised: Bool?

    /// The time of one node.
    package init(bootId: String, realtimeUs: Int, boottimeUs: Int, synchronised: Bool?) {
        self.bootId = bootId
        self.realtimeUs = realtimeUs
        self.boottimeUs = boottimeUs
        self.synchronised = synchronised
    }
}
