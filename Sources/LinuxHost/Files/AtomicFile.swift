internal import CLinux
internal import Glibc
package import NodeState
package import SystemPackage

/// Changes files whole: what is at the path is the old contents or the new ones at every moment, and nothing that another
/// wrote meanwhile is lost.
///
/// A change is made from the bytes that were read, and is given up when the file has others. Mode, owner and attributes
/// stay; a link stays, and its target is changed. To be used by one thread at a time; every call blocks for as long as
/// the disk does.
///
/// - Source: renameat2(2), `RENAME_EXCHANGE`, `RENAME_NOREPLACE`.
package struct AtomicFile: Sendable {
    /// The largest file that is changed, in bytes.
    package static let largestFile = 1 << 20

    let root: RootedOpen
    let allowed: [FilePath]
    let owner: FileOwner?
    let backups: BackupStore

    /// Called when a step is done, with the disk as a crash at that moment would leave it; what it throws is taken for an
    /// error of the step.
    var reached: @Sendable (CommitStep) throws(Errno) -> Void = { _ in }

    /// Receives what still has a temporary name after a change that failed, to be settled as after any other.
    var left: @Sendable (ReplacedFile) -> Void = { _ = try? $0.settle() }

    /// How it is told that somebody has a file open for writing.
    var writers = WriterWatch()

    /// renameat2(2) with RENAME_EXCHANGE; some file systems have none.
    var exchange: @Sendable (Int32, String, String) -> Int32 = { directory, one, other in
        unsafe clinux_rename_exchange(directory, one, other)
    }

    /// Changes files beneath `root` that lie in one of the folders `allowed` (as the root sees them) and belong to
    /// `owner`, or to anyone when that is `nil`.
    package init(root: RootedOpen, allowed: [FilePath], owner: FileOwner?, backups: BackupStore) {
        self.root = root
        self.allowed = allowed
        self.owner = owner
        self.backups = backups
    }

    /// Gives a file its new contents; a new file and its folder are made with `permissions` and 0755.
    ///
    /// The contents are on the disk when this returns. Of the former ones a backup is.
    ///
    /// The `judge` is asked about the new contents while they stand under a temporary name beside the file, as the root
    /// sees it; what it answers is why they must not be put in place.
    package func commit(
        _ edit: FileEdit, permissions: UInt32 = 0o644, judge: (FilePath) -> String? = { _ in nil }
    ) throws(CommitError) -> Commit {
        let path = edit.path
        guard let target = try target(of: path, creating: edit.before == nil) else { throw .movedOn(path) }
        for _ in 0..<3 {
            let base = try base(at: target)
            guard base?.bytes != edit.after else { return .alreadyTrue }
            guard base?.bytes == edit.before else { throw .movedOn(path) }
            if let base {
                // What is being written may be half of it: not worth a backup, and never one to be changed.
                guard !writers.isWritten(base) else { throw .refused(path, .openForWriting) }
                try keep(base, target)
            }
            let temporary = try write(edit.after, for: target, like: base, permissions)
            if let fault = judge(target.place.appending(temporary.name)) {
                discard(temporary, target)
                throw .refused(path, .judged(fault))
            }
            let commit =
                if let base {
                    try replace(base, by: temporary, at: target)
                } else {
                    try place(temporary, at: target)
                }
            if let commit { return commit }
        }
        throw .contested(path, left: nil)
    }

    /// Removes a file that still has the contents `before`.
    ///
    /// A link is not followed: it is another thing than the file that was there.
    package func remove(_ path: FilePath, before: [UInt8]) throws(CommitError) -> Commit {
        guard let target = try place(of: path, for: path, creating: false) else { return .alreadyTrue }
        for _ in 0..<3 {
            guard let base = try base(at: target) else { return .alreadyTrue }
            guard base.bytes == before else { throw .movedOn(path) }
            guard !writers.isWritten(base) else { throw .refused(path, .openForWriting) }
            try keep(base, target)
            let name = Self.temporaryName(for: target.name)
            guard try writers.shutOut(base, target) else { continue }
            var result = target.directory.withNumber { unsafe clinux_rename_new($0, target.name, name) }
            // The name is 64 random bits: that nothing has it needs no help of the file system.
            if result == -EINVAL { result = rename(target.name, to: name, in: target) }
            if result == -ENOENT { return .alreadyTrue }
            guard result == 0 else { throw failure(target.path, Errno(rawValue: -result)) }
            let aside = ReplacedFile(files: self, target: target, name: name, base: base, ours: nil)
            do throws(CommitError) {
                try calling(path) { () throws(Errno) in try reached(.exchanged) }
                let isWaited = writers.isWaited(base)
                if !isWaited, try content(of: name, in: target).isSame(as: base) {
                    try synchronize(target)
                    return .committed(.removed, aside)
                }
                // Written between the reading and the renaming: it goes back, if nothing newer is there.
                guard target.directory.withNumber({ unsafe clinux_rename_new($0, name, target.name) }) == 0 else {
                    throw CommitError.contested(path, left: nil)
                }
                try calling(path) { () throws(Errno) in try reached(.restored) }
                if isWaited { throw CommitError.refused(path, .openForWriting) }
            } catch {
                left(aside)
                throw error
            }
        }
        throw .contested(path, left: nil)
    }

    /// Makes a symbolic link where nothing is; it lasts when this returns.
    ///
    /// - Throws: ``CommitError/movedOn(_:)`` when anything but that very link is there.
    package func link(_ path: FilePath, to destination: FilePath) throws(CommitError) -> Commit {
        guard let target = try place(of: path, for: path, creating: true) else { throw .movedOn(path) }
        do throws(Errno) {
            try target.directory.withNumber { (number) throws(Errno) in
                try unsafe Errno.checkC(symlinkat(destination.string, number, target.name))
            }
        } catch {
            guard error == .fileExists else { throw failure(target.path, error) }
            guard (try? target.directory.linkTarget(of: target.name)) == destination else { throw .movedOn(path) }
            return .alreadyTrue
        }
        try synchronize(target)
        return .committed(.created, nil)
    }

    // MARK: Steps

    /// Puts a new file where nothing is; `nil` when something is there now.
    private func place(_ temporary: Temporary, at target: CommitTarget) throws(CommitError) -> Commit? {
        let name = temporary.name
        var result = target.directory.withNumber { unsafe clinux_rename_new($0, name, target.name) }
        if result == -EINVAL {
            // A file system without NOREPLACE: a second name is refused just as well when the name is taken.
            result = target.directory.withNumber { number in
                unsafe linkat(number, name, number, target.name, 0) == 0 ? 0 : -errno
            }
            if result == 0 { discard(temporary, target) }
        }
        guard result == 0 else {
            discard(temporary, target)
            if result == -EEXIST { return nil }
            throw failure(target.path, Errno(rawValue: -result))
        }
        try calling(target.path) { () throws(Errno) in try reached(.exchanged) }
        try synchronize(target)
        return .committed(.created, nil)
    }

    /// Puts the new file in the place of `base`; `nil` when another wrote meanwhile, whose version then stays.
    private func replace(
        _ base: CommitBase, by temporary: Temporary, at target: CommitTarget
    ) throws(CommitError) -> Commit? {
        do throws(CommitError) {
            guard try writers.shutOut(base, target) else {
                discard(temporary, target)
                return nil
            }
        } catch {
            discard(temporary, target)
            throw error
        }
        let result = exchanged(temporary, target)
        guard result == 0 else {
            if result == -EINVAL || result == -ENOSYS { return try rename(temporary, over: base, at: target) }
            discard(temporary, target)
            throw result == -ENOENT ? .movedOn(target.path) : failure(target.path, Errno(rawValue: -result))
        }
        let aside = ReplacedFile(files: self, target: target, name: temporary.name, base: base, ours: temporary.content)
        do throws(CommitError) {
            try calling(target.path) { () throws(Errno) in try reached(.exchanged) }
            let displaced = try content(of: temporary.name, in: target)
            let isWaited = writers.isWaited(base)
            guard displaced.isSame(as: base), !isWaited else {
                try restore(displaced, instead: temporary, at: target)
                if isWaited { throw CommitError.refused(target.path, .openForWriting) }
                return nil
            }
            try synchronize(target)
            return .committed(.exchanged, aside)
        } catch {
            // Whatever stands under the temporary name now: ours, the base or another's version.
            left(aside)
            throw error
        }
    }

    /// Exchanges a temporary name with that of the file; 0, or an error as its negative.
    func exchanged(_ temporary: Temporary, _ target: CommitTarget) -> Int32 {
        target.directory.withNumber { exchange($0, temporary.name, target.name) }
    }

    /// The same on a file system that cannot exchange names: what is written in the last moment is lost to the backup.
    private func rename(
        _ temporary: Temporary, over base: CommitBase, at target: CommitTarget
    ) throws(CommitError) -> Commit? {
        let result: Int32
        do throws(CommitError) {
            guard try content(of: target.name, in: target).isSame(as: base) else {
                discard(temporary, target)
                return nil
            }
            result = rename(temporary.name, to: target.name, in: target)
            guard result == 0 else { throw failure(target.path, Errno(rawValue: -result)) }
        } catch {
            discard(temporary, target)
            throw error
        }
        try calling(target.path) { () throws(Errno) in try reached(.exchanged) }
        try synchronize(target)
        return .committed(.renamed, nil)
    }

    /// Brings back what was displaced although it was not the base, or is to be written.
    ///
    /// Each exchange shows what was live until then. Should that be newer than what we believed, it has to go back in
    /// its turn: the newest version stays, and each older one becomes a backup.
    private func restore(
        _ displaced: CommitContent, instead temporary: Temporary, at target: CommitTarget
    ) throws(CommitError) {
        var live = temporary.content
        var aside = displaced
        for _ in 0..<3 {
            guard exchanged(temporary, target) == 0 else { throw try giveUp(temporary.name, target) }
            try calling(target.path) { () throws(Errno) in try reached(.restored) }
            let came = try content(of: temporary.name, in: target)
            if came.isSame(as: live) {
                if live.isSame(as: temporary.content) {
                    discard(temporary, target)
                } else {
                    try keepAside(temporary.name, came, target)
                }
                return try synchronize(target)
            }
            live = aside
            aside = came
        }
        throw try giveUp(temporary.name, target)
    }

    /// Keeps what stands under a temporary name and removes that name; the error of having lost the race.
    private func giveUp(_ name: String, _ target: CommitTarget) throws(CommitError) -> CommitError {
        try keepAside(name, try content(of: name, in: target), target)
        return .contested(target.path, left: nil)
    }

    private func keepAside(_ name: String, _ content: CommitContent, _ target: CommitTarget) throws(CommitError) {
        guard let bytes = content.bytes, (try? backups.keep(bytes, of: target.path)) != nil else {
            // No file, or no room for a backup: then the temporary name is the backup's.
            throw .contested(target.path, left: target.place.appending(name))
        }
        try calling(target.path) { () throws(Errno) in try target.directory.unlink(name) }
    }
}
