internal import NodeAPI
internal import Synchronization

/// Texts that many nodes say alike, kept once: a report of a thousand nodes takes less than half of the memory then.
///
/// It lives as long as the check that asks them, and holds what their answers said.
package final class SharedTexts: Sendable {
    private struct Kept: Sendable {
        var texts: Set<String> = []
        var lists: Set<[String]> = []
    }

    /// What a `String` keeps in itself, without memory of its own.
    private static let inlineBytes = 15
    private let kept = Mutex(Kept())

    package init() {}

    /// The same requirements with texts of this pool.
    func sharing(_ requirements: [RequirementBody]) -> [RequirementBody] {
        kept.withLock { kept in requirements.map { Self.sharing($0, &kept) } }
    }

    private static func sharing(_ body: RequirementBody, _ kept: inout Kept) -> RequirementBody {
        var shared = body
        shared.id = text(body.id, &kept)
        shared.title = text(body.title, &kept)
        shared.observed = text(body.observed, &kept)
        shared.since = text(body.since, &kept)
        shared.observedAt = text(body.observedAt, &kept)
        shared.phases = list(body.phases, &kept)
        shared.kubeadm = list(body.kubeadm, &kept)
        return shared
    }

    private static func text(_ text: String, _ kept: inout Kept) -> String {
        text.utf8.count > inlineBytes ? kept.texts.insert(text).memberAfterInsert : text
    }

    private static func list(_ texts: [String], _ kept: inout Kept) -> [String] {
        texts.isEmpty ? texts : kept.lists.insert(texts).memberAfterInsert
    }
}
