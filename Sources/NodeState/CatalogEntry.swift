/// How much an unmet requirement or a finding weighs.
package enum Severity: Sendable, Comparable, CaseIterable {
    /// Told only.
    case info
    /// Works, with a known later failure.
    case warning
    /// kubeadm refuses, or the cluster breaks at once or after the next reboot.
    case error
}

/// A step of building the cluster that a requirement bears on.
package enum Phase: Sendable, CaseIterable {
    /// `kubeadm init` on the control-plane node.
    case initialise
    /// `kubeadm join` of a node.
    case join
}

/// What is the same for every node about one requirement: its name, its weight and its reason.
package struct CatalogEntry: Equatable, Sendable {
    /// The stable name.
    package var id: RequirementID
    /// The word it is listed under in every report.
    package var group: String
    /// The good state in one sentence, so that "met" reads true.
    package var title: String
    /// What an unmet requirement weighs, unless a finding says less.
    package var severity: Severity
    /// The steps it bears on.
    package var phases: [Phase]
    /// What must hold before this one can be judged or put right; all stand earlier in the catalogue.
    package var prerequisites: [RequirementID]
    /// The prerequisites that are part of the prediction of the next boot: it is blocked by them however good it looks.
    package var bootRestsOn: [RequirementID]
    /// Whether nothing else is judged while this one is unmet: what others would look at is not this machine's own.
    package var replacesOthers: Bool
    /// kubeadm's own names for the same check, as `--ignore-preflight-errors` takes them.
    package var kubeadmChecks: [String]
    /// Why a node needs it.
    package var why: String
    /// Where the rule comes from.
    package var source: String
    /// What is looked at, in a sentence or two.
    package var checks: String
    /// How a person does it by hand: commands in order.
    package var manual: [String]

    /// The entry of one requirement; most are errors that bear on both phases.
    package init(
        _ id: RequirementID, group: String, title: String, severity: Severity = .error,
        phases: [Phase] = Phase.allCases, prerequisites: [RequirementID] = [],
        bootRestsOn: [RequirementID] = [], replacesOthers: Bool = false, kubeadmChecks: [String] = [],
        why: String, source: String, checks: String = "", manual: [String] = []
    ) {
        self.id = id
        self.group = group
        self.title = title
        self.severity = severity
        self.phases = phases
        self.prerequisites = prerequisites
        self.bootRestsOn = bootRestsOn
        self.replacesOthers = replacesOthers
        self.kubeadmChecks = kubeadmChecks
        self.why = why
        self.source = source
        self.checks = checks
        self.manual = manual
    }
}
