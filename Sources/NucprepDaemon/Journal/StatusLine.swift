internal import NodeAPI
internal import NodeEngine
internal import NodeState

/// The line that `systemctl status` shows.
enum StatusLine {
    /// Such as `2 met, NO-GO, generation 42`.
    static func text(of snapshot: Snapshot) -> String {
        var counts: [(word: WireVerdict, count: Int)] = []
        for word in [WireVerdict.met, .unmet, .unknown, .blocked, .waived] {
            let count = snapshot.entries.count { $0.verdict.wire == word }
            if count > 0 { counts.append((word, count)) }
        }
        let verdict =
            switch snapshot.readiness {
            case .go: "GO"
            case .goWithWarnings: "GO-WITH-WARNINGS"
            case .incomplete: "INCOMPLETE"
            case .noGo: "NO-GO"
            }
        let parts = counts.map { "\($0.count) \($0.word)" } + [verdict, "generation \(snapshot.generation)"]
        return parts.joined(separator: ", ")
    }
}
