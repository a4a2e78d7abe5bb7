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

    /// Called when a step is done, with the disk as a crash at that moment would leave it.
    var reached: @Sendable (CommitStep) -> Void = { _ in }

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
            if let base { try keep(base, target) }
            let temporary = try write(edit.after, for: target, like: base, permissions)
            reached(.written)
            if let fault = judge(target.place.appending(temporary.name)) {
                discard(temporary.name, target)
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
            try keep(base, target)
            let name = Self.temporaryName(for: target.name)
            var result = unsafe clinux_rename_new(target.directory.number, target.name, name)
            // The name is 64 random bits: that nothing has it needs no help of the file system.
            if result == -EINVAL { result = rename(target.name, to: name, in: target) }
            if result == -ENOENT { return .alreadyTrue }
            guard result == 0 else { throw failure(target.path, Errno(rawValue: -result)) }
            reached(.exchanged)
            if try content(of: name, in: target).isSame(as: base) {
                try synchronize(target)
                return .committed(.removed, displaced(name, base, target))
            }
            // Written between the reading and the renaming: it goes back, if nothing newer is there.
            guard unsafe clinux_rename_new(target.directory.number, name, target.name) == 0 else {
                throw try giveUp(name, target)
            }
            reached(.restored)
        }
        throw .contested(path, left: nil)
    }

    /// Makes a symbolic link where nothing is; it lasts when this returns.
    ///
    /// - Throws: ``CommitError/movedOn(_:)`` when anything but that very link is there.
    package func link(_ path: FilePath, to destination: FilePath) throws(CommitError) -> Commit {
        guard let target = try place(of: path, for: path, creating: true) else { throw .movedOn(path) }
        guard unsafe symlinkat(destination.string, target.directory.number, target.name) != 0 else {
            try synchronize(target)
            return .committed(.created, nil)
        }
        let error = Errno(rawValue: errno)
        guard error == .fileExists else { throw failure(target.path, error) }
        guard (try? target.directory.file.linkTarget(of: target.name)) == destination else { throw .movedOn(path) }
        return .alreadyTrue
    }

    // MARK: Steps

    /// Puts a new file where nothing is; `nil` when something is there now.
    private func place(_ temporary: Temporary, at target: CommitTarget) throws(CommitError) -> Commit? {
        var result = unsafe clinux_rename_new(target.directory.number, temporary.name, target.name)
        if result == -EINVAL {
            // A file system without NOREPLACE: a second name is refused just as well when the name is taken.
            let number = target.directory.number
            result = unsafe linkat(number, temporary.name, number, target.name, 0) == 0 ? 0 : -errno
            if result == 0 { discard(temporary.name, target) }
        }
        if result == -EEXIST {
            discard(temporary.name, target)
            return nil
        }
        guard result == 0 else {
            discard(temporary.name, target)
            throw failure(target.path, Errno(rawValue: -result))
        }
        reached(.exchanged)
        try synchronize(target)
        return .committed(.created, nil)
    }

    /// Puts the new file in the place of `base`; `nil` when another wrote meanwhile, whose version then stays.
    private func replace(
        _ base: CommitBase, by temporary: Temporary, at target: CommitTarget
    ) throws(CommitError) -> Commit? {
        let result = exchange(target.directory.number, temporary.name, target.name)
        guard result == 0 else {
            if result == -EINVAL || result == -ENOSYS { return try rename(temporary, over: base, at: target) }
            discard(temporary.name, target)
            throw result == -ENOENT ? .movedOn(target.path) : failure(target.path, Errno(rawValue: -result))
        }
        reached(.exchanged)
        let displaced = try content(of: temporary.name, in: target)
        guard displaced.isSame(as: base) else {
            try restore(displaced, instead: temporary, at: target)
            return nil
        }
        try synchronize(target)
        return .committed(.exchanged, self.displaced(temporary.name, base, target))
    }

    /// The same on a file system that cannot exchange names: what is written in the last moment is lost to the backup.
    private func rename(
        _ temporary: Temporary, over base: CommitBase, at target: CommitTarget
    ) throws(CommitError) -> Commit? {
        guard try content(of: target.name, in: target).isSame(as: base) else {
            discard(temporary.name, target)
            return nil
        }
        let result = rename(temporary.name, to: target.name, in: target)
        guard result == 0 else {
            discard(temporary.name, target)
            throw failure(target.path, Errno(rawValue: -result))
        }
        reached(.exchanged)
        try synchronize(target)
        return .committed(.renamed, nil)
    }

    /// Brings back what was displaced although it was not the base.
    ///
    /// Each exchange shows what was live until then. Should that be newer than what we believed, it has to go back in
    /// its turn: the newest version stays, and each older one becomes a backup.
    private func restore(
        _ displaced: CommitContent, instead temporary: Temporary, at target: CommitTarget
    ) throws(CommitError) {
        var live = temporary.content
        var aside = displaced
        for _ in 0..<3 {
            let result = exchange(target.directory.number, temporary.name, target.name)
            guard result == 0 else { throw try giveUp(temporary.name, target) }
            reached(.restored)
            let came = try content(of: temporary.name, in: target)
            if came.isSame(as: live) {
                if live.isSame(as: temporary.content) {
                    discard(temporary.name, target)
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
        discard(name, target)
    }
}
