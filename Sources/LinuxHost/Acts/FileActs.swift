internal import NodeEngine
internal import NodeState
internal import SystemPackage

/// Changes the files that the daemon may change, and hands on what was replaced until it can be settled.
struct FileActs: Sendable {
    private let atomic: AtomicFile
    private let aside: AsideFolder
    private let replaced: AsyncStream<ReplacedFile>.Continuation

    /// The folders in which files may be changed; the end of a link counts.
    private static let allowed: [FilePath] = ["/etc"]
    private static let units: FilePath = "/etc/systemd/system"

    init(
        root: RootedOpen, owner: FileOwner?, backups: BackupStore, aside: AsideFolder,
        replaced: AsyncStream<ReplacedFile>.Continuation
    ) {
        self.aside = aside
        var atomic = AtomicFile(root: root, allowed: Self.allowed, owner: owner, backups: backups)
        atomic.left = { replaced.yield($0) }
        self.atomic = atomic
        self.replaced = replaced
    }

    /// Removes what a crash left beside the files that are changed; a version that has no backup gets one first.
    ///
    /// - Returns: what was there; what could not be kept stays where it is.
    func sweep() -> [StrayFile] {
        atomic.backups.sweep()
        return atomic.sweep()
    }

    /// Writes a file as the edit says, if a change of this kind may write it.
    ///
    /// The `judge` is that of ``AtomicFile/commit(_:permissions:judge:)``.
    func write(
        _ edit: FileEdit, for change: Change, judge: (FilePath) -> String? = { _ in nil }
    ) throws(ChangeError) -> Effect {
        try check(edit.path, change)
        return try translated { () throws(CommitError) in try atomic.commit(edit, judge: judge) }
    }

    /// Removes a file that still has the contents `before`, if a change of this kind may write it.
    func remove(_ path: FilePath, before: [UInt8], for change: Change) throws(ChangeError) -> Effect {
        try check(path, change)
        return try translated { () throws(CommitError) in try atomic.remove(path, before: before) }
    }

    /// Moves a file or a link aside that is still what was seen, if a change of this kind may.
    func move(_ move: FileMove, for change: Change) throws(ChangeError) -> Effect {
        try check(move.path, change)
        return try translated { () throws(CommitError) in try atomic.move(move, to: aside) }
    }

    private func check(_ path: FilePath, _ change: Change) throws(ChangeError) {
        guard OwnedFiles.allow(change, at: path) else {
            throw .refused("cannot write \(path): it is not one of the files that \(change.kind) may write")
        }
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
                if let left { replaced.yield(left) }
                return .applied
            }
        } catch {
            switch error {
            case .movedOn: throw .movedOn(error.description)
            case .refused(let path, let refusal):
                let remedy = refusal.remedy(for: path).map { "; \($0)" } ?? ""
                // What is wrong with the place passes; what a judge has against the contents stays with them.
                switch refusal {
                case .judged: throw .refused(error.description + remedy)
                case .openForWriting: throw .waiting(.writer, error.description + remedy)
                case .noSpace: throw .waiting(.diskSpace, error.description + remedy)
                default: throw .waiting(.file, error.description + remedy)
                }
            case .contested: throw .waiting(.file, error.description)
            case .notKept(_, let cause) where [Errno.noSpace, .diskQuotaExceeded].contains(cause.errno):
                throw .waiting(.diskSpace, error.description)
            case .failed, .notKept: throw .failed(error.description)
            }
        }
    }
}
