internal import CLinux
package import SystemPackage

/// A file that was replaced and still has a temporary name: a writer that opened it before may write into it yet.
package final class ReplacedFile: Sendable {
    /// What became of it.
    package enum Settlement: Equatable, Sendable {
        /// Nobody wrote into it, and its name is gone.
        case removed
        /// Somebody writes it: it is the file again, and the change is undone.
        case putBack
        /// Somebody wrote into it after another had written the file anew: what it held is the backup with this digest.
        case kept(String)
    }

    /// The file whose contents it was.
    package var path: FilePath { target.path }

    private let files: AtomicFile
    private let target: CommitTarget
    private let name: String
    /// What it was when it was replaced, with the lease that keeps writers out.
    private let base: CommitBase?
    /// What took its place.
    private let ours: CommitContent?

    init(files: AtomicFile, target: CommitTarget, name: String, base: CommitBase?, ours: CommitContent?) {
        self.files = files
        self.target = target
        self.name = name
        self.base = base
        self.ours = ours
    }

    /// How long to wait before it is settled: longer where nothing keeps writers out.
    package var grace: Duration { base?.isLeased ?? true ? .seconds(2) : .seconds(10) }

    /// Removes the file; one that is written goes back to where it was, and what cannot go back becomes a backup.
    ///
    /// To be called when ``grace`` is over; once more does nothing.
    /// - Throws: when it could be neither put back nor kept, or the disk does not obey; the file is then left where it is.
    package func settle() throws(CommitError) -> Settlement {
        let found = try files.calling(path) { () throws(Errno) in
            try files.content(of: name, in: target.directory)
        }
        guard let found else { return .removed }
        let isWaited = base.map(files.writers.isWaited) ?? false
        let isKnown = found.bytes != nil && (found.bytes == base?.bytes || found.bytes == ours?.bytes)
        if isKnown, !isWaited {
            try unlink()
            return .removed
        }
        defer { if let base { files.writers.release(base) } }
        if try putBack() { return .putBack }
        guard let bytes = found.bytes else { throw .contested(path, left: target.place.appending(name)) }
        let digest: String
        do throws(BackupError) {
            digest = try files.backups.keep(bytes, of: path)
        } catch {
            throw .notKept(path, error)
        }
        try unlink()
        return .kept(digest)
    }

    /// Makes it the file again, unless another has made or written that meanwhile.
    private func putBack() throws(CommitError) -> Bool {
        guard let ours else {
            let result = target.directory.withNumber { unsafe clinux_rename_new($0, name, target.name) }
            return result == 0
        }
        guard let live = try files.base(at: target), ours.isSame(as: live), !files.writers.isWritten(live),
            try files.writers.shutOut(live, target)
        else { return false }
        let temporary = Temporary(name: name, content: ours)
        guard files.exchanged(temporary, target) == 0 else { return false }
        let came = try files.content(of: name, in: target)
        guard came.isSame(as: live), !files.writers.isWaited(live) else {
            // Written in the last moment: what is newer stays, and this becomes a backup.
            _ = files.exchanged(temporary, target)
            return false
        }
        try unlink()
        try files.synchronize(target)
        return true
    }

    private func unlink() throws(CommitError) {
        try files.calling(path) { () throws(Errno) in try target.directory.unlink(name) }
    }
}
