/// What came of deploying to one node.
package struct DeployOutcome: Equatable, Sendable {
    /// How it ended.
    package enum Kind: Equatable, Sendable {
        /// Everything was there already.
        case unchanged
        /// Something was put in place, in words.
        case changed(String)
        /// It was not done; the words say why.
        case failed(String)
    }

    package let node: String
    package let kind: Kind
    /// What a person types about a failure, one command a line.
    package let commands: [String]

    /// The outcome of `node`.
    package init(_ node: String, _ kind: Kind, commands: [String] = []) {
        self.node = node
        self.kind = kind
        self.commands = commands
    }

    /// Whether the node is as it should be.
    package var isGood: Bool { if case .failed = kind { false } else { true } }
}

/// Why a node could not be deployed to, with what to type.
struct DeployFailure: Error, Equatable {
    var text: String
    var commands: [String] = []
    /// ssh's own failure, where it was one.
    var failure: NodeFailure?

    init(_ text: String, _ commands: [String] = [], failure: NodeFailure? = nil) {
        self.text = text
        self.commands = commands
        self.failure = failure
    }

    /// What ssh gave up for.
    init(_ failure: NodeFailure, target: String) {
        self.init("\(failure.title): \(failure.detail)", Self.commands(failure, target), failure: failure)
    }

    /// What a person types when ssh does not get there; where a person at the node must act, it is said which line.
    private static func commands(_ failure: NodeFailure, _ target: String) -> [String] {
        switch (failure.kind, failure.reach) {
        case (.hostKeyUnknown, _), (.authFailed, _):
            ["nucprep deploy, on a terminal: it asks", "ssh-copy-id \(target)"]
        case (.hostKeyChanged, _): ["ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub, on the node's own console"]
        case (.unreachable, .refused): ["sudo apt-get install -y openssh-server, on the node's own console"]
        case (.unreachable, _): ["ping \(target.split(separator: "@").last ?? "")"]
        default: ["ssh \(target)"]
        }
    }
}
