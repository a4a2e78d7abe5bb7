package import NodeAPI

/// Why a node gave no usable answer.
package struct NodeFailure: Error, Equatable, Sendable {
    /// The closed set of kinds; the raw value is the wire's word.
    package enum Kind: String, Sendable, CaseIterable {
        case unreachable
        case authFailed = "auth_failed"
        case hostKeyUnknown = "host_key_unknown"
        case hostKeyChanged = "host_key_changed"
        case noNucprep = "no_nucprep"
        case noDaemon = "no_daemon"
        case notAllowed = "not_allowed"
        case versionSkew = "version_skew"
        case badReply = "bad_reply"
        case tooLarge = "too_large"
        case wrongNode = "wrong_node"
        case stale
        case timeout
        case cancelled
        case sshFailed = "ssh_failed"
    }

    /// In which way a node is unreachable.
    package enum Reach: String, Sendable, CaseIterable {
        case refused
        case noRoute = "no_route"
        case timedOut = "timed_out"
        case unresolved
        case reset
    }

    package var kind: Kind
    /// Set when `kind` is `unreachable`.
    package var reach: Reach?
    /// What happened, in words that are safe to print.
    package var detail: String
    /// What ssh ended with; `nil` when it did not end by itself or was not asked.
    package var sshExit: Int?

    /// The failure of one kind; the detail is made safe and cut.
    package init(_ kind: Kind, reach: Reach? = nil, _ detail: some StringProtocol, sshExit: Int? = nil) {
        self.kind = kind
        self.reach = reach
        self.detail = Sanitized(detail, width: 400).text
        self.sshExit = sshExit
    }

    /// The token of the failure in causes: kebab-case.
    package var reason: String {
        let word = reach?.rawValue ?? kind.rawValue
        return String(word.map { $0 == "_" ? "-" : $0 })
    }

    /// Whether another try shortly after may well go through.
    package var isWorthAnotherTry: Bool { reach == .refused || reach == .reset }

    /// What a person does about it.
    package var remedy: String {
        switch kind {
        case .unreachable:
            switch reach {
            case .refused:
                "the machine is there and no ssh server answers: start it, or look at the port and the firewall"
            case .unresolved: "write an address that resolves into the inventory, or repair the name service"
            case .reset: "the ssh server hung up: see its log, its MaxStartups and the firewall"
            case .noRoute, .timedOut, nil:
                "see whether the machine has power and this address, and whether a firewall drops"
            }
        case .authFailed: "put your public key into authorized_keys there, or load it into your agent"
        case .hostKeyUnknown: "connect once by hand and compare the fingerprint with the one on the machine's console"
        case .hostKeyChanged:
            "do not remove the old key before you know why it changed; compare on the machine's console"
        case .noNucprep: "install the package nucprep there"
        case .noDaemon: "see systemctl status nucprepd there"
        case .notAllowed: "see the forced command of your key there"
        case .versionSkew: "install the same version of nucprep there"
        case .badReply:
            "silence the shell's start files there for sessions without a terminal; else it is a fault: report it"
        case .tooLarge: "the answer is over the limits: nucprepd there has a fault, or another program answers"
        case .wrongNode: "the address belongs to another machine: correct the cluster file or DNS"
        case .stale: "ask again"
        case .timeout: "see whether it hangs when you connect by hand; a longer deadline is --deadline"
        case .cancelled: "ask again"
        case .sshFailed: "connect by hand and see what ssh says"
        }
    }
}

/// What a shell said before the banner.
package struct Noise: Equatable, Sendable {
    /// How many bytes were skipped.
    package var bytes: Int
    /// The first line of them, safe to print.
    package var firstLine: String

    /// So many bytes, with their first line as it came.
    package init(bytes: Int = 0, firstLine: [UInt8] = []) {
        self.bytes = bytes
        self.firstLine = Sanitized.cut(Sanitized(bytes: firstLine).text, to: 60)
    }
}

/// A clock as it was read over a connection.
package struct ClockReading: Equatable, Sendable {
    /// The node's wall clock less the asker's monotonic time at the middle of the exchange, in microseconds; it means
    /// something only against the readings of other nodes.
    package var offsetUs: Int
    /// Half the round trip.
    package var errorUs: Int

    /// A reading.
    package init(offsetUs: Int, errorUs: Int) {
        self.offsetUs = offsetUs
        self.errorUs = errorUs
    }
}

/// What a node said, checked.
package struct Heard: Equatable, Sendable {
    /// The body; its strings are the node's own words.
    package var status: StatusBody
    /// How old the node's last full look was when it answered, by the node's own boottime clock.
    package var ageSeconds: Int
    /// The best round trip of three.
    package var roundTripUs: Int
    package var clock: ClockReading
    /// When the answer was in, on the asker's monotonic clock.
    package var heardAt: ContinuousClock.Instant

    /// What was heard.
    package init(
        status: StatusBody, ageSeconds: Int, roundTripUs: Int, clock: ClockReading, heardAt: ContinuousClock.Instant
    ) {
        self.status = status
        self.ageSeconds = ageSeconds
        self.roundTripUs = roundTripUs
        self.clock = clock
        self.heardAt = heardAt
    }
}

/// One row of a report: a node, and what came of asking it.
package struct NodeAnswer: Equatable, Sendable {
    package var node: FleetNode
    /// What it said, or nothing usable.
    ///
    /// What is stale is kept: a failure in it is a failure still.
    package var heard: Heard?
    /// `nil` when the node answered as it should.
    package var failure: NodeFailure?
    package var noise: Noise

    /// The answer of a node that was heard.
    package init(_ node: FleetNode, heard: Heard, noise: Noise = Noise()) {
        self.node = node
        self.heard = heard
        self.noise = noise
    }

    /// The answer of a node that failed.
    package init(_ node: FleetNode, failure: NodeFailure, noise: Noise = Noise()) {
        self.node = node
        self.failure = failure
        self.noise = noise
    }

    /// The role by the inventory, else by the node's own word.
    package var role: WireRole? { node.role ?? heard?.status.node.role }

    /// `local` or `ssh`.
    package var transport: String { node.isLocal ? "local" : "ssh" }
}
