internal import NodeAPI

/// The checks of kubeadm's own preflight for people, each with what stands for it.
struct KubeadmChecksText: Sendable {
    private let checks: [KubeadmCheck]
    private let columns: Columns

    /// The table of `checks`.
    init(_ checks: [KubeadmCheck] = KubeadmCheck.all, for terminal: Terminal) {
        self.checks = checks
        columns = Columns(terminal, label: 0, text: 32)
    }

    /// The whole text.
    var text: String { (head + [""] + checks.flatMap(lines)).map { $0 + "\n" }.joined() }

    private var head: [String] {
        let covered = checks.count { !$0.requirements.isEmpty }
        return Columns.wrap(
            "kubeadm \(KubeadmCheck.release): \(Columns.count(checks.count, "check")), \(covered) of them with a requirement",
            to: columns.terminal.width)
    }

    private func lines(_ check: KubeadmCheck) -> [String] {
        let phases = check.phases.map { $0 == "init" ? "init on the control plane" : "join of a worker" }
        let standing = check.requirements.isEmpty ? "no requirement" : check.requirements.joined(separator: ", ")
        var lines = columns.row(
            check.name, "\(check.level.rawValue) at \(phases.joined(separator: " and ")): \(standing)")
        if let words = check.notCovered { lines += columns.row("", "not covered: \(words)") }
        return lines
    }
}
