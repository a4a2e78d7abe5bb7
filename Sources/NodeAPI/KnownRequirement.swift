internal import NodeState

/// What this version knows of a requirement without asking a node: that it exists, and what it weighs.
///
/// A node that leaves one out, or makes one lighter, must not become GO by that. The list is the catalogue's, which this
/// module cannot see: a test compares the two, and with `RECORD=1` it writes `KnownRequirement+All.swift` anew.
package struct KnownRequirement: Equatable, Sendable {
    /// Its id.
    package var id: String
    /// Its severity on the wire.
    package var severity: WireSeverity
    /// Its phases on the wire.
    package var phases: [String]
    /// The checks of kubeadm that it stands for, by their names.
    package var kubeadm: [String]

    /// One requirement; most are errors of both phases.
    package init(
        _ id: String, _ severity: WireSeverity = .error, _ phases: [String] = ["init", "join"], kubeadm: [String] = []
    ) {
        self.id = id
        self.severity = severity
        self.phases = phases
        self.kubeadm = kubeadm
    }

    /// The ids of what no waiver hides.
    package static let notWaivable = Set(Waiver.notWaivable.map(\.name))
}
