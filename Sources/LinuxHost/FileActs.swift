internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// Changes the files that the daemon may change, and hands on what was replaced until it can be settled.
struct FileActs: Sendable {
    private let atomic: AtomicFile
    private let displaced: AsyncStream<Displaced>.Continuation

    /// The folders in which files may be changed; the end of a link counts.
    private static let allowed: [FilePath] = ["/etc"]
    private static let units: FilePath = "/etc/systemd/system"

    init(root: RootedOpen, owner: FileOwner?, backups: BackupStore, displaced: AsyncStream<Displaced>.Continuation) {
        atomic = AtomicFile(root: root, allowed: Self.allowed, owner: owner, backups: backups)
        self.displaced = displaced
    }

    /// Removes what a crash left beside the files that are changed; a version that has no backup gets one first.
    ///
    /// - Returns: what was there; what could not be kept stays where it is.
    func sweep() -> [StrayFile] {
        let folders: [FilePath] = ["/etc", "/etc/modules-load.d", "/etc/systemd/system/swap.d"]
        return folders.flatMap { (try? atomic.sweep($0, known: [])) ?? [] }
    }

    /// Writes a file as the edit says.
    func write(_ edit: FileEdit) throws(ChangeError) -> Effect {
        try translated { () throws(CommitError) in try atomic.commit(edit) }
    }

    /// Links a unit's name to `/dev/null`.
    func mask(_ unit: String) throws(ChangeError) -> Effect {
        guard !unit.contains("/"), !unit.isEmpty, unit.utf8.count <= 255 else {
            throw .refused("cannot mask \(unit): it is no unit's name")
        }
        return try translated { () throws(CommitError) in
            try atomic.link(Self.units.appending(unit), to: "/dev/null")
        }
    }

    private func translated(_ act: () throws(CommitError) -> Commit) throws(ChangeError) -> Effect {
        do throws(CommitError) {
            switch try act() {
            case .alreadyTrue: return .alreadyTrue
            case .committed(_, let left):
                if let left { displaced.yield(left) }
                return .applied
            }
        } catch {
            switch error {
            case .movedOn: throw .movedOn(error.description)
            case .refused(let path, let refusal):
                let remedy = refusal.remedy(for: path).map { "; \($0)" } ?? ""
                throw .refused(error.description + remedy)
            case .contested, .failed, .notKept: throw .failed(error.description)
            }
        }
    }
}
