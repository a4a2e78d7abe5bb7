internal import NodeAPI
internal import NodeEngine
internal import NodeState
internal import Synchronization
internal import Systemd

/// The line that `systemctl status` shows.
final class StatusLine: Sendable {
    private let told = Mutex("")

    /// Tells systemd of what was published, where that makes another line.
    func tell(_ published: SnapshotCache.Published) {
        let text = Self.text(of: published)
        let isNews = told.withLock { told in
            defer { told = text }
            return told != text
        }
        if isNews { _ = try? Notify.status(text) }
    }

    /// Such as `2 met, NO-GO, generation 42`, with the answer that the API gives, too.
    static func text(of published: SnapshotCache.Published) -> String {
        let snapshot = published.snapshot
        var counts: [(word: WireVerdict, count: Int)] = []
        for word in [WireVerdict.met, .unmet, .unknown, .blocked, .waived] {
            let count = snapshot.entries.count { $0.verdict.wire == word }
            if count > 0 { counts.append((word, count)) }
        }
        let verdict =
            switch published.readiness {
            case .go: "GO"
            case .goWithWarnings: "GO-WITH-WARNINGS"
            case .incomplete: "INCOMPLETE"
            case .noGo: "NO-GO"
            }
        let parts = counts.map { "\($0.count) \($0.word)" } + [verdict, "generation \(snapshot.generation)"]
        return parts.joined(separator: ", ")
    }
}
