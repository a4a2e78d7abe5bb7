/// A kubeadm that is at work on the host.
package struct KubeadmProcess: Hashable, Sendable {
    /// Its process, in the host's own numbering.
    package var pid: Int
    /// When it was started, in microseconds since 1970; `nil` where the kernel does not say.
    package var startedAt: Int?

    /// The process `pid`.
    package init(pid: Int, startedAt: Int? = nil) {
        self.pid = pid
        self.startedAt = startedAt
    }
}

/// What keeps the daemon from changing anything on the host.
package enum EnforcementStop: Equatable, Sendable {
    /// kubeadm is at work.
    case kubeadm(KubeadmProcess)
    /// Whether it is cannot be told.
    case unknown(ObservationError)

    /// What is in the way, in words.
    package var text: String {
        switch self {
        case .kubeadm(let process): "kubeadm is running (process \(process.pid)); nothing is changed until it exits"
        case .unknown(let error): "whether kubeadm is running is not known, so nothing is changed: \(error)"
        }
    }

    /// Whether it may be known a moment later.
    package var isTransient: Bool { if case .unknown(let error) = self { error.isTransient } else { false } }

    /// What a person can do.
    package var remedy: String {
        switch self {
        case .kubeadm(let process): "wait until it exits: ps -fp \(process.pid)"
        case .unknown: "nucprep looks again in each full look: nucprep status --fresh"
        }
    }
}

/// What was seen of kubeadm among the processes.
package struct KubeadmSighting: Equatable, Sendable {
    /// The one that is at work; `nil` when none is.
    package var process: KubeadmProcess?
    /// Whether any process has the name: it may become the one at work, and is to be looked for before each act.
    package var hasNamesakes = false

    /// What was seen.
    package init(process: KubeadmProcess?) {
        self.process = process
        hasNamesakes = process != nil
    }
}
