internal import LinuxHost
internal import NodeAPI
internal import NodeConfiguration
internal import NodeState
internal import Synchronization

/// What is known beside the requirements: the configuration in force, who this node is, and what is not as it should be.
///
/// A mutex around a small value: it is read with each answer and written on reload and on a lost watch.
final class DaemonState: Sendable {
    /// The value at one moment.
    struct Value: Equatable, Sendable {
        var configuration = Configuration()
        /// SHA-256 of the configuration; `nil` when none was decoded.
        var configurationDigest: String?
        var identity = NodeIdentity.alone
        /// Addresses, host name and facts of the machine, as they were last read.
        var machine = MachineFacts()
        /// What is wrong with the files of the configuration; empty when they are in force.
        var configurationProblems: [String] = []
        var lostWatches: [HealthBody.FailingBody] = []
        /// The files of the configuration as they were last read.
        var configurationFiles: [ConfigurationFile] = []
        /// Whether the files of the configuration are others than those in force.
        var isChangedOnDisk = false
        /// Whether systemd was told that the daemon is up.
        var isReady = false
        var isStopping = false
        /// The change that is being made; `nil` when none is.
        var activity: Activity?

        /// Nothing known yet.
        init() {}
    }

    /// What a machine says of itself.
    struct MachineFacts: Equatable, Sendable {
        var hostName = ""
        var addresses: [String] = []
        var hardwareAddresses: [String] = []
        var operatingSystem: String?
        var kernel: String?
        var machineID: String?
        /// What is compared between nodes, as it is read.
        var traits: [String: String] = [:]

        /// Nothing known yet.
        init() {}
    }

    private let state = Mutex(Value())

    /// Nothing known yet.
    init() {}

    /// The value now.
    var value: Value { state.withLock { $0 } }

    /// Changes the value.
    func update(_ change: (inout sending Value) -> Void) {
        state.withLock { change(&$0) }
    }
}

extension DaemonState.Value {
    /// Why the daemon is degraded; empty when it is not.
    var degradations: [StatusBody.DegradationBody] {
        var found = configurationProblems.map { StatusBody.DegradationBody(reason: "config-invalid", detail: $0) }
        if case .unknown(let detail) = identity { found.append(.init(reason: "not-in-inventory", detail: detail)) }
        found += lostWatches.map { .init(reason: "watch-lost", detail: $0.detail) }
        return found
    }

    /// The name this node goes by.
    var nodeName: String { identity.node?.name ?? machine.hostName }
}
