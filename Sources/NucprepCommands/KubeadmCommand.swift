internal import Fleet

/// The step of building a cluster that a command line is about, told from its words.
///
/// - Source: kubeadm 1.28, `kubeadm init` and `kubeadm join`; `kubeadm init phase …` runs parts, on a running cluster too.
enum KubeadmCommand: Equatable, Sendable {
    case initialise
    case join

    /// The step; `nil` for every other command.
    ///
    /// `sudo`, `env`, a path and a shell's own line may stand around it.
    init?(_ words: [String]) {
        let parts = words.flatMap { $0.split(whereSeparator: \.isWhitespace) }
        guard let program = parts.firstIndex(where: { $0.split(separator: "/").last == "kubeadm" }) else { return nil }
        let rest = parts[(program + 1)...].drop { $0.hasPrefix("-") }
        switch rest.first {
        case "init"? where rest.dropFirst().first != "phase": self = .initialise
        case "join"? where rest.dropFirst().first != "phase": self = .join
        default: return nil
        }
    }
}

extension FleetReport {
    /// Why `words` have nothing left to do; `nil` when they may be started.
    ///
    /// A control plane that runs is not initialised again, and a worker that has joined does not join again.
    func reasonNotToStart(_ words: [String]) -> String? {
        let joins = phases.filter { $0.phase != .initialise }
        switch KubeadmCommand(words) {
        case .initialise?:
            guard let done = phases.first(where: { $0.phase == .initialise && $0.isDone }) else { return nil }
            return "\(done.node ?? "the control plane") already runs a control plane"
        case .join?:
            let here = answers.first { $0.node.isLocal }?.node.name
            if let here, joins.contains(where: { $0.isDone && $0.node == here }) { return "\(here) has already joined" }
            guard !joins.isEmpty, joins.allSatisfy(\.isDone) else { return nil }
            return "every worker has already joined"
        case nil:
            guard request.phases != .all, isDone else { return nil }
            return request.phases == .join ? "every worker has already joined" : "the control plane already runs"
        }
    }
}
