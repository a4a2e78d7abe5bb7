package import NodeState

/// Decides which planned changes the daemon carries out by itself.
package struct Policy: Equatable, Sendable {
    package var configuration: Configuration
    /// `nil` when the evidence could not be read: then only what is always allowed is done.
    package var lifecycle: Lifecycle?
    /// What keeps everything from being changed.
    package var stop: EnforcementStop?

    /// The policy for a node in this state.
    package init(configuration: Configuration, lifecycle: Lifecycle?, stop: EnforcementStop?) {
        self.configuration = configuration
        self.lifecycle = lifecycle
        self.stop = stop
    }

    /// Why a step is not carried out; `nil` lets it through.
    package func refusal(of step: Plan.Step) -> Refusal? {
        if let stop { return Refusal(.kubeadmRunning, stop.text, remedy: stop.remedy) }
        if configuration.mode(for: step.requirement) == .observe {
            return Refusal(
                .observeMode, "the mode is observe", remedy: "set mode = \"enforce\", or do it by hand")
        }
        return step.proposal.refusal ?? refusal(of: step.proposal.autoClass)
    }

    private func refusal(of autoClass: AutoClass) -> Refusal? {
        switch autoClass {
        case .always: return nil
        case .untilJoined: return isOpen ? nil : closed
        case .withConsent(let consent):
            guard isOpen else { return closed }
            guard !configuration.consent.contains(consent) else { return nil }
            return Refusal(
                .consentMissing, "the consent \(consent.rawValue) is not given",
                remedy: "add \"\(consent.rawValue)\" to consent in [policy] of nucprep.toml, or do it by hand")
        }
    }

    /// Whether the node is still its operator's to prepare: nothing of a cluster is on it.
    private var isOpen: Bool { lifecycle == .fresh || lifecycle == .prepared }

    private var closed: Refusal {
        switch lifecycle {
        case nil:
            Refusal(
                .lifecycle, "whether the node belongs to a cluster is not known",
                remedy: "make /etc/kubernetes and /var/lib/kubelet readable")
        case .leftover:
            Refusal(
                .lifecycle, "parts of a cluster are left on the node",
                remedy: "look at them, then: kubeadm reset")
        case .initialised, .joined, .fresh, .prepared:
            Refusal(
                .lifecycle, "the node belongs to a cluster, and nucprep does not change it under running pods",
                remedy: "drain the node and do it by hand, or leave it as it is")
        }
    }
}
