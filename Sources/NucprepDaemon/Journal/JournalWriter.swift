internal import CommandProcess
internal import NodeAPI
internal import NodeAPITransport
internal import Synchronization
internal import Systemd

/// Writes entries to the journal, and to standard error where that leads anywhere else.
final class JournalWriter: Sendable {
    private let isService: Bool
    private struct Repeated {
        var message: String
        var at: ContinuousClock.Instant
    }
    private let last = Mutex<[String: Repeated]>([:])

    /// A writer; `isService` when systemd connected standard error to the journal, so that a line there would stand twice.
    init(isService: Bool) { self.isService = isService }

    /// Writes one entry; an equal one for the same requirement within a minute is left out.
    func write(_ entry: JournalEntry) {
        let requirement = entry.fields.first { $0.name == "REQUIREMENT" }?.value ?? ""
        let key = "\(entry.kind.word) \(requirement)"
        let isNews = last.withLock { last in
            let now = ContinuousClock.now
            if let former = last[key], former.message == entry.message, now - former.at < .seconds(60) { return false }
            last[key] = Repeated(message: entry.message, at: now)
            return true
        }
        guard isNews else { return }
        // The journal may be away: then the line is lost, and the work goes on.
        if (try? Journal.send(entry.journalFields)) == nil || !isService {
            _ = try? StandardStreams.write("nucprepd: \(Text.visible(entry.message))\n", to: .error)
        }
    }
}
