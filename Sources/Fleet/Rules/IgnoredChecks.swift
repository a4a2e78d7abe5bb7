internal import NodeAPI

/// What `kubeadm` must be told to ignore, and what nothing here speaks for.
enum IgnoredChecks {
    /// The names for `--ignore-preflight-errors` on one node: the smallest list with which kubeadm passes over what is waived.
    ///
    /// Only what kubeadm refuses now counts, by the prediction of each waived finding: a warning stops nothing, and kubeadm
    /// does not look at the next boot. What is unmet besides, and not waived, is not ignored along with it. A node's word
    /// counts as far as this version knows it as a check of this phase.
    ///
    /// - Source: kubeadm v1.28 `cmd/kubeadm/app/preflight/checks.go` (`RunChecks`, `setHasItemOrAll`).
    static func names(of status: StatusBody, for phase: FleetPhase, among checks: [KubeadmCheck]) -> [String] {
        let waived = refusals(status, .waived)
        let unmet = refusals(status, .unmet)
        let step = phase == .initialise ? "init" : "join"
        return checks.filter { check in
            check.level == .error && check.phases.contains(step) && waived.contains(check.name)
                && !unmet.contains(check.name)
        }.map(\.name)
    }

    /// The errors that kubeadm will print for what has `verdict` now.
    private static func refusals(_ status: StatusBody, _ verdict: WireVerdict) -> Set<String> {
        let findings = status.requirements.filter { $0.now == verdict }.flatMap(\.findings).filter {
            $0.horizon == .now
        }
        return Set(findings.compactMap { $0.predicts.kubeadm.flatMap(refusal) })
    }

    /// The name in a prediction such as `ERROR NumCPU`; `nil` where kubeadm refuses nothing.
    private static func refusal(_ prediction: String) -> String? {
        let words = prediction.split(separator: " ")
        return words.count >= 2 && words[0] == "ERROR" ? String(words[1]) : nil
    }

    /// A warning for each check of the phases asked for that no requirement stands for: GO does not speak for it.
    static func uncovered(_ checks: [KubeadmCheck], _ phases: [FleetPhase]) -> [Remark] {
        checks.filter { $0.requirements.isEmpty }.compactMap { check in
            let touched = phases.filter { phase in
                check.phases.contains(phase == .initialise ? "init" : "join")
            }
            guard !touched.isEmpty else { return nil }
            var remark = Remark(
                .cluster, nil, reason: "kubeadm-check-uncovered", nodes: [], verdict: .unknown, severity: .warning,
                contribution: .goWithWarnings, phases: Set(touched),
                title: "no requirement stands for a check of kubeadm \(KubeadmCheck.release)")
            remark.actual = "\(check.name) is not judged"
            remark.remedy = "see what kubeadm prints under this name"
            return remark
        }
    }
}
