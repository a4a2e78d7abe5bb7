internal import NodeState

extension Assessment {
    /// Unmet by these findings, with what each of them saw, and nothing that the daemon would do.
    static func unmet(_ findings: [Finding], proposals: [Proposal] = []) -> Assessment {
        .unmet(observed: findings.map(\.actual).joined(separator: "; "), findings: findings, proposals: proposals)
    }
}
