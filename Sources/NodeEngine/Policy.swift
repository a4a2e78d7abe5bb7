package import NodeState

/// Decides which planned changes the daemon carries out by itself.
package struct Policy: Equatable, Sendable {
    package var configuration: Configuration
    /// `nil` when the evidence could not be read: then only what is always allowed is done.
    package var lifecycle: Lifecycle?
    package var isKubeadmRunning: Bool

    /// The policy for a node in this state.
    package init(configuration: Configuration, lifecycle: Lifecycle?, isKubeadmRunning: Bool) {
        self.configuration = configuration
        self.lifecycle = lifecycle
        self.isKubeadmRunning = isKubeadmRunning
    }

    /// Why a step is not carried out; `nil` lets it through.
    package func refusal(of step: Plan.Step) -> Refusal? {
        if isKubeadmRunning {
            return Refusal(.kubeadmRunning, "kubeadm is at work", remedy: "wait until it has ended")
        }
        if configuration.mode(for: step.requirement) == .observe {
            return Refusal(
                .observeMode, "the mode is observe", remedy: "set mode = \"enforce\", or do it by hand")
        }
        return step.proposal.refusal ?? refusal(of: step.proposal.autoClass)
    }

    private func refusal(of autoClass: AutoClass) -> Refusal? {
        let isOpen = lifecycle == .fresh || lifecycle == .prepared
        switch autoClass {
        case .always: return nil
        case .untilJoined:
            return isOpen ? nil : Refusal(.lifecycle, "the node belongs to a cluster, or that is not known")
        case .withConsent:
            return Refusal(.consentMissing, "no consent is given for it")
        }
    }
}
