package import NodeAPI
package import NodeState
internal import Synchronization

/// What is known beside the requirements: the configuration in force, who this node is, and what is not as it should be.
///
/// A mutex around a small value: it is read with each answer and written on reload and on a lost watch.
package final class DaemonState: Sendable {
    /// The value at one moment.
    package struct Value: Equatable, Sendable {
        package var configuration = Configuration()
        /// SHA-256 of the configuration; `nil` when none was decoded.
        package var configurationDigest: String?
        package var identity = NodeIdentity.alone
        /// Addresses, host name and facts of the machine, as they were last read.
        package var machine = MachineFacts()
        /// What is wrong with the files of the configuration; empty when they are in force.
        package var configurationProblems: [String] = []
        package var lostWatches: [HealthBody.FailingBody] = []
        package var isStopping = false

        /// Nothing known yet.
        package init() {}
    }

    /// What a machine says of itself.
    package struct MachineFacts: Equatable, Sendable {
        package var hostName = ""
        package var addresses: [String] = []
        package var hardwareAddresses: [String] = []
        package var operatingSystem: String?
        package var kernel: String?
        package var machineID: String?

        /// Nothing known yet.
        package init() {}
    }

    private let state = Mutex(Value())

    /// Nothing known yet.
    package init() {}

    /// The value now.
    package var value: Value { state.withLock { $0 } }

    /// Changes the value.
    package func update(_ change: (inout sending Value) -> Void) {
        state.withLock { change(&$0) }
    }
}

extension DaemonState.Value {
    /// Why the daemon is degraded; empty when it is not.
    package var degradations: [StatusBody.DegradationBody] {
        var found = configurationProblems.map { StatusBody.DegradationBody(reason: "config-invalid", detail: $0) }
        if case .unknown(let detail) = identity { found.append(.init(reason: "not-in-inventory", detail: detail)) }
        found += lostWatches.map { .init(reason: "watch-lost", detail: $0.detail) }
        return found
    }

    /// The name this node goes by.
    package var nodeName: String { identity.node?.name ?? machine.hostName }
}
