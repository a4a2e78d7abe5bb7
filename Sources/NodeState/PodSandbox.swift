/// A trial of pod sandboxes: what it is of, and how far it goes.
package struct PodSandboxTrial: Hashable, Sendable {
    /// What the outcome holds for: this start of containerd, with these CNI configurations.
    package var key: String
    /// Whether a CNI configuration is there, and a sandbox with a network of its own is started as well.
    package var usesPodNetwork: Bool

    /// The trial for `key`.
    package init(key: String, usesPodNetwork: Bool) {
        self.key = key
        self.usesPodNetwork = usesPodNetwork
    }
}

/// What came of a trial, as it is kept in `/run/nucprep/pod-sandbox` until the next boot.
package struct PodSandboxRecord: Equatable, Sendable {
    /// How the start of one sandbox ended.
    package enum Outcome: Equatable, Sendable {
        /// It ran, in this cgroup.
        case started(cgroup: String)
        /// It ran in a network of its own, with this address.
        case address(String)
        /// The runtime said no, in these words.
        case refused(String)
        /// The image for sandboxes is not on the node, and the runtime could not have it.
        case noImage(String)
        /// It ran, and not in the scope that systemd keeps below `kubepods.slice`.
        case outsideSlice
        /// It ran in a network of its own, and got no address there.
        case noAddress
    }

    /// The key of its trial.
    package var key: String
    /// The sandbox on the host's network.
    package var host: Outcome
    /// The one with a network of its own; `nil` when it was not tried.
    package var pod: Outcome?

    /// The record of one trial.
    package init(key: String, host: Outcome, pod: Outcome? = nil) {
        self.key = key
        self.host = host
        self.pod = pod
    }

    /// Where it is kept.
    package static let name = "pod-sandbox"
    private static let title = "nucprep pod sandbox 1"

    /// Reads the text of a record; `nil` when it is none.
    package init?(parsing text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard (4...5).contains(lines.count), lines[0] == Self.title, lines.last == "",
            let host = Outcome(parsing: lines[2])
        else { return nil }
        var pod: Outcome?
        if lines.count == 5 {
            guard let outcome = Outcome(parsing: lines[3]) else { return nil }
            pod = outcome
        }
        self.init(key: lines[1], host: host, pod: pod)
    }

    /// The record as text.
    package var text: String {
        ([Self.title, key, host.text] + [pod?.text].compactMap(\.self)).map { $0 + "\n" }.joined()
    }
}

extension PodSandboxRecord.Outcome {
    fileprivate init?(parsing line: String) {
        let parts = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let rest = parts.count == 2 ? parts[1] : ""
        switch parts[0] {
        case "started" where !rest.isEmpty: self = .started(cgroup: rest)
        case "address" where !rest.isEmpty: self = .address(rest)
        case "refused" where !rest.isEmpty: self = .refused(rest)
        case "no-image" where !rest.isEmpty: self = .noImage(rest)
        case "outside-slice" where rest.isEmpty: self = .outsideSlice
        case "no-address" where rest.isEmpty: self = .noAddress
        default: return nil
        }
    }

    fileprivate var text: String {
        let words: [String]
        switch self {
        case .started(let cgroup): words = ["started", cgroup]
        case .address(let address): words = ["address", address]
        case .refused(let cause): words = ["refused", cause]
        case .noImage(let name): words = ["no-image", name]
        case .outsideSlice: words = ["outside-slice"]
        case .noAddress: words = ["no-address"]
        }
        // One line each, whatever the runtime said.
        return words.joined(separator: " ").split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
