package import SystemPackage

/// A place that shows what a finding says.
package struct Evidence: Hashable, Sendable {
    /// The file.
    package var path: FilePath
    /// The line, counted from 1; `nil` when the whole file, or its absence, is meant.
    package var line: Int?

    /// The evidence at `path`.
    package init(_ path: FilePath, line: Int? = nil) {
        self.path = path
        self.line = line
    }
}

/// What the cluster's own programs will say or do when a finding is ignored.
package struct Prediction: Equatable, Sendable {
    /// kubeadm's level and check, such as `WARNING Swap`; `nil` when kubeadm does not look.
    package var kubeadm: String?
    /// What the kubelet does; `nil` when it does not notice.
    package var kubelet: String?

    /// The prediction for one finding.
    package init(kubeadm: String? = nil, kubelet: String? = nil) {
        self.kubeadm = kubeadm
        self.kubelet = kubelet
    }
}

/// One way in which a requirement does not hold.
package struct Finding: Equatable, Sendable {
    /// The stable kebab-case token of this way, such as `gpt-auto`.
    package var reason: String
    /// What this finding alone weighs.
    package var severity: Severity
    /// What ought to be seen.
    package var expected: String
    /// What was seen.
    package var actual: String
    /// How that comes about, where expected and actual do not say it.
    package var why: String?
    /// What the cluster's programs will do.
    package var predicts: Prediction
    /// What to do in words; `nil` when a proposal of the same assessment says it.
    package var remedy: String?
    /// Commands that a person can type.
    package var manual: [String]
    /// Where it was seen.
    package var evidence: [Evidence]

    /// A finding; an error unless `severity` says less.
    package init(
        _ reason: String, severity: Severity = .error, expected: String, actual: String, why: String? = nil,
        predicts: Prediction = Prediction(), remedy: String? = nil, manual: [String] = [], evidence: [Evidence] = []
    ) {
        self.reason = reason
        self.severity = severity
        self.expected = expected
        self.actual = actual
        self.why = why
        self.predicts = predicts
        self.remedy = remedy
        self.manual = manual
        self.evidence = evidence
    }
}
